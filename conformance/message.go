package main

import (
	"fmt"
	"slices"
	"strings"
)

// message is the head of a request or a response as one of the two read it.
type message struct {
	packet  uint64 // that completed the head; of tshark's, or the content
	until   uint64 // the last packet that can have completed the content; 0 in tshark's
	method  string // of a request
	target  string
	status  string // of a response
	version string
	fields  []field
	copies  int // points of the capture beyond the first where its connection is seen
}

type field struct{ name, value string }

// side is "request" or "response".
func (m *message) side() string {
	if m.status == "" {
		return "request"
	}
	return "response"
}

// start is the start line without the reason phrase.
func (m *message) start() string {
	if m.status != "" {
		return m.version + " " + m.status
	}
	return m.method + " " + m.target + " " + m.version
}

func (m *message) String() string {
	line := m.start()
	if len(line) > 80 {
		line = line[:80] + "..."
	}
	return fmt.Sprintf("%s %q (packet %d)", m.side(), line, m.packet)
}

// orLater says that tshark may tell of a message later than its head ends.
func orLater(m *message) string {
	if m.until > m.packet {
		return " or later"
	}
	return ""
}

// hosts are the values of the Host fields.
func (m *message) hosts() []string {
	var hosts []string
	for _, f := range m.fields {
		if strings.EqualFold(f.name, "Host") {
			hosts = append(hosts, f.value)
		}
	}
	return hosts
}

// alike tells whether two readings are the same but for their packets.
func alike(tshark, ours *message) bool {
	return tshark.start() == ours.start() && slices.Equal(tshark.fields, ours.fields)
}

// difference says how two readings of a message differ; "" if they don't.
func difference(tshark, ours *message) string {
	var d []string
	if tshark.start() != ours.start() {
		d = append(d, fmt.Sprintf("start line: tshark %q, hophound %q", tshark.start(), ours.start()))
	}
	if tshark.packet < ours.packet || tshark.packet > ours.until {
		d = append(d, fmt.Sprintf("packet: tshark %d, hophound %d%s", tshark.packet, ours.packet, orLater(ours)))
	}
	for i := range max(len(tshark.fields), len(ours.fields)) {
		var t, o field
		if i < len(tshark.fields) {
			t = tshark.fields[i]
		}
		if i < len(ours.fields) {
			o = ours.fields[i]
		}
		if t != o {
			d = append(d, fmt.Sprintf("field %d: tshark %q: %q, hophound %q: %q", i+1, t.name, t.value, o.name, o.value))
			break
		}
	}
	return strings.Join(d, "; ")
}
