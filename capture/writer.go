package capture

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// WriterOptions says what a capture file tells of itself.
type WriterOptions struct {
	Section     Section          // of the file: who wrote it, on what machine
	BufferBytes int              // what is collected before it is written; 0 is 64 KiB
	Now         func() time.Time // the clock that statistics are dated by; nil is time.Now
}

const defaultWriterBytes = 64 << 10

// Writer writes packets of one or more sources into a pcapng file
// (https://ietf-opsawg-wg.github.io/draft-ietf-opsawg-pcap/draft-ietf-opsawg-pcapng.html).
//
// Blocks are collected and written whole, so that what a Writer has written
// can be read at any time, also when its process was killed. A Writer may be
// used by several goroutines; a packet costs no allocation.
type Writer struct {
	mu      sync.Mutex
	to      io.Writer
	options WriterOptions
	buffer  []byte
	ifaces  []Interface
	tracks  []*Track
	begun   time.Time
	size    int64 // bytes of the file, those in the buffer among them
	flushed int64 // bytes of whole blocks that to has taken
	err     error
	turn    func() error // called before each packet: time for another file?
}

// Track is one source whose packets are written; see [Writer.Track].
type Track struct {
	writer  *Writer
	source  Source
	ids     []uint32 // the source's interfaces → those of the file
	packets uint64   // in this file
	drops   uint64   // that the source had told when this file began
}

// NewWriter begins a capture file. w gets its first bytes at once, so that who
// waits for them at the other end of a pipe goes on.
func NewWriter(w io.Writer, o WriterOptions) (*Writer, error) {
	if o.BufferBytes == 0 {
		o.BufferBytes = defaultWriterBytes
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	out := &Writer{options: o, buffer: make([]byte, 0, o.BufferBytes)}
	if err := out.begin(w); err != nil {
		return nil, err
	}
	return out, nil
}

// Track makes a source known to the file. Its interfaces are described in the
// file now, or when packets of theirs come. Its Stats are asked when the file
// ends, by whoever ends it.
func (w *Writer) Track(source Source) (*Track, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	t := &Track{writer: w, source: source, drops: source.Stats().Dropped}
	w.tracks = append(w.tracks, t)
	return t, t.describe()
}

// Write writes a packet that the track's source gave. See [Writer.Flush] for
// its error.
func (t *Track) Write(p *Packet) error {
	w := t.writer
	w.mu.Lock()
	defer w.mu.Unlock()
	return t.write(p)
}

func (t *Track) write(p *Packet) error {
	if t.writer.turn != nil {
		if err := t.writer.turn(); err != nil {
			return err
		}
	}
	if p.Interface >= len(t.ids) {
		if err := t.describe(); err != nil {
			return err
		}
		if p.Interface >= len(t.ids) {
			return fmt.Errorf("write packet %d: its source does not know its interface %d", p.Number, p.Interface)
		}
	}
	t.packets++
	return t.writer.packet(t.ids[p.Interface], p)
}

// describe describes those interfaces of the source that the file lacks.
func (t *Track) describe() error {
	for _, i := range t.source.Interfaces()[len(t.ids):] {
		t.ids = append(t.ids, uint32(len(t.writer.ifaces)))
		t.writer.ifaces = append(t.writer.ifaces, i)
		if err := t.writer.iface(i); err != nil {
			return err
		}
	}
	return nil
}

// Flush writes what is collected. A write that failed is this Writer's end:
// the error is returned now and by every later call but Close.
func (w *Writer) Flush() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flush()
}

// Size is how many bytes the file has, those not yet flushed among them.
func (w *Writer) Size() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.size
}

// Flushed is how many bytes of whole blocks were written: where to cut a file
// whose last write failed.
func (w *Writer) Flushed() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.flushed
}

// Close ends the file with the counts of each source and flushes it. It does
// not close what it was written to. An error that was returned before is not
// returned again.
func (w *Writer) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err != nil {
		return nil
	}
	err := w.end()
	if w.err == nil {
		w.err = errWriterClosed
	}
	return err
}

var errWriterClosed = fmt.Errorf("write packets: %w", io.ErrClosedPipe)

// begin begins a file with its section and the interfaces that are known
// already.
func (w *Writer) begin(to io.Writer) error {
	w.to, w.size, w.flushed, w.begun = to, 0, 0, w.options.Now()
	if err := w.section(w.options.Section); err != nil {
		return err
	}
	for _, i := range w.ifaces {
		if err := w.iface(i); err != nil {
			return err
		}
	}
	return w.flush()
}

// end writes the statistics and flushes.
func (w *Writer) end() error {
	ended := w.options.Now()
	for _, t := range w.tracks {
		if len(t.ids) == 0 {
			continue
		}
		drops := t.source.Stats().Dropped
		if err := w.statistics(t.ids[0], t.packets, drops-t.drops, ended); err != nil {
			return err
		}
		t.packets, t.drops = 0, drops
	}
	return w.flush()
}

func (w *Writer) flush() error {
	if w.err != nil {
		return w.err
	}
	if len(w.buffer) == 0 {
		return nil
	}
	if _, err := w.to.Write(w.buffer); err != nil {
		w.err = fmt.Errorf("write packets: %w", err)
		return w.err
	}
	w.flushed += int64(len(w.buffer))
	w.buffer = w.buffer[:0]
	return nil
}

// room makes room for a block of n bytes. A longer one than the buffer was
// made for makes it grow.
func (w *Writer) room(n int) error {
	if w.err != nil {
		return w.err
	}
	if len(w.buffer) > 0 && len(w.buffer)+n > w.options.BufferBytes {
		return w.flush()
	}
	return nil
}
