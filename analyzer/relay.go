package analyzer

import (
	"runtime"
	"unsafe"

	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
)

// relay is the tcp.Handler of an input that is analysed alone: one goroutine reads the
// packets, puts the bytes of their connections in order and notes what there is to
// tell, another one tells the feed. Nothing else is different, so neither
// is the outcome.
//
// The bytes are not copied. Notes go together with the memory that the packets were
// read into, and that comes back with them.
type relay struct {
	feed    *feed
	filling *notes
	filled  chan *notes
	empty   chan *notes
	over    chan struct{} // nobody takes notes any more
	panic   *Panic        // of the goroutine that reads, once filled is closed
}

// notes is what is told of the packets in one piece of memory.
type notes struct {
	list   []note
	memory []byte // that packets are read into while these notes are made; nil before the first
	copies []byte // of bytes that stand elsewhere
}

// note is one event of a connection. Nearly all are of bytes, so that what only others
// have stands elsewhere.
type note struct {
	kind      noteKind
	direction tcp.Direction
	conn      *tcp.Conn
	mark      tcp.Mark
	data      []byte
	rare      *rareNote
}

// rareNote is what events other than bytes have.
type rareNote struct {
	gap      tcp.Gap
	unwanted bool // the gap's bytes
	end      tcp.End
	state    *connection // of an opening
	first    *connection // that the connection is another sighting of
}

type noteKind uint8

const (
	noteOpen noteKind = iota
	noteChunk
	noteGap
	noteFin
	noteClose
)

// notesMost is how many pieces there are: one at each goroutine, the others between
// them.
const notesMost = 4

// lender is a source whose packets can be kept: see [capture.File.Lend].
type lender interface {
	Lend(lend func(size int) []byte)
}

// newRelay makes the relay of a feed; nil if nothing is won by one.
func newRelay(f *feed) *relay {
	source, ok := f.input.Source.(lender)
	if !ok || runtime.GOMAXPROCS(0) < 2 || f.ended {
		return nil
	}
	r := &relay{
		feed: f, filling: &notes{}, filled: make(chan *notes, notesMost), empty: make(chan *notes, notesMost), over: make(chan struct{}),
	}
	for range notesMost - 1 {
		r.empty <- &notes{}
	}
	source.Lend(r.lend)
	f.assembler.Tell(r)
	return r
}

// run reads the input to its end and tells the feed, and calls told after each note.
func (r *relay) run(told func()) {
	go r.read()
	defer func() {
		close(r.over)
		for range r.filled { //nolint:revive // until the goroutine has ended
		}
	}()
	for n := range r.filled {
		for i := range n.list {
			r.tell(&n.list[i])
			told()
		}
		clear(n.list)
		n.list, n.copies = n.list[:0], nil
		r.empty <- n // where there is room for all
	}
	if r.panic != nil {
		panic(r.panic)
	}
}

// read is the goroutine that makes the notes.
func (r *relay) read() {
	defer close(r.filled)
	r.panic = Caught(func() {
		for f := r.feed; ; f.analyse() {
			if _, ok := f.next(); !ok {
				break
			}
		}
		r.filled <- r.filling
	})
}

// lend gives the source other memory, as what is noted stands in that before. It waits
// until some is there.
func (r *relay) lend(size int) []byte {
	r.filled <- r.filling // where there is room for all
	select {
	case r.filling = <-r.empty:
	case <-r.over:
		r.filling = &notes{}
	}
	if len(r.filling.memory) < size {
		r.filling.memory = make([]byte, size)
	}
	return r.filling.memory[:size]
}

func (r *relay) add(n note) { r.filling.list = append(r.filling.list, n) }

// Open is part of tcp.Handler.
func (r *relay) Open(c *tcp.Conn) bool {
	state, first := r.feed.admit(c)
	r.add(note{kind: noteOpen, conn: c, rare: &rareNote{state: state, first: first}})
	return state != nil
}

// Chunk is part of tcp.Handler.
func (r *relay) Chunk(c *tcp.Conn, d tcp.Direction, chunk tcp.Chunk) {
	c.State.(*connection).speaks(chunk.Time) // which the next one that opens is judged by
	data := chunk.Data
	if !within(r.feed.packet.Data, data) {
		r.filling.copies = append(r.filling.copies, data...)
		data = r.filling.copies[len(r.filling.copies)-len(data):]
	}
	r.add(note{kind: noteChunk, conn: c, direction: d, mark: chunk.Mark, data: data})
}

// within tells whether part is memory of whole.
func within(whole, part []byte) bool {
	begin, at := uintptr(unsafe.Pointer(unsafe.SliceData(whole))), uintptr(unsafe.Pointer(unsafe.SliceData(part))) //nolint:gosec // for comparison only
	return at >= begin && at-begin+uintptr(len(part)) <= uintptr(len(whole))
}

// Gap is part of tcp.Handler.
func (r *relay) Gap(c *tcp.Conn, d tcp.Direction, gap tcp.Gap) {
	r.add(note{kind: noteGap, conn: c, direction: d, rare: &rareNote{gap: gap, unwanted: r.feed.isUnwanted(gap)}})
}

// Fin is part of tcp.Handler.
func (r *relay) Fin(c *tcp.Conn, d tcp.Direction, at tcp.Mark) {
	r.add(note{kind: noteFin, conn: c, direction: d, mark: at})
}

// Close is part of tcp.Handler.
func (r *relay) Close(c *tcp.Conn, end tcp.End) {
	r.feed.copies.closed(c, c.State.(*connection))
	r.add(note{kind: noteClose, conn: c, rare: &rareNote{end: end}})
}

// tell tells the feed what was noted.
func (r *relay) tell(n *note) {
	f, c, d := r.feed, n.conn, n.direction
	switch n.kind {
	case noteOpen:
		f.setPlace(c, n.rare.state)
		if first := n.rare.first; first != nil {
			first.alsoSeen(endpointsLike(c, first.sequence))
		}
	case noteChunk:
		f.Chunk(c, d, tcp.Chunk{Mark: n.mark, Data: n.data})
	case noteGap:
		f.gap(c, d, n.rare.gap, n.rare.unwanted)
	case noteFin:
		f.Fin(c, d, n.mark)
	case noteClose:
		f.closed(c, n.rare.end)
	}
}

var _ lender = (*capture.File)(nil)
