package tcp

import "bytes"

// piece is a part of a segment on its way to the Handler. Its FIN stands
// behind its bytes, its RST too.
type piece struct {
	Mark
	off    int64  // of its first byte
	length int64  // bytes on the wire
	data   []byte // captured, from the first byte on
	ack    int64  // offset in the other direction that it acknowledges, or noAck
	fin    bool
	rst    bool
}

func (p *piece) end() int64 { return p.off + p.length }

// void tells that there is nothing to tell.
func (p *piece) void() bool { return p.length <= 0 && !p.fin && !p.rst }

// skipTo cuts what stands before off.
func (p *piece) skipTo(off int64) {
	n := min(off-p.off, p.length)
	if n <= 0 {
		return
	}
	p.off += n
	p.length -= n
	p.data = p.data[min(n, int64(len(p.data))):]
}

// upTo gives the part before off, without the piece's end.
func (p *piece) upTo(off int64) piece {
	q := *p
	q.length = off - p.off
	q.data = p.data[:min(q.length, int64(len(p.data)))]
	q.fin, q.rst = false, false
	return q
}

// item is a piece that is held back, with memory of its own.
type item struct {
	piece
	memory     []byte
	cost       int // against the limits, in bytes
	prev, next *item
}

// itemOverhead is what an item costs beside its bytes.
const itemOverhead = 160

// queue holds the items of a direction in order; they don't overlap.
type queue struct{ first, last *item }

// link puts i behind at, or first if at is nil.
func (q *queue) link(i, at *item) {
	i.prev = at
	if at == nil {
		i.next, q.first = q.first, i
	} else {
		i.next, at.next = at.next, i
	}
	if i.next == nil {
		q.last = i
	} else {
		i.next.prev = i
	}
}

// pop takes the first item out.
func (q *queue) pop() *item {
	i := q.first
	q.first = i.next
	if q.first == nil {
		q.last = nil
	} else {
		q.first.prev = nil
	}
	i.next = nil
	return i
}

// held is what must wait: pieces in front of which something is missing.
type held struct {
	flow    *flow
	queue   [2]queue // by side
	bytes   int      // of all items, overhead counted
	packets int      // packets of the connection since the wait began
	wait    node[held]
}

// pool owns the memory of what is held back, for all connections.
type pool struct {
	bytes int // held now
	spare *item
	kept  int // bytes of spare memory
	helds []*held
}

// spareMemory is how much unused memory is kept for the next ones, in bytes.
const spareMemory = 1 << 20

// newHeld begins to hold something back for a flow.
func (p *pool) newHeld(f *flow) *held {
	h := new(held)
	if n := len(p.helds); n > 0 {
		h, p.helds = p.helds[n-1], p.helds[:n-1]
	}
	h.flow = f
	h.wait.owner = h
	return h
}

// drop ends the wait of a flow and forgets what is still held for it.
func (p *pool) drop(f *flow) {
	h := f.held
	if h == nil {
		return
	}
	for side := range h.queue {
		for h.queue[side].first != nil {
			p.release(p.take(h, side))
		}
	}
	h.wait.remove()
	f.held = nil
	*h = held{}
	const enough = 64
	if len(p.helds) < enough {
		p.helds = append(p.helds, h)
	}
}

// take takes the first item of a direction out of what is held.
func (p *pool) take(h *held, side int) *item {
	i := h.queue[side].pop()
	h.bytes -= i.cost
	p.bytes -= i.cost
	return i
}

// release takes the memory of an item back that was taken out.
func (p *pool) release(i *item) {
	if size := cap(i.memory) + itemOverhead; p.kept+size <= spareMemory {
		p.kept += size
		*i = item{memory: i.memory[:0], next: p.spare}
		p.spare = i
	}
}

// hold copies a piece into an item.
func (p *pool) hold(h *held, piece piece) *item {
	i := p.spare
	if i == nil {
		i = new(item)
	} else {
		p.spare = i.next
		p.kept -= cap(i.memory) + itemOverhead
	}
	i.piece, i.next = piece, nil
	i.memory = append(i.memory[:0], piece.data...)
	i.data = i.memory
	i.cost = len(i.memory) + itemOverhead
	h.bytes += i.cost
	p.bytes += i.cost
	return i
}

// insert holds a piece back, as far as its bytes are not held yet: the first
// ones win. It tells whether a part of the piece was known and whether it
// differed.
func (p *pool) insert(h *held, side int, piece piece) (overlap, conflict bool) {
	q := &h.queue[side]
	at := q.last
	for at != nil && at.off > piece.off {
		at = at.prev
	}
	for {
		if at != nil && at.end() > piece.off {
			overlap = true
			conflict = conflict || differ(&at.piece, &piece)
			piece.fin = piece.fin && piece.end() >= at.end()
			piece.skipTo(at.end())
		}
		next := q.first
		if at != nil {
			next = at.next
		}
		if next == nil || piece.end() <= next.off {
			if !piece.void() {
				q.link(p.hold(h, piece), at)
			}
			return overlap, conflict
		}
		if piece.off < next.off {
			i := p.hold(h, piece.upTo(next.off))
			q.link(i, at)
			piece.skipTo(next.off)
		}
		at = next
	}
}

// differ compares the bytes that two pieces have in common.
func differ(a, b *piece) bool {
	from := max(a.off, b.off)
	to := min(a.off+int64(len(a.data)), b.off+int64(len(b.data)))
	return to > from && !bytes.Equal(a.data[from-a.off:to-a.off], b.data[from-b.off:to-b.off])
}
