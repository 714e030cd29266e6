package http1

import (
	"fmt"
	"net/netip"
	"strings"
)

// event is one thing that a connection shows: bytes, missing bytes or the end
// of one direction. In these tests A is the client.
type event struct {
	from Direction
	data string
	gap  uint64
	fin  bool
}

func client(data string) event { return event{from: FromA, data: data} }
func server(data string) event { return event{from: FromB, data: data} }
func clientGap(n uint64) event { return event{from: FromA, gap: n} }
func serverGap(n uint64) event { return event{from: FromB, gap: n} }

var (
	clientFin = event{from: FromA, fin: true}
	serverFin = event{from: FromB, fin: true}
)

var (
	addrA = netip.MustParseAddrPort("192.0.2.1:50000")
	addrB = netip.MustParseAddrPort("192.0.2.2:80")
)

// whole is a connection that was seen from its SYN on.
var whole = ConnInfo{ID: 1, A: addrA, B: addrB, Start: 1, Whole: true, ClientKnown: true}

// midway is a connection that was there before the capture began.
var midway = ConnInfo{ID: 1, A: addrA, B: addrB, Start: 1}

// play runs events through a new stream, each in a packet of its own, and
// closes it.
func play(info ConnInfo, limits Limits, events []event, end End) ([]*Exchange, *Stream) {
	var exchanges []*Exchange
	s := NewStream(info, limits, func(x *Exchange) { exchanges = append(exchanges, x) })
	for i, e := range events {
		feed(s, e, uint64(i+1))
	}
	s.Close(end)
	return exchanges, s
}

func feed(s *Stream, e event, packet uint64) {
	at := int64(packet) * 1000
	switch {
	case e.gap > 0:
		s.Skip(e.from, e.gap, packet, at)
	case e.fin:
		s.Fin(e.from, packet, at)
	default:
		// A copy that is spoilt after the call shows whoever kept the bytes.
		data := []byte(e.data)
		s.Write(e.from, data, packet, at)
		for i := range data {
			data[i] = 0xAA
		}
	}
}

// brief writes an exchange in one line: request -> informational, response.
func brief(x *Exchange) string {
	var b strings.Builder
	if x.Request == nil {
		b.WriteString("?")
	} else {
		b.WriteString(briefMessage(x.Request))
	}
	b.WriteString(" ->")
	for _, m := range x.Informational {
		b.WriteString(" " + briefMessage(m) + ",")
	}
	if x.Response == nil {
		b.WriteString(" ?")
	} else {
		b.WriteString(" " + briefMessage(x.Response))
	}
	if x.Tunnel != nil {
		fmt.Fprintf(&b, " tunnel %d/%d", x.Tunnel.FromClient, x.Tunnel.FromServer)
		if x.Tunnel.Missing > 0 {
			fmt.Fprintf(&b, " missing %d", x.Tunnel.Missing)
		}
	}
	return b.String()
}

func briefMessage(m *Message) string {
	var b strings.Builder
	if m.IsRequest() {
		b.WriteString(m.Method + " " + m.Target)
	} else {
		fmt.Fprint(&b, m.Status)
	}
	if !m.Complete {
		b.WriteString(" cut")
	}
	framing := [...]string{"", "length", "chunked", "close", ""}[m.Framing]
	if framing != "" {
		fmt.Fprintf(&b, " %s %d", framing, m.Content.Bytes)
	}
	if m.Content.Missing > 0 {
		fmt.Fprintf(&b, " missing %d", m.Content.Missing)
	}
	if !m.Content.Complete && m.Complete {
		b.WriteString(" unfinished")
	}
	for _, d := range m.Defects {
		fmt.Fprintf(&b, " !%s", d.ID)
	}
	return b.String()
}

func briefs(exchanges []*Exchange) []string {
	lines := []string{}
	for _, x := range exchanges {
		lines = append(lines, brief(x))
	}
	return lines
}

// full writes everything there is in an exchange.
func full(x *Exchange) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s index %d pairing %d end %+v conn %+v\n", brief(x), x.Index, x.Pairing, x.End, *x.Conn)
	if x.Tunnel != nil {
		fmt.Fprintf(&b, "  %+v\n", *x.Tunnel)
	}
	messages := append([]*Message{x.Request}, x.Informational...)
	for _, m := range append(messages, x.Response) {
		if m != nil {
			fmt.Fprintf(&b, "  %+v\n", *m)
		}
	}
	return b.String()
}

func fulls(exchanges []*Exchange) string {
	var b strings.Builder
	for _, x := range exchanges {
		b.WriteString(full(x))
	}
	return b.String()
}
