package chain

import "slices"

// findEdges gives every entry of the group the entries at the other hop that
// it can be the same request with; fitting leaves out those whose times
// are unusual. It sweeps over time, so that the work is that of the edges;
// entries with very many are marked as crowded, and some of their edges are
// missing.
func (m *Matcher) findEdges(g group, fitting bool) {
	for _, a := range g.earlier {
		a.edges, a.crowded, a.visited, a.spare = a.edges[:0], false, false, false
	}
	for _, b := range g.later {
		b.edges, b.crowded, b.visited = b.edges[:0], false, false
	}
	if len(g.earlier) == 0 || len(g.later) == 0 {
		return
	}
	tolerance := m.tolerance(g.earlier[0], g.later[0])
	running := m.running[:0]
	var crowds []int64
	next := 0
	for _, b := range g.later {
		for next < len(g.earlier) && g.earlier[next].start-tolerance <= b.start {
			running = append(running, g.earlier[next])
			next++
		}
		running = m.findEdgesOf(b, running, tolerance, fitting)
		if b.crowded {
			crowds = append(crowds, b.start)
		}
	}
	clear(running)
	m.running = running[:0]
	markCrowded(g.earlier, crowds, tolerance)
}

// findEdgesOf looks for b among the requests that are running, and drops those
// that ended before it.
func (m *Matcher) findEdgesOf(b *Entry, running []*Entry, tolerance int64, fitting bool) []*Entry {
	kept := 0
	for i, a := range running {
		if a.until+tolerance < b.start {
			continue
		}
		if kept == manyRunning || len(b.edges) == manyCandidates {
			b.crowded = true
			kept += copy(running[kept:], running[i:])
			break
		}
		running[kept] = a
		kept++
		if !nests(a, b, tolerance) || m.tooLate(a, b) {
			continue
		}
		if fitting && !m.pairs.fits(a, b) {
			a.spare = true
			continue
		}
		if c, ok := m.pairs.allows(a, b); ok {
			a.edges = append(a.edges, edge{to: b, confidence: c})
			b.edges = append(b.edges, edge{to: a, confidence: c})
		}
	}
	clear(running[kept:])
	return running[:kept]
}

// markCrowded marks the requests that were running when a crowded one started:
// they may miss edges to it.
func markCrowded(earlier []*Entry, crowds []int64, tolerance int64) {
	for _, a := range earlier {
		i, _ := slices.BinarySearch(crowds, a.start-tolerance)
		if i < len(crowds) && crowds[i] <= a.until+tolerance {
			a.crowded = true
		}
	}
}
