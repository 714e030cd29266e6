package tcp

// drain tells what can be told of what a flow holds back, gives up what was
// waited for long enough, and notes what the rest waits for.
func (a *Assembler) drain(f *flow) {
	for f.held != nil {
		if f.phase == phaseOpening {
			if !a.openingOver(f) {
				a.await(f, &a.opening)
				return
			}
			f.run()
			continue
		}
		if a.tellReady(f) {
			continue
		}
		if f.held.queue[0].first == nil && f.held.queue[1].first == nil {
			a.pool.drop(f)
			return
		}
		b := f.blocked()
		if !a.patienceOver(f, &b) {
			return
		}
		a.giveUp(f, &b, GapLost)
	}
	if f.phase == phaseOpening && f.half[0].syn && f.half[1].syn {
		f.run()
	}
}

// force gives up the next thing that a flow waits for, and goes on.
func (a *Assembler) force(f *flow) {
	if f.phase == phaseOpening {
		f.run()
	}
	if f.holds() && !a.tellReady(f) {
		b := f.blocked()
		a.giveUp(f, &b, GapLimit)
	}
	a.drain(f)
}

// openingOver tells whether the start of a connection is settled.
func (a *Assembler) openingOver(f *flow) bool {
	w := &f.held.wait
	return f.half[0].syn && f.half[1].syn || f.held.packets >= openingPackets ||
		w.list != nil && a.clock-w.at >= int64(openingWait)
}

// await puts a flow in the list of those that wait for the same kind of thing.
// If it is in the list, its time goes on.
func (a *Assembler) await(f *flow, l *list[held]) {
	w := &f.held.wait
	if w.list == l {
		return
	}
	if w.list != nil {
		f.held.packets = 0
	}
	l.push(w, a.clock)
	a.deadline = min(a.deadline, a.clock+l.delay)
}

// tellReady tells one piece, of the earlier packet if both directions have one
// that is ready. It returns false if none is.
func (a *Assembler) tellReady(f *flow) bool {
	best := -1
	for side := range f.held.queue {
		i := f.held.queue[side].first
		if i != nil && f.ready(side, &i.piece) &&
			(best < 0 || i.Packet < f.held.queue[best].first.Packet) {
			best = side
		}
	}
	if best < 0 {
		return false
	}
	a.tellFirst(f, best)
	return true
}

// tellFirst tells the first piece held of a direction. What it waited for is
// settled, so that the next wait begins anew.
func (a *Assembler) tellFirst(f *flow, side int) {
	h := f.held
	i := a.pool.take(h, side)
	h.wait.remove()
	h.packets = 0
	a.cutKnown(&f.half[side], &i.piece)
	if !i.void() {
		a.tell(f, side, &i.piece)
	}
	a.pool.release(i)
}

// block says what a flow waits for: bytes of a side, up to an offset.
type block struct {
	side  int
	upTo  int64
	by    *item // that can't be told
	of    int   // the side of by
	acked bool  // the bytes were acknowledged
	shown Mark  // the packet that showed that they are missing
}

// blocked finds out what a flow waits for, when nothing it holds is ready.
func (f *flow) blocked() block {
	var best block
	for side := range f.held.queue {
		if f.held.queue[side].first == nil {
			continue
		}
		if b := f.blockOf(side); best.by == nil || b.before(&best, f) {
			best = b
		}
	}
	return best
}

// blockOf says what the first piece of a side waits for: bytes in front of it,
// or bytes of the other side that it acknowledges.
func (f *flow) blockOf(side int) block {
	i := f.held.queue[side].first
	me, other := &f.half[side], &f.half[side^1]
	if i.off > me.next && !me.fin {
		b := block{side: side, upTo: i.off, by: i, of: side, shown: i.Mark}
		if me.acked > me.next { // what was not acknowledged may still be sent again
			b.acked, b.upTo = true, min(i.off, me.acked)
		}
		return b
	}
	b := block{side: side ^ 1, upTo: i.ack, by: i, of: side, acked: true, shown: i.Mark}
	if first := f.held.queue[side^1].first; first != nil && first.off < i.ack {
		b.upTo = max(first.off, other.next)
		if first.Packet < i.Packet {
			b.shown = first.Mark
		}
	}
	return b
}

// before orders what to give up first: acknowledgements that came too early,
// because giving up their bytes lets a piece through; then gaps behind which a
// piece is ready; then by packet.
func (b *block) before(c *block, f *flow) bool {
	rank := func(b *block) int {
		switch {
		case b.of != b.side:
			return 0
		case b.by.ack <= f.half[b.side^1].next:
			return 1
		}
		return 2
	}
	if r, q := rank(b), rank(c); r != q {
		return r < q
	}
	return b.by.Packet < c.by.Packet
}

// patienceOver tells whether b was waited for long enough; otherwise it goes
// on waiting. A side that was never captured is not waited for.
func (a *Assembler) patienceOver(f *flow, b *block) bool {
	if !f.half[b.side].seen {
		return true
	}
	l, packets := &a.lost, false
	if b.acked {
		l, packets = &a.acked, true
	}
	a.await(f, l)
	return a.clock-f.held.wait.at >= l.delay || packets && f.held.packets >= ackedPackets
}

// giveUp declares missing what a flow waits for. If both sides acknowledge
// each other's next bytes, which no real connection does, the earlier packet
// goes first and nothing is missing.
func (a *Assembler) giveUp(f *flow, b *block, cause GapCause) {
	if b.upTo > f.half[b.side].next {
		a.gap(f, b.side, b.upTo, b.shown, cause)
		f.restart()
		return
	}
	a.tellFirst(f, b.of)
}

// restart lets the next wait begin anew.
func (f *flow) restart() {
	if f.held != nil {
		f.held.wait.remove()
		f.held.packets = 0
	}
}
