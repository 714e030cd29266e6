package chain

import (
	"cmp"
	"slices"
)

// component is a part of a group whose members can only be paired with each
// other, each side by start.
type component struct {
	earlier, later []*entry
	crowded        bool
}

// largestPuzzle is how many requests on a side are still paired by reasoning:
// the larger the part, the likelier that two losses fit together by accident.
const largestPuzzle = 4

// component collects what hangs together with an entry that was not visited.
func (m *Matcher) component(a *entry) component {
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
func (c component) all(f func(*entry) bool) bool {
	for _, side := range [][]*entry{c.earlier, c.later} {
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
	if pairs := onlyPairing(c); pairs != nil {
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
// then there is always an entry left that has one partner only.
func onlyPairing(c component) [][2]*entry {
	pairs := make([][2]*entry, 0, len(c.earlier))
	taken := make(map[*entry]bool, 2*len(c.earlier))
	for len(pairs) < len(c.earlier) {
		before := len(pairs)
		c.all(func(e *entry) bool {
			if partner := onlyFree(e, taken); !taken[e] && partner != nil {
				taken[e], taken[partner] = true, true
				if e.hop > partner.hop {
					e, partner = partner, e
				}
				pairs = append(pairs, [2]*entry{e, partner})
			}
			return true
		})
		if len(pairs) == before {
			return nil
		}
	}
	return pairs
}

func onlyFree(e *entry, taken map[*entry]bool) *entry {
	var free *entry
	for _, d := range e.edges {
		if taken[d.to] {
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
	for _, side := range [][]*entry{c.earlier, c.later} {
		for _, e := range side {
			if e.x.Conn == nil || e.x.Conn != side[0].x.Conn {
				return false
			}
		}
		slices.SortFunc(side, func(a, b *entry) int { return cmp.Compare(a.x.Index, b.x.Index) })
	}
	for i, a := range c.earlier {
		if !hasEdge(a, c.later[i]) {
			return false
		}
	}
	return true
}

func hasEdge(a, b *entry) bool {
	return slices.ContainsFunc(a.edges, func(d edge) bool { return d.to == b })
}

// linkEdge links two entries, no surer than their edge allows.
func (m *Matcher) linkEdge(a, b *entry, c Confidence, found signalSet) {
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
		var best *entry
		for _, d := range a.edges {
			b := d.to
			if b.up == nil && (best == nil || a.status() == b.status() && a.status() != best.status()) {
				best = b
			}
		}
		if best != nil {
			m.connect(a, best, Guess, found.with(byOrder).with(byTime))
			a.down.alike = same
		}
	}
}

// sameHeads tells whether requests are the same to the last byte, and were
// answered with the same status.
func sameHeads(entries []*entry) bool {
	first := entries[0]
	return !slices.ContainsFunc(entries, func(e *entry) bool {
		return !e.x.Request.Complete || e.x.Request.Head != first.x.Request.Head || e.status() != first.status()
	})
}
