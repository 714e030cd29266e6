package chain

import "slices"

// batch matches what waits in the pools, strongest signals and neighbouring
// hops first, and gives out the journeys that are settled; at the end, all.
func (m *Matcher) batch(final bool) {
	for _, p := range m.pools {
		p.begin(m.clock, m.options.Window)
		p.setTimes(m.clock)
	}
	m.judgeAge(final)
	m.neighbours(func(p *pair) { m.matchUnique(p, false) })
	m.setClocks()
	if m.again {
		m.again = false
		m.neighbours(func(p *pair) { m.matchUnique(p, false) })
		m.setClocks()
	}
	m.judgeAge(final) // again, by the clocks
	m.makeRoom()
	m.neighbours(func(p *pair) { m.matchWeak(pass{pair: p}) })
	m.acrossHops(func(p *pair) { m.matchUnique(p, true) })
	if len(m.fresh) > 0 {
		m.setClocks()
	}
	m.acrossHops(func(p *pair) { m.matchWeak(pass{pair: p, leaving: true}) })
	m.neighbours(func(p *pair) { m.matchWeak(pass{pair: p, guess: true, leaving: true}) })
	m.makeRoom() // again: one that was to leave may have found a partner that stays
	m.release(final)
	for hop, p := range m.pools {
		p.timed = m.clock.comparableToAll(hop)
	}
}

func (m *Matcher) neighbours(match func(*pair)) {
	for hop := 1; hop < len(m.pools); hop++ {
		match(m.pairs.at(hop-1, hop))
	}
}

// acrossHops goes over the pairs with hops between them at which a request may
// not have been seen, the nearest first.
func (m *Matcher) acrossHops(match func(*pair)) {
	for gap := 2; gap < len(m.pools); gap++ {
		for hop := gap; hop < len(m.pools); hop++ {
			match(m.pairs.at(hop-gap, hop))
		}
	}
}

// makeRoom makes entries leave whose time has not come, the first ones first,
// so that a quarter of each pool is free until the next batch, or half.
func (m *Matcher) makeRoom() {
	for hop, p := range m.pools {
		room := m.options.Pool / 4
		if !m.clock.comparableToAll(hop) {
			room = m.options.Pool / 2 // these wait for minutes, not for seconds
		}
		m.makeRoomIn(p, room)
	}
}

func (m *Matcher) makeRoomIn(p *pool, room int) {
	if len(p.entries) <= m.options.Pool-room && p.batches < m.options.batches() {
		return
	}
	waiting := 0
	for _, e := range p.entries {
		if !m.settled(e.first()) {
			waiting++
		}
	}
	excess := waiting - (m.options.Pool - room)
	for _, e := range p.entries {
		if excess <= 0 && e.batches < m.options.batches() || m.settled(e.first()) {
			continue
		}
		if e.retried != nil {
			e = e.retried
		}
		e.forced, e.due = true, true
		m.pools[e.hop].due++
		excess--
	}
}

// lost tells of a guess that waiting makes no surer: messages of a connection were lost.
func (l *link) lost() bool { return (l.from.lossy || l.to.lossy) && l.from.ripe && l.to.ripe }

// complete tells whether the journey of an entry was seen at all hops, and nothing better
// is to be expected.
func (m *Matcher) complete(e *Entry) bool {
	n, sure := 0, true
	for e = e.first(); e != nil; e = e.next() {
		n++
		sure = sure && (e.down == nil || e.down.confidence > Guess || e.down.lost()) && !e.mayBeRetried()
	}
	return n == len(m.pools) && sure
}

func (e *Entry) first() *Entry {
	if e.retried != nil {
		e = e.retried
	}
	for e.up != nil {
		e = e.up.from
	}
	return e
}

// release gives out the journeys that nothing can be added to, in the order in
// which their requests started.
func (m *Matcher) release(final bool) {
	roots := m.roots[:0]
	for _, p := range m.pools {
		for _, e := range p.entries {
			if e.up == nil && e.retried == nil && (final || m.settled(e)) {
				roots = append(roots, e)
			}
		}
	}
	slices.SortFunc(roots, compareEntries)
	for _, e := range roots {
		m.give(e)
	}
	clear(roots)
	m.roots = roots[:0]
	for _, p := range m.pools {
		p.sweep(m.recycle)
	}
}

// settled tells whether a journey can go: it is complete, or all of it is too
// old to get partners, or a limit takes one of its exchanges.
func (m *Matcher) settled(root *Entry) bool {
	old := true
	for e := root; e != nil; e = e.next() {
		if e.forced {
			return true
		}
		old = old && e.due
	}
	return old || m.complete(root)
}

// give makes the journey that begins with an entry, and gives it out.
func (m *Matcher) give(root *Entry) {
	j := m.newJourney()
	matched := root.down != nil
	for e := root; e != nil; e = e.next() {
		j.Exchanges[e.hop] = e.x
		if l := e.down; l != nil {
			j.Links = append(j.Links, Link{From: e.hop, To: l.to.hop, Confidence: l.confidence, By: m.by(l.found), Alike: l.alike})
		}
		letGo := e.forced && !m.complete(root)
		m.pools[e.hop].takeOut(e, matched, letGo)
		m.giveRetries(j, e, letGo)
	}
	m.emit(j)
}

// takeOut counts an entry that is given out, and remembers what it was.
func (p *pool) takeOut(e *Entry, matched, letGo bool) {
	p.remember(e)
	p.stats.count(matched, letGo)
	e.gone = true
}

func (s *HopStats) count(matched, letGo bool) {
	if matched {
		s.Matched++
	} else {
		s.Unmatched++
	}
	if letGo {
		s.LetGo++
	}
}

// by names signals, strongest first, each once. The slices are shared by all
// links with the same signals.
func (m *Matcher) by(found signalSet) []string {
	if names, ok := m.names[found]; ok {
		return names
	}
	var names []string
	for i, s := range m.signals {
		if found.has(i) && !slices.Contains(names, s.name) {
			names = append(names, s.name)
		}
	}
	m.names[found] = slices.Clip(names)
	return m.names[found]
}
