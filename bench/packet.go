package bench

import (
	"encoding/binary"
	"math/bits"
)

// packet is a TCP segment on its way into a capture file.
type packet struct {
	time    int64  // nanoseconds since the start of the capture
	serial  uint64 // orders packets of the same time as they were made
	conn    *connection
	from    side
	flags   byte
	more    bool // the same burst goes on after this segment
	seq     uint32
	ack     uint32
	echo    uint32 // timestamp of the other side that this packet answers
	payload []byte // shared with the message it is a part of
}

// TCP flags (RFC 9293 §3.1).
const (
	flagFIN = 0x01
	flagSYN = 0x02
	flagPSH = 0x08
	flagACK = 0x10
)

const (
	etherLength  = 14
	ipLength     = 20
	tcpLength    = 32 // with the timestamps option
	synLength    = 40 // with maximum segment size, SACK permitted, timestamps and window scale
	headerLength = etherLength + ipLength + tcpLength

	maxSegment = 1448 // bytes of a segment that fit an MTU of 1500 beside the headers
	window     = 502  // in units of 128 bytes: 64 kB
)

// appendTo appends the Ethernet frame of p.
func (p *packet) appendTo(b []byte) []byte {
	start := len(b)
	from, to := p.conn.ends[p.from], p.conn.ends[p.from.other()]
	b = append(b, 2, 0, 0, byte(p.conn.hop.index), byte(to.number), 1)
	b = append(b, 2, 0, 0, byte(p.conn.hop.index), byte(from.number), 1)
	b = append(b, 0x08, 0x00)
	b = p.appendIP(b, from, to)
	tcp := len(b)
	b = p.appendTCP(b, from, to)
	b = append(b, p.payload...)

	ip := b[start+etherLength : tcp]
	segment := b[tcp:]
	binary.BigEndian.PutUint16(ip[2:], uint16(len(ip)+len(segment)))
	binary.BigEndian.PutUint16(ip[10:], ^fold(sum(0, ip)))
	// The pseudo header (RFC 9293 §3.1): both addresses, protocol, length.
	pseudo := sum(uint64(6)+uint64(len(segment)), ip[12:20])
	binary.BigEndian.PutUint16(segment[16:], ^fold(sum(pseudo, segment)))
	return b
}

// appendIP appends the IPv4 header (RFC 791 §3.1) without length and checksum.
func (p *packet) appendIP(b []byte, from, to *end) []byte {
	from.ipID++
	b = append(b, 0x45, 0, 0, 0, byte(from.ipID>>8), byte(from.ipID))
	b = append(b, 0x40, 0, 64, 6, 0, 0) // do not fragment, TTL 64, TCP
	b = append(b, from.address[:]...)
	return append(b, to.address[:]...)
}

// appendTCP appends the TCP header without checksum.
func (p *packet) appendTCP(b []byte, from, to *end) []byte {
	length, size := tcpLength, uint16(window)
	if p.flags&flagSYN != 0 {
		length, size = synLength, 64240 // never scaled in a SYN (RFC 7323 §2.2)
	}
	b = binary.BigEndian.AppendUint16(b, from.port)
	b = binary.BigEndian.AppendUint16(b, to.port)
	b = binary.BigEndian.AppendUint32(b, p.seq)
	b = binary.BigEndian.AppendUint32(b, p.ack)
	b = append(b, byte(length/4)<<4, p.flags, byte(size>>8), byte(size), 0, 0, 0, 0)
	if p.flags&flagSYN != 0 {
		b = append(b, 2, 4, 1460>>8, 1460&0xff, 4, 2) // maximum segment size; SACK permitted
	} else {
		b = append(b, 1, 1) // two no-operations before the timestamps
	}
	b = append(b, 8, 10) // timestamps (RFC 7323 §3)
	b = binary.BigEndian.AppendUint32(b, from.clock(p.time))
	b = binary.BigEndian.AppendUint32(b, p.echo)
	if p.flags&flagSYN != 0 {
		b = append(b, 1, 3, 3, 7) // no-operation; window scale 7
	}
	return b
}

// sum adds b as 16-bit words in network byte order to a partial Internet
// checksum (RFC 1071), eight bytes at a time.
func sum(s uint64, b []byte) uint64 {
	var carry uint64
	for len(b) >= 8 {
		s, carry = bits.Add64(s, binary.BigEndian.Uint64(b), 0)
		s += carry
		b = b[8:]
	}
	var rest [8]byte
	copy(rest[:], b)
	s, carry = bits.Add64(s, binary.BigEndian.Uint64(rest[:]), 0)
	return s + carry
}

// fold brings a partial checksum to 16 bits.
func fold(s uint64) uint16 {
	for s > 0xffff {
		s = s>>16 + s&0xffff
	}
	return uint16(s)
}
