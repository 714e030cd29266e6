package tcp

import "net/netip"

// Direction is one of the two directions of a connection.
type Direction uint8

const (
	Forward Direction = iota // from Conn.A to Conn.B
	Reverse                  // from Conn.B to Conn.A
)

// Other gives the opposite direction.
func (d Direction) Other() Direction { return d ^ 1 }

// Conn is one TCP connection as one capture saw it.
type Conn struct {
	ID    uint64         // from 1, in the order of first packets within the source
	A, B  netip.AddrPort // A opened the connection if Opened; otherwise A sent the first packet seen. IPv4 is plain, never mapped
	Start int64          // time of the first packet, nanoseconds since the Unix epoch

	// Opened tells that a SYN was seen, so that A is known to be the client
	// and the first byte of each direction is known to be the first.
	Opened bool

	// Sequence is, by direction, the sequence number of the first byte: the
	// one behind the SYN's if a SYN was seen, and otherwise the lowest that the
	// first packets seen carry, or acknowledge if their own direction was not
	// captured. It is what the offsets of the first Chunk or Gap count from.
	Sequence [2]uint32
	// Numbered tells that both of Sequence are known. They are not if all that
	// was seen before the first event came from one side and acknowledged
	// nothing: a refused SYN, or data in a SYN without an answer for 50 ms.
	Numbered bool

	reset   Mark    // the RST that ended a direction
	speaker uint8   // 1 + the side that was told of last, 0 if none was
	turns   [2]turn // by side

	// State belongs to whoever handles the connection's events.
	State any
}

// SequenceKey is the two sequence numbers that a connection began with,
// whichever direction they are of: the lower one first.
type SequenceKey [2]uint32

// Key gives what all sightings of one connection have in common; false if it is
// not known. It is settled when [Handler.Open] is called.
//
// Whatever only passes packets on keeps their sequence numbers: bridges, veth
// pairs, routers, NAT (Linux changes addresses and ports alone) and tunnels.
// Whatever ends a connection and opens another, as a proxy does, has numbers of
// its own, drawn at random by each side (RFC 9293 §3.4.1, RFC 6528). So two Conns
// of one source that have equal keys and lived at the same time are one
// connection, seen at two points. By accident two keys of n connections are
// equal with a probability of about n² / 2^64.
//
// Keys say nothing in the other direction. They differ for one connection
//   - if neither point saw a SYN and one of them missed the first packet with
//     data that the other one saw: lost there, or passed while the capture began;
//   - if something on the way draws numbers anew, as SYN proxies and firewalls
//     that randomise them do.
//
// A connection that was closed for its silence (EndIdle) and goes on is a new
// Conn. Its key is the old one's if no byte had passed before, and its Start is
// later by Limits.Idle or more.
func (c *Conn) Key() (k SequenceKey, ok bool) {
	a, b := c.Sequence[Forward], c.Sequence[Reverse]
	return SequenceKey{min(a, b), max(a, b)}, c.Numbered
}
