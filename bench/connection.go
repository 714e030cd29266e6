package bench

import "time"

// side is one of the two ends of a connection.
type side uint8

const (
	client side = iota
	server
)

func (s side) other() side { return s ^ 1 }

// connection is a TCP connection at one hop. Its methods put packets into the
// hop's capture; each is called with a time that is not before the end of what
// the connection did last.
type connection struct {
	hop   *hop
	ends  [2]*end
	trip  int64 // round-trip time in nanoseconds
	quiet int64 // when the last packet so far was seen
	used  int   // requests so far
	seal  *sealer
}

// end is what one end of a connection knows of itself.
type end struct {
	address [4]byte
	port    uint16
	number  int    // of the machine on its link, for its hardware address
	seq     uint32 // of the next byte it sends
	last    int64  // when its last packet was seen
	ipID    uint16
	boot    uint32 // what its timestamp clock showed at the start of the capture
	lost    bool   // bytes that it sent have not arrived, and never will
	arrived uint32 // of the first of those, if lost
}

// clock is the value of the timestamps option at a time: milliseconds.
func (e *end) clock(at int64) uint32 {
	return e.boot + uint32(at/int64(time.Millisecond))
}

// acknowledged is what the peer can acknowledge.
func (e *end) acknowledged() uint32 {
	if e.lost {
		return e.arrived
	}
	return e.seq
}

const (
	pace  = 12 * int64(time.Microsecond) // between segments of a burst: a gigabit per second
	delay = 25 * int64(time.Microsecond) // until a kernel acknowledges
)

// span is the time from the first to the last packet of something, as the
// capture saw it.
type span struct{ first, last int64 }

// put gives a packet of one side to the capture. What it acknowledges is all
// of the other side's that has arrived.
func (c *connection) put(at int64, from side, flags byte, payload []byte, more bool) {
	me, peer := c.ends[from], c.ends[from.other()]
	p := packet{
		time: at, conn: c, from: from, flags: flags, more: more,
		seq: me.seq, ack: peer.acknowledged(), echo: peer.clock(min(peer.last, at)), payload: payload,
	}
	if flags&flagACK == 0 {
		p.ack, p.echo = 0, 0
	}
	me.seq += uint32(len(payload))
	if flags&(flagSYN|flagFIN) != 0 {
		me.seq++
	}
	me.last = at
	c.quiet = max(c.quiet, at)
	c.hop.capture.add(p)
}

// open makes the handshake, whose SYN is seen at the time at, and gives the
// time at which the client's first bytes can be seen.
func (c *connection) open(at int64) int64 {
	c.put(at, client, flagSYN, nil, false)
	c.put(at+delay, server, flagSYN|flagACK, nil, false)
	c.put(at+c.trip, client, flagACK, nil, false)
	c.hop.summary.Connections++
	if c.seal != nil {
		return c.seal.handshake(c, at+c.trip+pace)
	}
	return at + c.trip + pace
}

// send puts the bytes of one side on the wire, in segments as large as they may
// be, and the acknowledgements of the other side: of every second segment and
// of the last.
func (c *connection) send(from side, at int64, parts [][]byte) span {
	if c.seal != nil {
		parts = c.seal.records(parts)
	}
	return c.sendPlain(from, at, parts)
}

func (c *connection) sendPlain(from side, at int64, parts [][]byte) span {
	wait := delay
	if from == server {
		wait = c.trip
	}
	sent := span{at, at}
	cutter := cutter{parts: parts}
	for i := 0; ; i++ {
		segment, more := cutter.next(maxSegment)
		flags := byte(flagACK)
		if !more {
			flags |= flagPSH
		}
		sent.last = at + int64(i)*pace
		c.put(sent.last, from, flags, segment, more)
		if i%2 == 1 || !more {
			c.put(sent.last+wait, from.other(), flagACK, nil, false)
		}
		if !more {
			return sent
		}
	}
}

// lose lets the next bytes of one side get lost, on the wire and for good.
func (c *connection) lose(from side, length uint32) {
	e := c.ends[from]
	e.lost, e.arrived = true, e.seq
	e.seq += length
}

// close ends the connection in order, its first FIN seen at the time at.
func (c *connection) close(by side, at int64) {
	at = max(at, c.quiet+pace)
	answer, ack := at+delay, at+c.trip
	if by == server {
		answer, ack = at+c.trip, at+c.trip+delay
	}
	c.put(at, by, flagFIN|flagACK, nil, false)
	c.put(answer, by.other(), flagFIN|flagACK, nil, false)
	c.put(max(ack, answer+pace), by, flagACK, nil, false)
}

// cutter cuts a message into segments. A segment that lies within one part
// shares its memory.
type cutter struct{ parts [][]byte }

// next gives the next segment of at most size bytes and tells whether more is
// left.
func (c *cutter) next(size int) (segment []byte, more bool) {
	for len(c.parts) > 0 && len(segment) < size {
		part := c.parts[0]
		n := min(size-len(segment), len(part))
		if segment == nil {
			segment = part[:n:n]
		} else {
			segment = append(segment, part[:n]...)
		}
		if c.parts[0] = part[n:]; n == len(part) {
			c.parts = c.parts[1:]
		}
	}
	return segment, len(c.parts) > 0
}
