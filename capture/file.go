package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync/atomic"
)

// File is a [Source] that reads a pcap or pcapng file, plain or compressed.
type File struct {
	name        string
	in          *input
	compression string // "gzip", "zstd", or "" for none
	window      *window
	records     records
	stats       Stats
	last        uint64 // number of the packet last given
	done        error  // what Next returns from now on
	closed      atomic.Bool
}

// records is one capture format.
type records interface {
	// next fills all of p but its Number, which is set already and only
	// raised for what is numbered and no packet. It returns io.EOF after the
	// last packet and a *breakage if the file goes no further.
	next(p *Packet) error
	interfaces() []Interface
	sections() []Section
	dropped() uint64
}

// Section is what a pcapng file says of one of its sections: normally a file
// has one, files put together have several.
type Section struct {
	Comment     string // of whoever kept the capture
	Hardware    string // of the machine that captured
	OS          string // of the machine that captured
	Application string // that wrote the section: "Dumpcap (Wireshark) 4.2.2"
}

// Open opens the capture file at path. If path is a FIFO, it waits for a
// writer and for its first bytes.
//
// Errors: that of os.Open; [ErrDirectory], [ErrEmpty] and [ErrFormat], to be
// told by errors.Is, for what is no capture file.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return NewFile(f, path)
}

// NewFile reads a capture file from r, which it calls name in what it says to
// people. It waits for the first bytes of r and never seeks. If r is an
// io.Closer, it belongs to the File: Close closes it, and so does NewFile when
// it fails.
//
// Errors: as of [Open], and an I/O error of r.
func NewFile(r io.Reader, name string) (*File, error) {
	f := &File{name: name, in: newInput(r)}
	if err := f.begin(); err != nil {
		_ = f.in.close() // what went wrong before says more
		return nil, err
	}
	return f, nil
}

// begin looks at the first bytes and sets up all that reads the rest.
func (f *File) begin() error {
	if f.in.directory {
		return directoryError(f.name)
	}
	raw := bufio.NewReaderSize(f.in, f.in.atMost(64<<10))
	unpacked, compression, err := unpack(raw)
	if err != nil {
		return fmt.Errorf("read %s: %w", f.name, err)
	}
	f.compression = compression
	f.window = newWindow(unpacked, f.in.atMost(windowSize))
	f.records, err = f.recognise()
	return err
}

// Next fills p with the next packet; see [Source] for its errors.
func (f *File) Next(p *Packet) error {
	if f.closed.Load() {
		return os.ErrClosed
	}
	if f.done != nil {
		return f.done
	}
	p.Number = f.last + 1
	if err := f.records.next(p); err != nil {
		f.done = f.end(err)
		return f.done
	}
	f.last = p.Number
	f.stats.Packets++
	f.stats.Bytes += uint64(p.Length)
	if p.Truncated() {
		f.stats.Truncated++
	}
	return nil
}

// end turns the reason why there are no more packets into what Next returns:
// io.EOF for a file that is over or broken, an error if reading failed.
func (f *File) end(err error) error {
	if f.closed.Load() {
		return os.ErrClosed
	}
	if f.in.err != nil {
		return fmt.Errorf("read %s: %w", f.name, f.in.err)
	}
	var b *breakage
	if !errors.As(err, &b) {
		return err
	}
	reason := b.reason
	if b.cause != nil {
		if f.compression == "" {
			return fmt.Errorf("read %s: %w", f.name, b.cause)
		}
		reason = fmt.Sprintf("the %s data %s, %s", f.compression, whyNotUnpacked(b.cause), b.reason)
	}
	f.stats.Damage = append(f.stats.Damage, Damage{Offset: b.offset, Packet: f.last, Reason: reason})
	return io.EOF
}

// Lend has the file read into memory that lend gives, each time it begins another
// buffer of size bytes: the Data of packets is then valid until somebody writes to that
// memory, and not only until the next call of Next. lend is called within Next.
func (f *File) Lend(lend func(size int) []byte) { f.window.lend = lend }

// Interfaces lists the interfaces met so far; see [Source].
func (f *File) Interfaces() []Interface { return f.records.interfaces() }

// Sections lists the sections of a pcapng file met so far; a pcap file has
// none. The slice must not be changed.
func (f *File) Sections() []Section { return f.records.sections() }

// Stats says what was read so far. Its Damage has at most one entry, because
// nothing after a broken place is trusted.
func (f *File) Stats() Stats {
	s := f.stats
	s.Dropped = f.records.dropped()
	s.Trimmed = slices.ContainsFunc(f.records.sections(), Section.trimmed)
	return s
}

// trimmed tells whether the section was written by hophound with its eBPF
// filter at work.
func (s Section) trimmed() bool {
	return strings.HasPrefix(s.Application, "hophound") && strings.Contains(s.Comment, WayHeads)
}

// Offset is how many bytes of the underlying file were read, before
// decompression: with Size, a measure of progress. It runs ahead of the packet
// last given by what the buffers hold. It may be asked from any goroutine.
func (f *File) Offset() int64 { return f.in.offset.Load() }

// Size is the length of the underlying file in bytes, before decompression, or
// -1 if it is not known, as with a pipe.
func (f *File) Size() int64 { return f.in.size }

// Close ends the source and closes what it reads. It may be called from any
// goroutine and more than once; a Next that waits returns os.ErrClosed.
func (f *File) Close() error {
	if f.closed.Swap(true) {
		return nil
	}
	return f.in.close()
}
