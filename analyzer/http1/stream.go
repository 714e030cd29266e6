package http1

import "net/netip"

// Direction is one of the two directions of a connection.
type Direction uint8

const (
	FromA Direction = iota // bytes that A sent
	FromB                  // bytes that B sent
)

// Other gives the opposite direction.
func (d Direction) Other() Direction { return d ^ 1 }

// ConnInfo is what is known of a connection before its first byte.
type ConnInfo struct {
	Source int            // which source it is seen in; given on as it is
	ID     uint64         // within the source, from 1
	A, B   netip.AddrPort // the two ends
	Start  int64          // time of the first packet, nanoseconds since the Unix epoch
	Whole  bool           // the first bytes written will be the first of their direction
	Began  [2]uint32      // given on as it is

	// ClientKnown tells that Client is the direction of requests. Otherwise
	// the first request line or status line tells.
	ClientKnown bool
	Client      Direction

	// Eager has an exchange that makes the connection a tunnel given out when it
	// does, with little or nothing counted of the tunnel, and not when the
	// connection ends, which may be days later.
	Eager bool

	// Arena is where exchanges are made, if it is shared with other streams.
	Arena *Arena
}

// Stream reads the bytes of one connection and gives out its exchanges.
//
// Bytes come by [Stream.Write] and [Stream.Skip], those of one direction in
// order, and the bytes of a request before those of the response that
// acknowledges them. The stream keeps no byte beyond the call but those of a
// head that is not complete. It is not safe for concurrent use.
//
// Requests and responses are joined by their order. What is lost never makes
// it join the wrong ones: a message that could belong to several is given out
// alone (see [Pairing]).
type Stream struct {
	conn   *Conn
	info   ConnInfo
	limits Limits
	emit   func(*Exchange)
	arena  *Arena

	halves      [2]half
	clientKnown bool
	client      Direction

	queue     queue  // requests that are not given out yet
	order     order  // what is known of which response belongs to which request
	orphan    *block // an exchange without a request whose final response is awaited or read
	ownerless bool   // a response was given out that may answer a request still waiting
	tunnel    *block // the exchange that made the connection a tunnel
	start     tunnelStart
	index     int // of the next exchange

	tunnelGiven bool // tunnel was given out
	agreed      bool // both ends sent what is not HTTP before the first request
	mayResume   bool // nothing but line breaks came through the tunnel of a CONNECT so far

	end      End
	protocol Protocol
	seen     bool // there was a message
	done     bool
	closed   bool
	stats    Stats // Bytes and Missing stand in the halves
}

// NewStream makes a stream that hands every exchange to emit, as soon as its
// response is complete or the connection ends. An exchange given out is not
// touched again, and owns its memory, together with others of the same [Arena].
func NewStream(info ConnInfo, limits Limits, emit func(*Exchange)) *Stream {
	arena := info.Arena
	if arena == nil {
		arena = &Arena{}
	}
	s := arena.stream()
	*s = Stream{
		queue:  queue{all: s.queue.all[:0]},
		conn:   &Conn{Source: info.Source, ID: info.ID, Client: info.A, Server: info.B, Start: info.Start, Whole: info.Whole, Began: info.Began},
		info:   info,
		limits: limits.withDefaults(),
		emit:   emit,
		arena:  arena,
	}
	s.halves[FromB].from = FromB
	for d := range s.halves {
		s.halves[d].first, s.halves[d].arena = true, s.arena
		if !info.Whole {
			s.halves[d].state = stateLost
		}
	}
	if !info.Whole {
		s.order.requestsHidden, s.order.responsesHidden = true, true
	}
	if info.ClientKnown {
		s.setClient(info.Client)
	}
	return s
}

// setClient fixes which direction carries requests.
func (s *Stream) setClient(d Direction) {
	if s.clientKnown {
		return
	}
	s.clientKnown, s.client = true, d
	s.conn.Client, s.conn.Server = s.info.A, s.info.B
	if d == FromB {
		s.conn.Client, s.conn.Server = s.info.B, s.info.A
		s.conn.Turned = s.info.Whole
	}
}

