package http1

import "net/netip"

// Exchange is one request, its informational responses and its final response,
// as one capture saw them. It owns its memory.
type Exchange struct {
	Conn  *Conn // shared by all exchanges of the connection
	Index int   // position in the connection, from 0

	Request       *Message   // nil if only the response was seen
	Informational []*Message // 1xx but not 101, in order
	Response      *Message   // final response; nil if none was seen
	Pairing       Pairing    // on what grounds the responses were joined to the request

	// Unanswered tells that no final response came, not even a part of one:
	// the server's bytes were seen from the connection's first to its last, none
	// is missing, and all are accounted for. Without it a nil Response can also
	// mean that the response was not captured.
	Unanswered bool

	// GivenUp tells that the client closed its direction while it waited for a
	// response, and that none came after that, up to the end of the connection or of
	// the capture. As with Unanswered, nothing is missing in which it could have been.
	GivenUp bool

	// Unasked tells of an exchange without a request that the response answers
	// none: the client's bytes were seen from the connection's first on, none is
	// missing, all are accounted for, and every request before was answered.
	// Without it a nil Request can also mean that the request was not captured.
	Unasked bool

	ordinary bool // as IsOrdinary tells

	// Lossy tells that the connection may have had other exchanges before this one
	// was given out, which were not captured: the position between its messages
	// was lost.
	Lossy bool

	Tunnel *Tunnel // after a 101, or a 2xx to CONNECT; nil otherwise
	End    End     // how the connection stood when the exchange was given out

	block *block // whose memory it has; nil if it is not to be released
}

// Start is the time of the exchange's first packet.
func (x *Exchange) Start() int64 {
	if x.Request != nil {
		return x.Request.Start
	}
	if len(x.Informational) > 0 {
		return x.Informational[0].Start
	}
	if x.Response != nil {
		return x.Response.Start
	}
	return x.Conn.Start
}

// IsOrdinary tells that nothing about the exchange is out of the ordinary: a request
// that was seen whole, is written as RFC 9112 has it, has nothing to do with an
// upgrade or a WebSocket, and came without a PROXY protocol header, was answered
// with 2xx or 3xx. It tells so only of exchanges that were read from the wire.
func (x *Exchange) IsOrdinary() bool { return x.ordinary }

// learnOrdinary finds that out.
func (x *Exchange) learnOrdinary() {
	m := x.Request
	x.ordinary = m != nil && m.upgrade == upgradeNotAsked && m.Complete && len(m.Defects) == 0 &&
		!m.names.mayHaveAny(namesOfWebSocket) && len(x.Conn.Proxy) == 0 && x.Tunnel == nil &&
		x.Response != nil && 200 <= x.Response.Status && x.Response.Status < 400
}

// Conn is what is known of the connection that carried an exchange.
type Conn struct {
	Source         int            // which source it was seen in, as whoever made the stream counts them
	ID             uint64         // within the source, from 1
	Client, Server netip.AddrPort // by who opened the connection, or else by who sent requests
	Start          int64          // time of the first packet, nanoseconds since the Unix epoch
	Whole          bool           // the connection was seen from its first packet on
	Turned         bool           // the requests came from the end that was called, as behind a reverse tunnel
	Began          [2]uint32      // TCP sequence numbers it began with, the lower first: the same wherever it is seen; zero if not known
	Proxy          []ProxyHeader  // PROXY protocol headers before the first request, in order
	Also           []Sighting     // where else in the source the same connection was seen; set by whoever knows
}

// Sighting is one connection as it looked at another point of the same capture:
// on another interface, or on the other side of address translation.
type Sighting struct {
	Client, Server netip.AddrPort
}

// ProxyHeader is a PROXY protocol header
// (https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt).
type ProxyHeader struct {
	Version             int // 1 or 2
	Source, Destination netip.AddrPort
	Local               bool   // v1 UNKNOWN, v2 LOCAL: no addresses
	Text                string // v1: the line without CR LF; v2: empty
	Packets             []uint64
}

// Tunnel counts what passed after the connection stopped being HTTP.
type Tunnel struct {
	FromClient, FromServer uint64 // bytes seen
	Missing                uint64 // bytes known to be missing, both directions

	// ClientStart is the FNV-1a hash of the first 64 bytes that the client sent
	// through the tunnel, or of all if they were fewer; 0 if they were fewer
	// than 16, if any of them is missing, or if it is not known which are the
	// first. Proxies pass a tunnel's bytes on as they are, so it is the same at
	// every hop, unless a capture ended within the 64.
	//
	// How much it proves depends on the protocol. A WebSocket client masks each
	// frame with 32 random bits (RFC 6455 §5.3); if all clients begin with the
	// same message, nothing else tells them apart, and two of n tunnels have
	// equal hashes with a probability of about n² / 2^33. TLS begins with 256
	// random bits (RFC 8446 §4.1.2), HTTP/2 with none (RFC 9113 §3.4).
	ClientStart uint64
}

// End says how a connection ended for an exchange.
type End struct {
	Cause  EndCause
	By     Side // who closed first, be it one direction alone; SideNone if nobody did
	Time   int64
	Packet uint64

	// Since and SincePacket tell when the first direction was closed, which may be
	// long before the connection ended; zero if By is SideNone.
	Since       int64
	SincePacket uint64
}

// Side is one of the two ends of a connection.
type Side uint8

const (
	SideNone Side = iota
	SideClient
	SideServer
)

// EndCause is how the connection was seen to end.
type EndCause uint8

const (
	EndOpen  EndCause = iota // it went on after this exchange, or the capture ended first
	EndFin                   // closed with FIN
	EndReset                 // reset with RST
	EndLost                  // given up: silent too long, or a limit was reached
)
