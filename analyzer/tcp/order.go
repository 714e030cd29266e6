package tcp

// arrive takes a segment that is not simply the next bytes.
func (a *Assembler) arrive(f *flow, side int, s *segment) {
	if s.length > len(s.payload) {
		a.count.Truncated++
	}
	switch f.phase {
	case phaseClosed:
		a.late(f, side, s)
		return
	case phaseIgnored:
		if s.has(flagFIN | flagRST) {
			a.push(&a.closed, f)
		}
		return
	}
	f.learn(side, s)
	if f.held != nil {
		f.held.packets++
	}
	if p, ok := a.piece(f, side, s); ok {
		if f.held == nil && f.phase == phaseRunning && f.ready(side, &p) {
			a.tell(f, side, &p)
			return
		}
		a.holdBack(f, side, p)
	}
	a.drain(f)
}

// late counts what comes after the end and was not told before it.
func (a *Assembler) late(f *flow, side int, s *segment) {
	h := &f.half[side]
	if s.length == 0 {
		return
	}
	if off := h.offset(s.seq); !h.known || off < 0 || off+int64(s.length) > h.next {
		a.count.Late++
	}
}

// piece turns a segment into what is new in it. It returns false if that is
// nothing: an acknowledgement, a duplicate, or numbers that can't be right.
func (a *Assembler) piece(f *flow, side int, s *segment) (p piece, ok bool) {
	me, other := &f.half[side], &f.half[side^1]
	p = piece{Mark: s.Mark, length: int64(s.length), data: s.payload, ack: noAck,
		fin: s.has(flagFIN), rst: s.has(flagRST)}
	if s.has(flagACK) && other.known && !p.rst {
		a.acknowledge(f, side, s.ack, &p)
	}
	if p.rst {
		return p, a.reset(f, side, s, &p)
	}
	if p.void() || !me.known {
		return p, false
	}
	seq := s.seq
	if s.has(flagSYN) {
		seq++
	}
	p.off = me.offset(seq)
	if ahead := p.off - max(me.next, me.acked); ahead >= maxAhead || ahead <= -maxBehind {
		a.count.Stray++
		if p.length > 0 {
			a.count.Late++
		}
		return p, false
	}
	if f.phase == phaseRunning {
		if p.off < me.next && a.contradicts(f, side, &p) {
			a.count.Conflicts++
		}
		a.cutKnown(me, &p)
	}
	return p, !p.void()
}

// cutKnown takes off a piece what was told already, and what lies behind the
// direction's FIN.
func (a *Assembler) cutKnown(me *half, p *piece) {
	if p.rst {
		return
	}
	if p.fin {
		switch end := p.end(); {
		case me.end == noEnd && end >= me.next:
			me.end = end
		case me.end != end:
			p.fin = false
		}
	}
	if p.end() > me.end {
		p.length = max(0, me.end-p.off)
		p.data = p.data[:min(int64(len(p.data)), p.length)]
	}
	if p.off >= me.next {
		return
	}
	if p.end() <= me.next && !(p.fin && !me.fin) {
		if p.off < 0 && p.length > 1 && !me.syn { // from before what was taken for the first; a probe has one byte
			a.count.Late++
		} else {
			a.count.Duplicates++
		}
		p.length, p.fin = 0, false
		return
	}
	a.count.Overlaps++
	p.skipTo(me.next)
}

// acknowledge notes what a segment acknowledges of the other direction.
func (a *Assembler) acknowledge(f *flow, side int, ack uint32, p *piece) {
	other := &f.half[side^1]
	off := other.offset(ack)
	if off-max(other.next, other.acked) >= maxAhead {
		return
	}
	p.ack = off
	if off > other.next {
		other.acked = max(other.acked, off)
	}
}

// received notes that the other end has the direction's bytes up to a number,
// whether they were captured or not.
func (h *half) received(ack uint32) {
	if !h.known {
		return
	}
	if off := h.offset(ack); off > h.next && off-max(h.next, h.acked) < maxAhead {
		h.acked = max(h.acked, off)
	}
}

// reset places a RST behind everything of its direction. It returns false if
// its number is nowhere near, so that the receiver would have ignored it.
func (a *Assembler) reset(f *flow, side int, s *segment, p *piece) bool {
	me := &f.half[side]
	p.length, p.data, p.fin = 0, nil, false // what a RST carries is not part of the stream
	refusal := s.seq == 0 && s.has(flagACK) // of a SYN (RFC 9293 §3.10.7.1): no number of its own
	if !me.known || refusal {
		p.off = me.next
	} else if p.off = me.offset(s.seq); !me.plausible(s.seq) {
		a.count.Stray++
		return false
	}
	if s.has(flagACK) {
		f.half[side^1].received(s.ack)
	}
	p.off = max(p.off, me.next)
	if f.held != nil {
		if last := f.held.queue[side].last; last != nil {
			p.off = max(p.off, last.end())
		}
	}
	return true
}

// ready tells whether a piece can be told: nothing is missing in front of it,
// and everything that it acknowledges was told. Nothing comes after a FIN.
func (f *flow) ready(side int, p *piece) bool {
	me, other := &f.half[side], &f.half[side^1]
	return (me.fin || p.off <= me.next) && (other.fin || p.ack <= other.next)
}

// holdBack keeps a piece until it can be told.
func (a *Assembler) holdBack(f *flow, side int, p piece) {
	if f.held == nil {
		f.held = a.pool.newHeld(f)
	}
	if f.phase == phaseRunning && !f.ready(side, &p) {
		a.count.OutOfOrder++
	}
	overlap, conflict := a.pool.insert(f.held, side, p)
	if overlap {
		a.count.Overlaps++
	}
	if conflict {
		a.count.Conflicts++
	}
	a.enforce(f)
}

// enforce gives up waiting where too much is held back: for this connection,
// then for the one that waits longest.
func (a *Assembler) enforce(f *flow) {
	for f.held != nil && f.held.bytes > a.limits.ConnBytes {
		a.count.Limits.ConnBytes++
		a.force(f)
	}
	for a.pool.bytes > a.limits.TotalBytes {
		a.count.Limits.TotalBytes++
		a.force(a.longestWait(f))
	}
}

// longestWait gives the flow that has waited longest, f if no other does.
func (a *Assembler) longestWait(f *flow) *flow {
	var first *node[held]
	for _, l := range []*list[held]{&a.lost, &a.acked, &a.opening} {
		if n := l.first; n != nil && (first == nil || n.at < first.at) {
			first = n
		}
	}
	if first == nil {
		return f
	}
	return first.owner.flow
}
