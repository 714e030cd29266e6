package tcp

// announce makes sure that the Handler knows the connection. It returns false
// if the Handler passes it over.
func (a *Assembler) announce(f *flow) bool {
	if f.conn != nil {
		return true
	}
	c := f.newConn()
	if a.known >= a.limits.Told {
		a.evictTold()
	}
	if a.handler.Open(c) {
		f.conn = c
		a.known++
		if f.age.list == &a.open {
			a.told.push(&f.age, a.told.notBefore(f.age.at))
		}
		return true
	}
	f.phase = phaseIgnored
	a.pool.drop(f)
	return false
}

// tell gives a piece to the Handler: its bytes, what the capture cut off, and
// how it ends. It must be ready.
func (a *Assembler) tell(f *flow, side int, p *piece) {
	if !a.announce(f) {
		return
	}
	h, d := &f.half[side], f.direction(side)
	if n := int64(len(p.data)); n > 0 {
		a.remember(f.conn, side, p.off, p.data)
		a.handler.Chunk(f.conn, d, Chunk{Mark: p.Mark, Offset: uint64(p.off), Data: p.data})
		h.next = p.off + n
	}
	if p.length > int64(len(p.data)) {
		a.gap(f, side, p.end(), p.Mark, GapTruncated)
	}
	switch {
	case p.fin:
		a.tellFin(f, side, p.Mark)
	case p.rst:
		a.tellReset(f, side, p.Mark)
	}
}

// tellFin ends a direction, and the connection if it was the second one.
func (a *Assembler) tellFin(f *flow, side int, m Mark) {
	h, d := &f.half[side], f.direction(side)
	a.handler.Fin(f.conn, d, m)
	h.fin = true
	h.next++
	if f.half[side^1].fin {
		a.finish(f, End{Mark: m, Cause: EndFin, By: d.Other()})
		return
	}
	f.closer = uint8(side)
	a.push(&a.lingering, f)
}

// tellReset ends the direction of a RST. What the other side still sends is read, for it
// may be on its way already, or take no notice of a RST that somebody else sent. If the
// RST's own sender is seen to go on, it was somebody else's.
func (a *Assembler) tellReset(f *flow, side int, m Mark) {
	me, other := &f.half[side], &f.half[side^1]
	if f.held != nil && f.held.queue[side].first != nil {
		return
	}
	if f.reset {
		if f.closer != uint8(side) {
			a.finish(f, End{})
		}
		return
	}
	f.closer, f.reset, f.conn.reset = uint8(side), true, m
	if other.fin || !other.known {
		a.finish(f, End{})
		return
	}
	me.fin, me.end = true, me.next
	a.push(&a.resets, f)
}

// gap declares bytes of a side missing up to an offset.
func (a *Assembler) gap(f *flow, side int, upTo int64, m Mark, cause GapCause) {
	if !a.announce(f) {
		return
	}
	h := &f.half[side]
	length := uint64(upTo - h.next)
	a.count.Gaps++
	a.count.GapBytes += length
	a.handler.Gap(f.conn, f.direction(side), Gap{Mark: m, Offset: uint64(h.next), Length: length, Cause: cause})
	h.next = upTo
}

// finish ends a flow: what it holds back is told with the gaps in it, bytes
// that were acknowledged but never seen are declared missing, then the end. The
// flow stays in the table, as one that is closed.
func (a *Assembler) finish(f *flow, e End) {
	if f.phase == phaseClosed {
		return
	}
	if f.phase == phaseOpening {
		f.run()
	}
	for f.phase == phaseRunning && f.held != nil && f.holds() {
		if !a.tellReady(f) {
			b := f.blocked()
			a.giveUp(f, &b, GapLost)
		}
	}
	for side := range f.half {
		h := &f.half[side]
		if f.phase == phaseRunning && !h.fin && h.acked > h.next {
			a.gap(f, side, h.acked, e.Mark, GapLost)
		}
	}
	if f.phase == phaseRunning && a.announce(f) {
		f.phase = phaseClosed
		if f.reset { // whatever else ended it later
			e = End{Mark: f.conn.reset, Cause: EndReset, By: f.direction(int(f.closer))}
		}
		a.known--
		a.handler.Close(f.conn, e)
	}
	f.conn = nil
	f.phase = phaseClosed
	a.pool.drop(f)
	a.push(&a.closed, f)
}

// holds tells whether pieces are held back.
func (f *flow) holds() bool {
	return f.held.queue[0].first != nil || f.held.queue[1].first != nil
}
