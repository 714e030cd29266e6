package http1

import (
	"bytes"
	"strings"
)

// Short snapshot lengths, the rule with old tools, cut packets within the start
// line. What is there of it is told if it says which request it is, or what
// became of it.

// readCutStart reads a start line that breaks off. Of a request the method must
// be there and some of the target, of a response the status. It gives the line's
// length, 0 if it is none.
func (m *Message) readCutStart(line string, request bool) int {
	if !request {
		version, status, _, _, ok := statusLine(line)
		if !ok || !isVersion(version) {
			return 0
		}
		m.Version, m.Status, m.StartCut = version, status, true // and a reason that may go on
		return len(line)
	}
	method, rest, _ := strings.Cut(line, " ")
	target, version, _ := strings.Cut(rest, " ")
	if !isKnownMethod(method) || !isVisible(target) || !opensVersion(version) ||
		!opensTarget(target) && (target == "" || method != "CONNECT") {
		return 0
	}
	m.Method, m.Target, m.StartCut = method, target, true
	return len(line)
}

// mayBegin tells whether a packet's payload, at an unknown position, is all that
// is there of a start line. It is believed if it breaks off right there, unless that is
// within the method or the version: then it must go on.
func (s *Stream) mayBegin(h *half, data []byte) bool {
	const longest = 8 << 10
	if !isLetter(data[0]) || len(data) > longest || bytes.IndexByte(data, '\n') >= 0 {
		return false
	}
	var m Message
	if s.expectsRequest(h, data) {
		return mayOpenRequest(data) && (isMethodCut(data) || m.readCutStart(string(data), true) > 0)
	}
	return opensVersion(data) && s.mayAnswer() && (len(data) <= len("HTTP/1.1 200") || m.readCutStart(string(data), false) > 0)
}

// isMethodCut tells what may be the beginning of a known method, or all of it.
func isMethodCut(data []byte) bool {
	const longest = len("UPDATEREDIRECTREF")
	for _, c := range data {
		if (c < 'A' || c > 'Z') && c != '-' {
			return false
		}
	}
	return len(data) <= longest
}

// doubt takes more of what may be the beginning of a start line. If that goes on
// it must become one that is beyond doubt; a packet that begins with one of its own is
// no part of it.
func (s *Stream) doubt(h *half, data []byte) int {
	const longest = 8 << 10
	view := h.view(data)
	switch {
	case len(h.buf) > 0 && h.fresh && s.beginsMessage(h, data):
		return s.reject(h, h.buf, 0)
	case bytes.IndexByte(view, '\n') < 0 && len(view) <= longest:
		if s.arena.held+len(data) > s.limits.Held {
			s.stats.HeldLimit++
			return s.reject(h, view, len(data))
		}
		h.keep(view)
		return len(data)
	case s.beginsMessage(h, view):
		h.state = stateHead
		return 0
	}
	return s.reject(h, view, len(data))
}
