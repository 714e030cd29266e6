package tcp

// Handler takes the events of all connections of one source, in the order in
// which they can be told. Per connection: one Open, then Chunk, Gap and Fin of
// both directions, then one Close.
type Handler interface {
	// Open announces a connection. If it returns false the connection is
	// passed over: no further event comes and nothing is kept of its bytes.
	Open(c *Conn) bool
	// Chunk gives the next bytes of a direction.
	Chunk(c *Conn, d Direction, ch Chunk)
	// Gap says that the next bytes of a direction are missing.
	Gap(c *Conn, d Direction, g Gap)
	// Fin says that a direction ended in order: its sender sent FIN and
	// everything before it was given.
	Fin(c *Conn, d Direction, at Mark)
	// Close is the last event of a connection.
	Close(c *Conn, e End)
}

// Mark is a place in a capture.
type Mark struct {
	Packet uint64 // packet number, from 1
	Time   int64  // nanoseconds since the Unix epoch
}

// Chunk is a run of bytes of one direction, in order, as one packet carried it.
type Chunk struct {
	Mark
	Offset uint64 // of its first byte in the direction, from 0
	Data   []byte // valid only during the call
}

// Gap is a run of bytes of one direction that the capture does not hold.
type Gap struct {
	Mark          // the packet that showed it
	Offset uint64 // of its first byte in the direction, from 0
	Length uint64 // bytes
	Cause  GapCause
}

// GapCause says why bytes are missing.
type GapCause uint8

const (
	GapLost      GapCause = iota // never captured, though the peer acknowledged them or later ones came
	GapTruncated                 // the packet was captured with fewer bytes than it had on the wire
	GapLimit                     // let go because a limit on buffered bytes was reached
)

// End says how a connection ended.
type End struct {
	Mark
	Cause EndCause
	By    Direction // who ended it: the sender of the first FIN or of the RST; meaningless for other causes
}

// EndCause is why no more will come of a connection.
type EndCause uint8

const (
	EndCapture EndCause = iota // the capture ended first
	EndFin                     // both directions were closed, or one and the other stayed silent
	EndReset                   // RST
	EndReused                  // a SYN opened a new connection between the same endpoints
	EndIdle                    // silent for longer than Limits.Idle
	EndLimit                   // let go because there were more connections than Limits.Conns
)
