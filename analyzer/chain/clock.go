package chain

import (
	"cmp"
	"math"
)

// Clock is how the clock of a hop's capture stands against that of the first
// hop. At a packet time t of the hop, Offset + Drift*(t-At)/1e9 added to t is
// the time at the first hop, give or take Error.
type Clock struct {
	Hop    int
	To     int     // the hop that the offset is against: 0, or where Known is false the first hop that there is something to compare with
	Offset int64   // nanoseconds; 0 where the clocks were not shown to differ
	Error  int64   // nanoseconds, at most
	Drift  float64 // nanoseconds per second; 0 where none was shown
	At     int64   // packet time of the hop for which Offset is given, nanoseconds since the Unix epoch
	Links  int     // requests it rests on; 0 for a clock that is the first hop's own
	Known  bool    // without it nothing links this clock to the first hop's, and Offset is against To
}

// clocks is the one place that knows how the clocks of the hops differ.
// Everything that compares times of two hops uses times that went through at.
type clocks struct {
	hops  int
	skews []skew // by the two hops, see between
	ways  []way  // per hop
}

// way leads from a hop's clock to the one that its times are given in.
type way struct {
	root  int
	over  int // the next hop on the way; -1 at the root
	err   int64
	links int
	found bool
}

func newClocks(hops int, same []int) *clocks {
	c := &clocks{hops: hops, skews: make([]skew, hops*hops), ways: make([]way, hops)}
	for a := range hops {
		for b := a + 1; b < hops; b++ {
			if a < len(same) && b < len(same) && same[a] == same[b] {
				c.between(a, b).source = oneClock
			}
		}
	}
	c.findWays()
	return c
}

// between gives the skew of the later of two hops against the earlier.
func (c *clocks) between(a, b int) *skew { return &c.skews[min(a, b)*c.hops+max(a, b)] }

// findWays finds for every hop the way to the first hop with the least error
// (Dijkstra's algorithm; the hops are few).
func (c *clocks) findWays() {
	clear(c.ways)
	for root := range c.hops {
		if c.ways[root].found {
			continue
		}
		c.ways[root] = way{root: root, over: -1, found: true}
		for c.extend(root) {
			continue
		}
	}
}

// extend adds the nearest hop to those that a root is known to.
func (c *clocks) extend(root int) bool {
	best, at := way{err: math.MaxInt64}, -1
	for from := range c.hops {
		if !c.ways[from].found || c.ways[from].root != root {
			continue
		}
		for to := range c.hops {
			s := c.between(from, to)
			if c.ways[to].found || from == to || !s.known() {
				continue
			}
			if err := c.ways[from].err + s.fit.err; err < best.err {
				best, at = way{root: root, over: from, err: err, links: restsOn(c.ways[from].links, s), found: true}, to
			}
		}
	}
	if at >= 0 {
		c.ways[at] = best
	}
	return at >= 0
}

// restsOn is how many requests a way rests on that is known by so many up to
// its last part.
func restsOn(links int, last *skew) int {
	switch {
	case last.source == oneClock:
		return links
	case links == 0:
		return last.links
	}
	return min(links, last.links)
}

// at turns a packet time of a hop into the time of the chain.
func (c *clocks) at(hop int, t int64) int64 {
	if t == math.MaxInt64 || t == math.MinInt64 {
		return t
	}
	for over := c.ways[hop].over; over >= 0; hop, over = over, c.ways[over].over {
		fit := &c.between(hop, over).fit
		if over < hop {
			t += fit.at(t)
		} else { // the offset is given by the other clock, which it leads to
			t -= fit.at(t - fit.at(t))
		}
	}
	return t
}

// comparable tells whether times of two hops can be compared.
func (c *clocks) comparable(a, b int) bool { return c.ways[a].root == c.ways[b].root }

// comparableToAll tells whether times of a hop can be compared with those of
// all others.
func (c *clocks) comparableToAll(hop int) bool {
	for other := range c.hops {
		if !c.comparable(hop, other) {
			return false
		}
	}
	return true
}

// err is how wrong a comparison of times of two hops can be.
func (c *clocks) err(a, b int) int64 {
	if s := c.between(a, b); a != b && s.known() {
		return s.fit.err
	}
	return c.ways[a].err + c.ways[b].err
}

// measured tells whether requests show how the clocks of two hops differ.
func (c *clocks) measured(a, b int) bool {
	for _, hop := range []int{a, b} {
		for over := c.ways[hop].over; over >= 0; hop, over = over, c.ways[over].over {
			if c.between(hop, over).source < byHeads {
				return false
			}
		}
	}
	return true
}

// Clocks gives the clock of every hop, by hop index, as far as it is known by
// now.
func (m *Matcher) Clocks() []Clock {
	clocks := make([]Clock, len(m.pools))
	for hop, p := range m.pools {
		w := m.clock.ways[hop]
		k := Clock{Hop: hop, To: w.root, Error: w.err, Links: w.links, Known: w.root == 0}
		if p.stats.Exchanges > 0 {
			first, last := p.stats.First, p.stats.Last
			k.At = first + (last-first)/2
			k.Offset = m.clock.at(hop, k.At) - k.At
			if last > first && m.clock.drifts(hop) {
				before, after := m.clock.at(hop, first)-first, m.clock.at(hop, last)-last
				k.Drift = float64(after-before) / (float64(last-first) / 1e9)
			}
		}
		clocks[hop] = k
	}
	return clocks
}

// drifts tells whether any skew on a hop's way changes over time.
func (c *clocks) drifts(hop int) bool {
	for over := c.ways[hop].over; over >= 0; hop, over = over, c.ways[over].over {
		if fit := &c.between(hop, over).fit; fit.drift != 0 || len(fit.pieces) > 0 {
			return true
		}
	}
	return false
}

// Offset is what must be added to the packet times of a hop, as far as it has
// come, to get the time of the first hop, in nanoseconds; 0 while it is not
// known.
func (m *Matcher) Offset(hop int) int64 {
	p := m.pools[hop]
	t := cmp.Or(p.stats.Last, p.newest)
	if m.clock.ways[hop].root != 0 || t == math.MinInt64 || t == math.MaxInt64 {
		return 0
	}
	return m.clock.at(hop, t) - t
}

// Time turns a packet time of a hop into the time of the first hop, by what is
// known by now, in nanoseconds since the Unix epoch.
func (m *Matcher) Time(hop int, t int64) int64 {
	if m.clock.ways[hop].root != 0 {
		return t
	}
	return m.clock.at(hop, t)
}
