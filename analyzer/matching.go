package analyzer

// behind is by how many slices matching stays behind the reading of the inputs:
// always so many, whichever is faster, so that the outcome is the same. As matching
// is done in a few batches, now and then, one would leave the other waiting.
const behind = 4

// matching has the matcher take what was found in a slice, in a goroutine of its own
// beside the reading of the next ones, or at once: whoever watches does not want to
// wait, and where there is one hop nothing is won by it.
type matching struct {
	a       *analysis
	atOnce  bool
	work    chan []batch
	matched chan matched
	under   int       // slices that were given and are not matched, as far as was looked
	spare   [][]batch // empty ones
	stopped bool
}

// matched is what comes back when a slice was matched.
type matched struct {
	slice   []batch // empty but for what comes back
	offsets []int64 // as analysis has them
	panic   *Panic
}

func (a *analysis) startMatching() *matching {
	m := &matching{a: a, atOnce: a.options.Watch != nil || a.isAlone()}
	if !m.atOnce {
		m.work, m.matched = make(chan []batch, behind+1), make(chan matched, behind+1)
		go m.serve()
	}
	return m
}

// batches gives empty ones for the next slice.
func (m *matching) batches() []batch {
	if n := len(m.spare); n > 0 {
		b := m.spare[n-1]
		m.spare = m.spare[:n-1]
		return b
	}
	return make([]batch, len(m.a.feeds))
}

// give has a slice matched, and waits until no more than so many are not. A panic in
// it becomes one of whoever waits.
func (m *matching) give(slice []batch) {
	if m.atOnce {
		m.a.match(slice)
		if m.a.options.Watch != nil {
			m.a.matcher.Match()
		}
		m.takeBack(m.a.outcome(slice))
		return
	}
	m.work <- slice
	if m.under++; m.under > behind {
		m.wait()
	}
}

// stop waits until all is matched.
func (m *matching) stop() {
	if m.atOnce || m.stopped {
		return
	}
	m.stopped = true
	close(m.work)
	for m.under > 0 {
		m.wait()
	}
}

func (m *matching) wait() {
	m.under--
	m.takeBack(<-m.matched)
}

func (m *matching) takeBack(r matched) {
	if r.panic != nil {
		m.stopped, m.under = true, 0
		panic(r.panic)
	}
	m.spare = append(m.spare, r.slice)
	m.a.offsets = r.offsets
	for i, f := range m.a.feeds {
		f.arena.Reuse(r.slice[i].released)
		if f.reader != nil {
			f.reader.Reuse(r.slice[i].used)
		}
	}
}

func (m *matching) serve() {
	for slice := range m.work {
		var r matched
		if p := Caught(func() { m.a.match(slice); r = m.a.outcome(slice) }); p != nil {
			m.matched <- matched{panic: p}
			return
		}
		m.matched <- r // where there is room for all
	}
}

// match gives the matcher what was found in a slice, and empties it.
func (a *analysis) match(slice []batch) {
	for i := range slice {
		b := &slice[i]
		for _, c := range b.illegible {
			a.journal.nodes.ObserveIllegible(c.place.hop, c.start)
		}
		for _, x := range b.exchanges {
			switch {
			case a.twins.passOver(x):
				x.exchange.Release() // nobody else has seen it
			case x.entry != nil:
				a.matcher.AddEntry(x.entry)
			default:
				a.matcher.Add(x.place.hop, x.exchange)
			}
		}
		for _, hop := range b.hops {
			a.matcher.Advance(hop, b.until)
		}
		b.clear()
	}
}

// outcome is what is known, and not needed any more, after a slice.
func (a *analysis) outcome(slice []batch) matched {
	r := matched{slice: slice, offsets: make([]int64, len(a.hops))}
	for hop := range a.hops {
		r.offsets[hop] = a.matcher.Offset(hop)
	}
	for i, f := range a.feeds {
		b := &slice[i]
		b.released = f.arena.Released(b.released)
		b.used = a.matcher.Used(b.used, len(a.feeds)-i)
	}
	return r
}
