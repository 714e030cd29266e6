package chain

import (
	"cmp"
	"math"
	"slices"
)

// Where no link is certain, the requests as a whole may show how the clocks
// stand to each other.

const (
	fewHeads   = 8   // so many unique heads must agree on an offset
	mostProbes = 256 // so many requests are tried for whether they nest

	drifted = int64(10e6) // nanoseconds that clocks may drift apart within a batch
)

// alignByHeads estimates the offset of two clocks from requests whose head
// occurs once at each hop, if nearly all of them agree.
func (m *Matcher) alignByHeads(p *pair) bool {
	samples := m.uniqueHeads(p)
	if len(samples) < fewHeads {
		return false
	}
	best, agree := marzullo(samples, drifted)
	offset := middle(best)
	if agree < fewHeads || 4*agree < 3*len(samples) || max(offset, -offset) > m.options.Skew.Nanoseconds() {
		return false
	}
	slices.SortFunc(samples, func(x, y sample) int { return cmp.Compare(x.at, y.at) })
	s := m.clock.between(p.from, p.to)
	for _, x := range samples {
		if x.least-drifted <= offset && offset <= x.most+drifted {
			s.learn(byHeads, x)
		}
	}
	s.estimate()
	return true
}

// uniqueHeads gives what the requests say whose head occurs once at each hop.
func (m *Matcher) uniqueHeads(p *pair) []sample {
	later := m.pools[p.to].sorted
	m.resetSlots(len(later))
	for _, b := range later {
		if b.head != 0 {
			m.slotOf(b.head).nLater++
		}
	}
	for _, a := range m.pools[p.from].sorted {
		if c := m.knownSlot(a.head); c != nil && c.nLater == 1 {
			c.earlier = a
			c.nEarlier++
		}
	}
	var samples []sample
	for _, b := range later {
		if c := m.knownSlot(b.head); c != nil && c.nEarlier == 1 && c.nLater == 1 {
			if x, ok := sampleOf(c.earlier, b); ok {
				samples = append(samples, x)
			}
		}
	}
	return samples
}

// alike groups what waits at two hops by a key that both have.
func (m *Matcher) alike(p *pair, key func(*Entry) uint64) []group {
	index := make(map[uint64]int)
	var groups []group
	for _, a := range m.pools[p.from].sorted {
		k := key(a)
		if k == 0 {
			continue
		}
		i, ok := index[k]
		if !ok {
			i = len(groups)
			index[k] = i
			groups = append(groups, group{})
		}
		groups[i].earlier = append(groups[i].earlier, a)
	}
	for _, b := range m.pools[p.to].sorted {
		if i, ok := index[key(b)]; ok {
			groups[i].later = append(groups[i].later, b)
		}
	}
	return slices.DeleteFunc(groups, func(g group) bool { return len(g.later) == 0 })
}

// agree tells whether two clocks are shown to agree: most requests at the
// later hop lie within one that looks the same at the earlier hop, and would
// not if the clocks were apart by this or that.
func (m *Matcher) agree(p *pair) bool {
	groups := m.alike(p, func(e *Entry) uint64 { return e.head })
	if len(groups) == 0 {
		groups = m.alike(p, func(e *Entry) uint64 { return e.target })
	}
	probes := 0
	for i, g := range groups {
		groups[i].later = g.later[:min(len(g.later), mostProbes-probes)]
		probes += len(groups[i].later)
	}
	as := m.nested(groups, 0)
	if 2*as < probes || as == 0 {
		return false
	}
	doubts, controls := 0, 0
	for _, apart := range m.shifts() {
		controls++
		if 2*m.nested(groups, apart) >= as {
			doubts++
		}
	}
	return 10*doubts <= controls
}

// shifts are offsets that clocks may have, evenly spread over the orders of
// magnitude up to Options.Skew, both ways.
func (m *Matcher) shifts() []int64 {
	const steps, least = 20, 100e6
	most := max(float64(m.options.Skew.Nanoseconds()), 2*least)
	var shifts []int64
	for i := range steps {
		apart := int64(least * math.Pow(most/least, float64(i)/(steps-1)))
		shifts = append(shifts, apart, -apart)
	}
	return shifts
}

// nested counts the later requests that would lie within an earlier one if the
// clocks were apart by so much.
func (m *Matcher) nested(groups []group, apart int64) int {
	n := 0
	for _, g := range groups {
		for _, b := range g.later {
			b.start, b.end = b.start+apart, b.end+apart
			if m.nestsInAny(b, g.earlier) {
				n++
			}
			b.start, b.end = b.start-apart, b.end-apart
		}
	}
	return n
}

func (m *Matcher) nestsInAny(b *Entry, earlier []*Entry) bool {
	tolerance := m.options.Tolerance.Nanoseconds()
	i, _ := slices.BinarySearchFunc(earlier, b.start+tolerance+1, func(a *Entry, t int64) int {
		if a.start < t {
			return -1
		}
		return 1
	})
	for _, a := range earlier[max(0, i-manyCandidates):i] {
		if nests(a, b, tolerance) && fitsAny(a, b) {
			return true
		}
	}
	return false
}
