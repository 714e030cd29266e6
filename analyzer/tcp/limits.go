package tcp

import "time"

// Limits bounds what an Assembler keeps. A field that is zero stands for its
// default. What is let go because of a limit is counted in Stats.Limits.
type Limits struct {
	// Conns is the number of connections remembered at a time, in use or
	// closed a short while ago; each costs about 250 bytes. Default 131072.
	Conns int
	// Told is the number of these that the Handler knows and that have not
	// ended: whoever handles them keeps something of each. Default 32768.
	Told int
	// ConnBytes is what may be held of one connection while earlier bytes are
	// missing, in bytes. Default 1 MiB.
	ConnBytes int
	// TotalBytes is the same for all connections together. Default 32 MiB.
	TotalBytes int

	// Idle is how long a connection may be silent, in packet time, before it
	// is closed. Default 10 minutes.
	Idle time.Duration
	// Linger is the same for a connection of which one direction has ended,
	// and how long a closed one is remembered, so that its last packets are
	// not taken for a new one. Default 2 minutes.
	Linger time.Duration

	// Datagrams is the number of incomplete fragmented IP datagrams. Default 1024.
	Datagrams int
	// DatagramBytes is what is held of them, in bytes. Default 8 MiB.
	DatagramBytes int
	// DatagramAge is how long they may stay incomplete, in packet time.
	// Default 30 seconds, as in Linux (net.ipv4.ipfrag_time).
	DatagramAge time.Duration
}

// withDefaults fills in what is zero.
func (l Limits) withDefaults() Limits {
	l.Conns = orDefault(l.Conns, 1<<17)
	l.Told = orDefault(l.Told, 1<<15)
	l.ConnBytes = orDefault(l.ConnBytes, 1<<20)
	l.TotalBytes = orDefault(l.TotalBytes, 32<<20)
	l.Idle = orDefault(l.Idle, 10*time.Minute)
	l.Linger = orDefault(l.Linger, 2*time.Minute)
	l.Datagrams = orDefault(l.Datagrams, 1024)
	l.DatagramBytes = orDefault(l.DatagramBytes, 8<<20)
	l.DatagramAge = orDefault(l.DatagramAge, 30*time.Second)
	return l
}

func orDefault[T int | time.Duration](value, preset T) T {
	if value <= 0 {
		return preset
	}
	return value
}

// How long bytes are waited for. Whichever comes first ends the wait: the time,
// the packets, or a limit on bytes.
const (
	// openingPackets and openingWait are for the start of a connection whose
	// SYN was not seen, or only one of them: whatever sequence number is the
	// lowest by then is taken for the first. Packets change places within a
	// few others, by microseconds.
	openingPackets = 8
	openingWait    = 50 * time.Millisecond

	// ackedPackets and ackedWait are for bytes that their receiver has
	// acknowledged: they will not be sent again, so if they are not among the
	// next packets then the capture has lost them.
	ackedPackets = 64
	ackedWait    = time.Second

	// lostWait is for bytes that were not acknowledged: the network lost them
	// in front of the capture, and their sender will send them again.
	lostWait = 10 * time.Second

	// resetWait is for what the other end sends after a RST: as long as it goes on,
	// with pauses that are shorter than this.
	resetWait = time.Second
)

// What is plausible for one connection. Sequence numbers outside belong to
// another one, or to nobody.
const (
	maxAhead  = 1 << 28 // bytes a segment may be ahead of what was told
	maxBehind = 1 << 26 // bytes a retransmission may be behind it
	maxEarly  = 1 << 20 // bytes the first segments seen of a connection may be apart

	// maxStepBack is how far packet times may go back before the clock follows.
	maxStepBack = time.Minute
)