// Write takes the next bytes of a direction, as one packet carried them. data
// is borrowed for the call. packet is the packet's number from 1, time in
// nanoseconds since the Unix epoch.
func (s *Stream) Write(d Direction, data []byte, packet uint64, time int64) {
	h := &s.halves[d]
	if s.done || s.closed {
		h.count.Unparsed += uint64(len(data))
		return
	}
	h.packet, h.time = packet, time
	h.fresh = true
	for rest := data; len(rest) > 0; {
		n := s.step(h, rest)
		h.fresh = h.fresh && n == 0
		rest = rest[n:]
	}
	if h.from == s.client {
		s.follow(h, data)
	}
}

// Skip says that the next n bytes of a direction are missing; packet and time
// are those of the packet that showed it.
func (s *Stream) Skip(d Direction, n uint64, packet uint64, time int64) {
	h := &s.halves[d]
	h.missing += n
	if n == 0 || s.done || s.closed {
		return
	}
	h.packet, h.time = packet, time
	h.first, h.preamble, s.mayResume = false, false, false
	s.skip(h, n)
}

// Fin says that a direction ended in order.
func (s *Stream) Fin(d Direction, packet uint64, time int64) {
	if s.closed {
		return
	}
	if s.end.Cause == EndOpen {
		s.end = End{Cause: EndFin, By: s.Side(d), Time: time, Packet: packet, Since: time, SincePacket: packet}
	}
	h := &s.halves[d]
	if h.state == stateClose {
		s.finish(h, true)
		return
	}
	s.cut(h)
}

// Close says that nothing more will come, and why. Whatever is open is given
// out. If e does not say who closed, or is a reset, the first Fin does.
func (s *Stream) Close(e End) {
	if s.closed {
		return
	}
	switch first := s.end; {
	case first.Cause == EndFin && (e.Cause == EndFin || e.Cause == EndReset || e.Cause == EndOpen):
		e.By, e.Since, e.SincePacket = first.By, first.Since, first.SincePacket
	case e.By != SideNone:
		e.Since, e.SincePacket = e.Time, e.Packet
	}
	s.end = e
	for d := range s.halves {
		s.cut(&s.halves[d])
	}
	s.giveAll()
	s.closed = true
	s.queue = s.queue.emptied()
}

// Recycle gives the memory of a closed stream to another one of the same arena. Nothing
// may be asked of it afterwards.
func (s *Stream) Recycle() {
	if a := s.arena; s.closed && len(a.streams) < mostFree && !a.over && !poisoned {
		a.streams = append(a.streams, s)
	}
}

// Side tells which end of the connection sends in that direction; SideNone as
// long as that is not known.
func (s *Stream) Side(d Direction) Side {
	switch {
	case !s.clientKnown:
		return SideNone
	case d == s.client:
		return SideClient
	}
	return SideServer
}

// Done tells that the connection is not HTTP/1 and that further bytes would
// only be counted as unparsed.
func (s *Stream) Done() bool { return s.done }

// Protocol tells what the bytes looked like so far.
func (s *Stream) Protocol() Protocol {
	if s.seen {
		return ProtocolHTTP1
	}
	return s.protocol
}

// Unparsed is the number of bytes that were neither of messages nor of a tunnel.
func (s *Stream) Unparsed() uint64 {
	return s.halves[FromA].count.Unparsed + s.halves[FromB].count.Unparsed
}

// Stats gives the counters. Before Close the bytes of heads that are not
// complete yet are in none of them.
func (s *Stream) Stats() Stats {
	stats := s.stats
	stats.Bytes = s.halves[FromA].count.plus(s.halves[FromB].count)
	stats.Missing = s.halves[FromA].missing + s.halves[FromB].missing
	return stats
}
