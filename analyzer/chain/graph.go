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
	byKey          map[uint64]int
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
	if g.byKey == nil {
		g.byKey = make(map[uint64]int)
	}
	clear(g.byKey)
	for _, e := range earlier {
		e.group = -1
		if k := s.earlier(e, gap); k != 0 && e.down == nil {
			e.group = g.number(k)
		}
	}
	for _, e := range later {
		e.group = -1
		if i, ok := g.byKey[s.later(e, gap)]; ok && e.up == nil {
			e.group = i
		}
	}
	g.earlier.fill(earlier, len(g.byKey))
	g.later.fill(later, len(g.byKey))
	return len(g.byKey)
}

func (g *grouping) number(key uint64) int {
	i, ok := g.byKey[key]
	if !ok {
		i = len(g.byKey)
		g.byKey[key] = i
	}
	return i
}

// fill sorts entries by group without changing their order within one.
func (s *side) fill(entries []*Entry, groups int) {
	s.ends = append(s.ends[:0], make([]int, groups+1)...)
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
