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

	// State belongs to whoever handles the connection's events.
	State any
}
