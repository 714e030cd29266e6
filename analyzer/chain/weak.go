package chain

import "slices"

// weakSignals are tried in this order on what no unique value has linked, after
// the identifiers that a few requests share.
var weakSignals = [...]int{byForwardedFor, byHead, byTarget}

// largestShare is how many requests may share an identifier that still says
// something; more is a constant.
const largestShare = 8

// pass is one look at all that waits at a pair of hops.
type pass struct {
	pair  *pair
	guess bool // link what is ambiguous, as a guess
	// leaving: only what has a member that leaves now is linked. Otherwise
	// what is ripe is linked too.
	leaving bool
}

// matchWeak links by signals that other requests may share. Where clocks can't
// be compared it waits, and guesses in the end.
func (m *Matcher) matchWeak(t pass) {
	if !t.guess && !m.clock.comparable(t.pair.from, t.pair.to) {
		return
	}
	if t.leaving && m.pools[t.pair.from].due == 0 && m.pools[t.pair.to].due == 0 {
		return
	}
	m.free.earlier, m.free.later = m.free.earlier[:0], m.free.later[:0]
	for _, e := range m.pools[t.pair.from].sorted {
		if e.down == nil && e.target != 0 {
			m.free.earlier = append(m.free.earlier, e)
		}
	}
	for _, e := range m.pools[t.pair.to].sorted {
		if e.up == nil && e.target != 0 && e.retried == nil {
			m.free.later = append(m.free.later, e)
		}
	}
	if len(m.free.earlier) > 0 && len(m.free.later) > 0 {
		m.matchFree(t, m.free.earlier, m.free.later)
	}
	clear(m.free.earlier)
	clear(m.free.later)
}

func (m *Matcher) matchFree(t pass, earlier, later []*Entry) {
	present := m.pools[t.pair.from].present & m.pools[t.pair.to].present
	named := &m.named
	named.earlier, named.later = appendNamed(named.earlier[:0], earlier), appendNamed(named.later[:0], later)
	for field := range firstTrait {
		if present.has(field) && anyHas(named.earlier, field) && anyHas(named.later, field) {
			s := m.signals[field].narrowed()
			m.tryGroups(t, &s, field, largestShare, named.earlier, named.later)
		}
	}
	clear(named.earlier)
	clear(named.later)
	for _, i := range weakSignals {
		m.tryGroups(t, &m.signals[i], i, len(earlier)+len(later), earlier, later)
	}
	if anyHandshake(earlier) && anyHandshake(later) {
		m.tryGroups(t, &m.signals[byHandshake], byHandshake, len(earlier)+len(later), earlier, later)
	}
	m.groups.release()
}

func anyHas(entries []*Entry, field int) bool {
	return slices.ContainsFunc(entries, func(e *Entry) bool { return e.values[field] != 0 })
}

// anyHandshake tells whether there is a handshake without a partner.
func anyHandshake(entries []*Entry) bool {
	return slices.ContainsFunc(entries, func(e *Entry) bool { return e.handshake != 0 && e.down == nil && e.up == nil })
}

func (m *Matcher) tryGroups(t pass, s *signal, by, largest int, earlier, later []*Entry) {
	if !t.isTimeForAny(earlier, later) {
		return
	}
	n := m.groups.collect(s, t.pair.gap(), earlier, later)
	for i := range n {
		g := m.groups.at(i)
		if len(g.later) > 0 && max(len(g.earlier), len(g.later)) <= largest {
			m.tryGroup(t, g, by)
		}
	}
}

func (m *Matcher) tryGroup(t pass, g group, by int) {
	if !m.clock.comparable(t.pair.from, t.pair.to) {
		if len(g.earlier) == 1 && len(g.later) == 1 {
			m.linkApart(g.earlier[0], g.later[0], by)
		}
		return
	}
	if !t.isTime(g) {
		return
	}
	if len(g.earlier) == 1 && len(g.later) == 1 {
		m.tryOnly(t, g.earlier[0], g.later[0], signalSet(0).with(by))
		return
	}
	if !t.guess {
		g = m.linkRetried(t, g, by)
	}
	m.findEdges(g, !t.guess)
	for _, a := range g.earlier {
		if a.visited || len(a.edges) == 0 {
			continue
		}
		c := m.component(a)
		if !t.mayLink(c) {
			continue
		}
		found := signalSet(0).with(by)
		if t.guess {
			m.linkGuess(c, found)
		} else {
			m.linkLikely(c, found)
		}
	}
	dropEdges(g.earlier)
	dropEdges(g.later)
}

// tryOnly is tryGroup for the only two of their kind, which most are.
func (m *Matcher) tryOnly(t pass, a, b *Entry, found signalSet) {
	tolerance := m.tolerance(a, b)
	if !nests(a, b, tolerance) || m.tooLate(a, b) || !t.guess && !m.pairs.fits(a, b) || !(a.due || b.due || !t.leaving && a.ripe && b.ripe) {
		return
	}
	c, ok := m.pairs.allows(a, b)
	switch {
	case !ok:
	case t.guess:
		m.connect(a, b, Guess, found.with(byOrder).with(byTime))
		a.down.alike = c != Guess && a.whole && b.whole && m.pairs.fits(a, b)
	default:
		m.connect(a, b, min(c, Likely), found.with(byTime))
	}
}

// isTime tells whether mayLink can hold for any part of a group.
func (t pass) isTime(g group) bool {
	ripe := 0
	for _, side := range [][]*Entry{g.earlier, g.later} {
		some := false
		for _, e := range side {
			if e.due {
				return true
			}
			some = some || e.ripe
		}
		if some {
			ripe++
		}
	}
	return !t.leaving && ripe == 2
}

// isTimeForAny tells whether isTime can hold for any group of what has no partner yet.
// Often the first signal has found all partners that it is time for.
func (t pass) isTimeForAny(earlier, later []*Entry) bool {
	ripeEarlier, ripeLater := false, false
	for _, e := range earlier {
		if e.down == nil {
			if e.due {
				return true
			}
			ripeEarlier = ripeEarlier || e.ripe
		}
	}
	for _, e := range later {
		if e.up == nil && e.retried == nil {
			if e.due {
				return true
			}
			ripeLater = ripeLater || e.ripe
		}
	}
	return !t.leaving && ripeEarlier && ripeLater
}

// dropEdges forgets the edges, so that entries in them can be freed.
func dropEdges(entries []*Entry) {
	for _, e := range entries {
		clear(e.edges)
		e.edges = e.edges[:0]
	}
}

// mayLink tells whether it is time: nothing better can come, or it must be now.
func (t pass) mayLink(c component) bool {
	if !c.all(func(e *Entry) bool { return !e.due }) {
		return true
	}
	return !t.leaving && c.all(func(e *Entry) bool { return e.ripe })
}

// linkApart links, as a guess, the only two of their kind where nothing is known
// of the clocks. It goes by how far they are apart as they stand.
func (m *Matcher) linkApart(a, b *Entry, by int) {
	if a.down != nil || b.up != nil || !a.due && !b.due {
		return
	}
	if apart := a.start - b.start; max(apart, -apart) > m.options.Horizon.Nanoseconds() {
		return
	}
	if _, ok := m.pairs.allows(a, b); ok {
		m.connect(a, b, Guess, signalSet(0).with(by))
	}
}
