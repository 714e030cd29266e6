package http1

import (
	"slices"
	"unsafe"
)

// Arena is the memory in which the streams of one source make their exchanges.
// It is taken in pieces for several exchanges, so that one costs no allocation of
// its own and what is made together stands together. A piece is used again when
// all exchanges in it were released ([Exchange.Release]), and is otherwise freed
// when nobody uses any of them: whoever keeps a few of many should keep
// [Exchange.Clone]s.
//
// The zero value is ready. The streams of an Arena are used by one goroutine, and
// so is Reuse; what they gave out, Release and Released by one, which may be another.
type Arena struct {
	piece *piece   // that is being filled
	free  []*piece // empty ones
	held  int      // bytes of heads that are not complete, in the streams' own memory
	feeds []int    // places of the line feeds in the head that is being read
	over  bool     // nothing is kept any more

	streams []*Stream // closed ones, to be used again

	_        [64]byte // the two goroutines do not share a cache line
	released Released
}

// Released is exchanges that were released, on their way to [Arena.Reuse].
type Released []*block

// piece is memory for several exchanges, filled from its beginning.
type piece struct {
	text   []byte  // heads, one after the other; behind its length is room
	fields []Field // behind its length is room
	blocks [pieceBlocks]block
	taken  int // of blocks
	parts  int // parts of exchanges in it that were not released: blocks, requests, responses
}

// Sizes of a piece, and what need not find room in one. A piece is of some eight
// exchanges: one that waits long for its partners holds on to so many.
const (
	pieceText   = 6 << 10 // bytes
	pieceFields = 160
	pieceBlocks = 8

	largeText  = pieceText / 4
	fewFields  = 16 // room for as many is worth a look; append moves what is more
	manyFields = pieceFields / 4

	mostFree = 512 // empty pieces, and closed streams; more go back to the garbage collector
)

// block holds an exchange and its two messages in one piece of memory.
type block struct {
	Exchange
	request, response Message
	packets           [4]uint64 // of both heads, if they are no more
	room              []uint64  // of packets, not used yet
	arena             *Arena
	in                [3]*piece // what it has parts in: itself, its request, its response
}

const (
	partBlock = iota
	partRequest
	partResponse
)

// stream gives a stream that is not used, with whatever is in it.
func (a *Arena) stream() *Stream {
	n := len(a.streams)
	if n == 0 {
		return &Stream{}
	}
	s := a.streams[n-1]
	a.streams = a.streams[:n-1]
	return s
}

// block gives an empty exchange.
func (a *Arena) block() *block {
	if a.piece == nil || a.piece.taken == pieceBlocks {
		a.next()
	}
	p := a.piece
	b := &p.blocks[p.taken]
	p.taken++
	*b = block{arena: a}
	b.block = b
	b.hold(partBlock, p)
	return b
}

// next begins another piece. The one before belongs to its exchanges.
func (a *Arena) next() {
	if n := len(a.free); n > 0 {
		a.piece = a.free[n-1]
		a.free = a.free[:n-1]
		return
	}
	a.piece = &piece{text: make([]byte, 0, pieceText), fields: make([]Field, 0, pieceFields)}
}

// hold notes that a part of b is in p.
func (b *block) hold(part int, p *piece) {
	b.in[part] = p
	p.parts++
}

// string copies a head that is a part of b, and makes room for its fields beside it.
func (a *Arena) string(b *block, part int, head []byte) string {
	large := len(head) > largeText
	if cap(a.piece.fields)-len(a.piece.fields) < fewFields || !large && cap(a.piece.text)-len(a.piece.text) < len(head) {
		a.next()
	}
	p := a.piece
	b.hold(part, p)
	if large || len(head) == 0 {
		return string(head)
	}
	begin := len(p.text)
	p.text = append(p.text, head...)
	return unsafe.String(&p.text[begin], len(head)) //nolint:gosec // not written to again before the exchange is released
}

// fieldsRoom gives an empty slice to append the fields of the head to that string
// copied last; they are then kept by keep.
func (a *Arena) fieldsRoom() []Field {
	fields := a.piece.fields
	n := len(fields)
	return fields[n:n:min(cap(fields), n+manyFields)]
}

// keep makes sure of fields that were appended to what fieldsRoom gave last. If they
// outgrew it, append has moved them, and the room is free again.
func (a *Arena) keep(fields []Field) []Field {
	p := a.piece
	n := len(p.fields)
	if len(fields) <= min(cap(p.fields)-n, manyFields) {
		p.fields = p.fields[:n+len(fields)]
	}
	return slices.Clip(fields)
}

// Release says that nobody uses x any more, nor any string or slice that is part
// of it: its memory is for other exchanges after [Arena.Reuse]. Whoever
// kept one copied it ([Exchange.Clone]). An exchange that was made by hand, cloned,
// released before, or given out before its connection ended as a tunnel, stays as it is.
func (x *Exchange) Release() {
	b := x.block
	if b == nil {
		return
	}
	x.block = nil
	if poisoned {
		b.poison()
		return
	}
	b.arena.released = append(b.arena.released, b)
}

// Released gives what was released since it was called last. The memory of a list
// that is not needed any more is for the next one.
func (a *Arena) Released(old Released) Released {
	r := a.released
	clear(old)
	a.released = old[:0]
	return r
}

// Reuse lets the streams use the memory of what was released.
func (a *Arena) Reuse(r Released) {
	for _, b := range r {
		a.drop(b)
	}
}

// Close lets go what is kept to be used again: no stream needs more.
func (a *Arena) Close() { a.over, a.piece, a.free, a.feeds, a.streams = true, nil, nil, nil, nil }

// drop takes back an exchange.
func (a *Arena) drop(b *block) {
	for part := range b.in {
		a.dropPart(b, part)
	}
}

// dropPart takes back a part of an exchange; without any, a piece is empty.
func (a *Arena) dropPart(b *block, part int) {
	p := b.in[part]
	if p == nil {
		return
	}
	b.in[part] = nil
	if p.parts--; p.parts > 0 {
		return
	}
	p.text, p.fields, p.taken = p.text[:0], p.fields[:0], 0
	if p != a.piece && !a.over && len(a.free) < mostFree {
		a.free = append(a.free, p)
	}
}

// poison makes whoever still uses a released exchange say nonsense, which tests
// that are built with the tag poison find out.
func (b *block) poison() {
	for _, m := range []*Message{&b.request, &b.response} {
		if len(m.Head) > 0 {
			head := unsafe.Slice(unsafe.StringData(m.Head), len(m.Head)) //nolint:gosec // it belongs to nobody else
			for i := range head {
				head[i] = 0xdb
			}
		}
		for i := range m.Fields {
			m.Fields[i] = Field{Name: "released", Value: "released"}
		}
		for i := range m.Packets {
			m.Packets[i] = 0xdb
		}
		*m = Message{Method: "RELEASED", Target: "released", Status: 999, Version: "released", Start: -1, End: -1}
	}
	b.Exchange = Exchange{Conn: &Conn{Source: -1}, Index: -1, Request: &b.request, Response: &b.response}
}
