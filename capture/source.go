package capture

import "errors"

// ErrIdle is what Next of a live source returns when no packet came for a
// while. The packet's Time is then the moment up to which none came, in
// nanoseconds since the Unix epoch, and nothing else of it is set; the next
// Next goes on.
var ErrIdle = errors.New("no packet came")

// Source is where packets come from: a capture file, a stream of one, or an
// interface. A Source is used by one goroutine; only Close may be called from
// another.
type Source interface {
	// Next fills p with the next packet. It returns io.EOF after the last one,
	// also when the file breaks off: where and why stands in Stats. Any other
	// error means that reading itself went wrong (an I/O error, a closed
	// source); packets given before it are good.
	Next(p *Packet) error

	// Interfaces lists the interfaces met so far, in the order in which
	// Packet.Interface counts them. The slice grows while a pcapng file is
	// read and must not be changed.
	Interfaces() []Interface

	// Stats says what was read and what was lost so far.
	Stats() Stats

	// Close ends the source; a Next that waits returns os.ErrClosed.
	Close() error
}

// Stop ends a source. A live one gives what has come already, and then io.EOF;
// any other one is closed.
func Stop(s Source) {
	if live, ok := s.(interface{ Stop() }); ok {
		live.Stop()
		return
	}
	_ = s.Close() // nothing was written that could be lost
}

// Interface is what a source knows of one interface that packets were seen on.
type Interface struct {
	Name        string // "eth0"; empty if the file does not say
	Description string
	Comment     string
	Link        LinkType
	SnapLen     int // bytes; 0 is unlimited or unknown
}

// Stats counts what a source gave and what it could not give.
type Stats struct {
	Packets   uint64 // packets given
	Bytes     uint64 // their length on the wire, in bytes
	Truncated uint64 // packets given that were cut short by the capture
	Trimmed   bool   // they were cut by hophound's own filter, which keeps heads and cuts content
	Dropped   uint64 // packets the capturing kernel or interface says it lost (pcapng ISB, PACKET_STATISTICS)
	Damage    []Damage
}

// Damage is a place where a capture file is broken. It is data for the ledger,
// not an error: everything before it was read.
type Damage struct {
	Offset int64  // bytes from the start of the (decompressed) file
	Packet uint64 // number of the last good packet before it, 0 if there is none
	Reason string // "file ends inside packet 17: 40 of 1514 bytes are there"
}
