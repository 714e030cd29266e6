package chain

import "slices"

// group is what has the same key at two hops, each side by start.
type group struct {
	earlier, later []*Entry
}

// edge says that an exchange at the later hop can be the same request.
type edge struct {
	to         *Entry
	confidence Confidence // at most
}

const (
	manyCandidates = 16 // from here on a request counts as lost in the crowd
	manyRunning    = 64 // and so does one among so many of its like
)

// grouping sorts entries into groups. Its memory is used again.
type grouping struct {
	keys           keys
	earlier, later side
}

// side is the entries of all groups at one hop, group after group.
type side struct {
	entries []*Entry
	ends    []int // per group, where its entries end
}

// collect makes the groups of a signal from what has no partner yet, in the
// order of their first request, and returns how many there are. They are valid
// until the next call.
func (g *grouping) collect(s *signal, gap int, earlier, later []*Entry) int {
	g.keys.reset(len(earlier))
	for _, e := range earlier {
		e.group = -1
		if k := s.earlier(e, gap); k != 0 && e.down == nil {
			e.group = g.keys.number(k)
		}
	}
	for _, e := range later {
		e.group = -1
		if k := s.later(e, gap); k != 0 && e.up == nil && e.retried == nil {
			e.group = g.keys.find(k)
		}
	}
	g.earlier.fill(earlier, g.keys.count)
	g.later.fill(later, g.keys.count)
	return g.keys.count
}

// fill sorts entries by group without changing their order within one.
func (s *side) fill(entries []*Entry, groups int) {
	s.ends = slices.Grow(s.ends[:0], groups+1)[:groups+1]
	clear(s.ends)
	total := 0
	for _, e := range entries {
		if e.group >= 0 {
			s.ends[e.group+1]++
			total++
		}
	}
	for i := 1; i <= groups; i++ {
		s.ends[i] += s.ends[i-1]
	}
	clear(s.entries)
	s.entries = slices.Grow(s.entries[:0], total)[:total]
	for _, e := range entries {
		if e.group >= 0 {
			s.entries[s.ends[e.group]] = e
			s.ends[e.group]++
		}
	}
}

func (s *side) at(i int) []*Entry {
	begin := 0
	if i > 0 {
		begin = s.ends[i-1]
	}
	return s.entries[begin:s.ends[i]]
}

func (g *grouping) at(i int) group { return group{earlier: g.earlier.at(i), later: g.later.at(i)} }

// release forgets the entries, so that they can be freed.
func (g *grouping) release() {
	clear(g.earlier.entries)
	clear(g.later.entries)
}
