package chain

import (
	"cmp"
	"slices"
)

// component is a part of a group whose members can only be paired with each
// other, each side by start.
type component struct {
	earlier, later []*Entry
	crowded        bool
}

// largestPuzzle is how many requests on a side are still paired by reasoning:
// the larger the part, the likelier that two losses fit together by accident.
const largestPuzzle = 4

// component collects what hangs together with an entry that was not visited.
func (m *Matcher) component(a *Entry) component {
	c := component{earlier: m.part.earlier[:0], later: m.part.later[:0]}
	a.visited = true
	queue := append(m.queue[:0], a)
	for len(queue) > 0 {
		e := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if e.hop == a.hop {
			c.earlier = append(c.earlier, e)
		} else {
			c.later = append(c.later, e)
		}
		c.crowded = c.crowded || e.crowded
		for _, d := range e.edges {
			if !d.to.visited {
				d.to.visited = true
				queue = append(queue, d.to)
			}
		}
	}
	slices.SortFunc(c.earlier, compareEntries)
	slices.SortFunc(c.later, compareEntries)
	m.part, m.queue = c, queue
	return c
}

// all tells whether f holds for every member.
func (c component) all(f func(*Entry) bool) bool {
	for _, side := range [][]*Entry{c.earlier, c.later} {
		for _, e := range side {
			if !f(e) {
				return false
			}
		}
	}
	return true
}

// linkLikely links the component if there is one way only to pair all of it,
// by the times alone or because both sides are one connection, which keeps its
// order. If the numbers differ, something was lost and nothing can be said.
func (m *Matcher) linkLikely(c component, found signalSet) {
	n := len(c.earlier)
	if c.crowded || n != len(c.later) || n > largestPuzzle {
		return
	}
	if pairs := m.onlyPairing(c); pairs != nil {
		for _, p := range pairs {
			m.linkEdge(p[0], p[1], Likely, found.with(byTime))
		}
		return
	}
	if !orderKept(c) {
		return
	}
	for i, a := range c.earlier {
		m.linkEdge(a, c.later[i], Likely, found.with(byOrder).with(byTime))
	}
}

// onlyPairing pairs the whole component if that can be done in one way only:
// then there is always an entry left that has one partner only. The pairs are valid
// until the next call.
func (m *Matcher) onlyPairing(c component) [][2]*Entry {
	pairs := m.pairing[:0]
	defer func() { m.pairing = pairs }()
	c.all(func(e *Entry) bool { e.taken = false; return true })
	for len(pairs) < len(c.earlier) {
		before := len(pairs)
		c.all(func(e *Entry) bool {
			if partner := onlyFree(e); !e.taken && partner != nil {
				e.taken, partner.taken = true, true
				if e.hop > partner.hop {
					e, partner = partner, e
				}
				pairs = append(pairs, [2]*Entry{e, partner})
			}
			return true
		})
		if len(pairs) == before {
			return nil
		}
	}
	return pairs
}

func onlyFree(e *Entry) *Entry {
	var free *Entry
	for _, d := range e.edges {
		if d.to.taken {
			continue
		}
		if free != nil {
			return nil
		}
		free = d.to
	}
	return free
}

// orderKept tells whether each side is one connection and pairing them in the
// order of their requests is possible (RFC 9112 §9.3.2). It sorts the sides by
// that order.
func orderKept(c component) bool {
	for _, side := range [][]*Entry{c.earlier, c.later} {
		for _, e := range side {
			if e.x.Conn == nil || e.x.Conn != side[0].x.Conn {
				return false
			}
		}
		slices.SortFunc(side, func(a, b *Entry) int { return cmp.Compare(a.x.Index, b.x.Index) })
	}
	for i, a := range c.earlier {
		if !hasEdge(a, c.later[i]) {
			return false
		}
	}
	return true
}

func hasEdge(a, b *Entry) bool {
	return slices.ContainsFunc(a.edges, func(d edge) bool { return d.to == b })
}

// linkEdge links two entries, no surer than their edge allows.
func (m *Matcher) linkEdge(a, b *Entry, c Confidence, found signalSet) {
	for _, d := range a.edges {
		if d.to == b {
			c = min(c, d.confidence)
		}
	}
	if b.failed() && a.spare {
		return // perhaps retried, and it is a guess which is the last attempt
	}
	m.connect(a, b, c, found)
}

// linkGuess pairs what it can in the order of the requests, the same response
// first, and says that it is a guess.
func (m *Matcher) linkGuess(c component, found signalSet) {
	if c.crowded {
		return
	}
	same := len(c.earlier) == len(c.later) && sameHeads(c.earlier) && sameHeads(c.later)
	for _, a := range c.earlier {
		var best edge
		for _, d := range a.edges {
			b := d.to
			if b.up == nil && (best.to == nil || a.status == b.status && a.status != best.to.status) {
				best = d
			}
		}
		if best.to != nil {
			m.connect(a, best.to, Guess, found.with(byOrder).with(byTime))
			a.down.alike = same && best.confidence != Guess
		}
	}
}

// sameHeads tells whether requests are the same to the last byte, and were
// answered with the same status.
func sameHeads(entries []*Entry) bool {
	first := entries[0]
	return !slices.ContainsFunc(entries, func(e *Entry) bool {
		return !e.whole || e.x.Request.Head != first.x.Request.Head || e.status != first.status
	})
}
