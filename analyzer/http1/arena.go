package http1

import "unsafe"

// Arena is the memory in which the streams of one source make their exchanges.
// An exchange has a piece of it to itself, which is used again for another one
// after [Exchange.Release]; of an exchange that is never released the garbage
// collector takes care.
//
// The zero value is ready. The streams of an Arena are used by one goroutine;
// what they give out, and Release, by one other, which may be another one.
type Arena struct {
	free     []*block // to be used again: of whoever reads
	released []*block // of whoever releases, until Reuse
	held     int      // bytes of heads that are not complete, in the streams' own memory
	feeds    []int    // places of the line feeds in the head that is being read
}

// Pieces that are kept to be used again, and the largest of their parts: what
// is beyond goes back to the garbage collector.
const (
	mostFree   = 16 << 10
	mostText   = 4 << 10 // bytes
	mostFields = 64
)

// block holds an exchange and its two messages in one piece of memory.
type block struct {
	Exchange
	request, response Message
	packets           [4]uint64 // of both heads, if they are no more
	room              []uint64  // of packets, not used yet
	requestRoom       room
	responseRoom      room
	arena             *Arena
}

// room is the memory of a message's text and fields. Lengths say nothing.
type room struct {
	text   []byte
	fields []Field
}

// string copies bytes into the room, whose string before that is of no use then.
func (r *room) string(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if cap(r.text) < len(b) {
		r.text = make([]byte, len(b)+len(b)/4)
	}
	text := r.text[:len(b)]
	copy(text, b)
	return unsafe.String(&text[0], len(text)) //nolint:gosec // not written to again before the exchange is released
}

// empty gives no fields, with room for some.
func (r *room) empty() []Field {
	const most = 16 // of an ordinary head
	if r.fields == nil {
		r.fields = make([]Field, 0, most)
	}
	return r.fields[:0]
}

// block gives an empty exchange.
func (a *Arena) block() *block {
	n := len(a.free)
	if n == 0 {
		b := &block{arena: a}
		b.block = b
		return b
	}
	b := a.free[n-1]
	a.free = a.free[:n-1]
	return b
}

// drop takes back an exchange that was not given out.
func (a *Arena) drop(b *block) {
	b.reset()
	a.free = append(a.free, b)
}

// reset makes b empty, but for its rooms.
func (b *block) reset() {
	if released := b.arena; released != nil && poisoned {
		*b = block{arena: released}
	} else {
		*b = block{requestRoom: b.requestRoom, responseRoom: b.responseRoom, arena: released}
		b.requestRoom.shrink()
		b.responseRoom.shrink()
	}
	b.block = b
}

func (r *room) shrink() {
	if cap(r.text) > mostText {
		r.text = nil
	}
	if cap(r.fields) > mostFields {
		r.fields = nil
	}
}

// Release says that nobody uses x any more, nor any string or slice that is part
// of it: its memory is for other exchanges after the next [Arena.Reuse]. Whoever
// kept one copied it ([Exchange.Clone]). An exchange that was made by hand, cloned,
// or released before, and one that made its connection a tunnel, stays as it is.
func (x *Exchange) Release() {
	b := x.block
	if b == nil {
		return
	}
	x.block = nil
	if poisoned {
		b.poison()
	}
	if a := b.arena; len(a.released) < mostFree {
		a.released = append(a.released, b)
	}
}

// Reuse lets the streams use what was released. It is to be called while neither
// they nor whoever releases are at work.
func (a *Arena) Reuse() {
	for _, b := range a.released {
		if len(a.free) < mostFree {
			a.drop(b)
		}
	}
	clear(a.released)
	a.released = a.released[:0]
}

// poison makes whoever still uses a released exchange say nonsense: tests that
// are built with the tag poison find out.
func (b *block) poison() {
	const nonsense = 0xdb
	for _, r := range []*room{&b.requestRoom, &b.responseRoom} {
		text := r.text[:cap(r.text)]
		for i := range text {
			text[i] = nonsense
		}
		fields := r.fields[:cap(r.fields)]
		for i := range fields {
			fields[i] = Field{Name: "released", Value: "released"}
		}
	}
	lie := Message{Method: "RELEASED", Target: "released", Status: 999, Version: "released", Start: -1, End: -1}
	b.request, b.response = lie, lie
	b.packets = [4]uint64{nonsense, nonsense, nonsense, nonsense}
	b.Exchange = Exchange{Conn: &Conn{Source: -1}, Index: -1, Request: &b.request, Response: &b.response}
}
