package tcp

// Flags of a TCP header (RFC 9293 §3.1).
const (
	flagFIN = 1 << iota
	flagSYN
	flagRST
	flagPSH
	flagACK
)

// segment is one TCP segment as a packet carried it.
type segment struct {
	Mark
	src, dst         address
	srcPort, dstPort uint16
	tunnel           uint32
	seq, ack         uint32
	flags            uint8
	payload          []byte // captured; points into the packet
	length           int    // bytes of payload on the wire, never fewer than were captured
}

// has tells whether any of the flags is set.
func (s *segment) has(flags uint8) bool { return s.flags&flags != 0 }

// tcp reads a TCP header (RFC 9293 §3.1). A header that the capture cut after
// the flags is enough to know where the segment belongs; options are not
// looked at.
func tcp(c *cursor, s *segment) Kind {
	const minimum, upToFlags = 20, 14
	b := c.data
	if c.wire < minimum {
		return KindMalformed
	}
	if len(b) < upToFlags {
		return KindCut
	}
	header := int(b[12]>>4) * 4
	if header < minimum || header > c.wire {
		return KindMalformed
	}
	s.src, s.dst, s.tunnel = c.src, c.dst, c.tunnel
	s.srcPort, s.dstPort = be16(b), be16(b[2:])
	s.seq, s.ack = be32(b[4:]), be32(b[8:])
	s.flags = b[13]
	s.payload = b[min(header, len(b)):]
	s.length = c.wire - header
	return KindTCP
}

// key identifies a connection within a tunnel, whichever end sent the packet.
type key struct {
	a, b         address // a with aPort is the lesser endpoint
	aPort, bPort uint16
}

// equal is == without a call.
func (k *key) equal(l *key) bool {
	return k.a.lo == l.a.lo && k.b.lo == l.b.lo && k.aPort == l.aPort && k.bPort == l.bPort &&
		k.a.hi == l.a.hi && k.b.hi == l.b.hi
}

// key gives the segment's connection and the side that sent it: 0 if that is
// the key's a, else 1.
func (s *segment) key() (k key, side int) {
	if s.dst.less(s.src) || s.dst == s.src && s.dstPort < s.srcPort {
		return key{s.dst, s.src, s.dstPort, s.srcPort}, 1
	}
	return key{s.src, s.dst, s.srcPort, s.dstPort}, 0
}
