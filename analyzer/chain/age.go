package chain

import (
	"math"
)

// judgeAge decides which entries are ripe for weak signals and which leave.
func (m *Matcher) judgeAge(final bool) {
	for hop, p := range m.pools {
		p.ripe = m.reached(hop, m.options.Settle.Nanoseconds())
		p.tried = m.reached(hop, m.options.Retry.Nanoseconds())
		p.past = m.reached(hop, m.options.Horizon.Nanoseconds())
		p.due = 0
		for _, e := range p.entries {
			at := e.came
			if at != math.MaxInt64 {
				at += e.shift
			}
			e.ripe = final || at < p.tried || at < p.ripe && !e.failed()
			e.due = final || at < p.past || !e.asked
			if e.due {
				p.due++
			}
		}
	}
}

// reached is the time of the chain up to which all hops have come, and so much
// more; hops whose clocks are not known must have come further, until so much
// was seen that waiting longer tells nothing.
func (m *Matcher) reached(hop int, more int64) int64 {
	t := int64(math.MaxInt64)
	for other, p := range m.pools {
		switch at := m.clock.at(other, p.newest); {
		case at == math.MinInt64: // not every hop has begun
			return at
		case at == math.MaxInt64: // has ended
		case m.clock.comparable(hop, other), m.pools[hop].stats.span() > 2*m.options.Skew.Nanoseconds():
			t = min(t, at-more)
		default:
			t = min(t, at-more-m.options.Skew.Nanoseconds())
		}
	}
	return t
}

// setClocks learns from the links that no clock had a part in how the clocks
// differ, gives all entries the times that follow from it, and then learns how
// long requests take between the hops.
func (m *Matcher) setClocks() {
	before := make([]fit, len(m.clock.skews))
	for i, s := range m.clock.skews {
		before[i] = s.fit
	}
	for _, l := range m.fresh {
		if x, ok := sampleOf(l.from, l.to); ok && l.confidence == Certain {
			m.clock.between(l.from.hop, l.to.hop).learn(byLinks, x)
		}
	}
	for i := range m.clock.skews {
		m.clock.skews[i].estimate()
	}
	m.neighbours(m.compareClocks)
	m.clock.findWays()
	m.acrossHops(m.compareClocks)
	m.clock.findWays()
	for _, p := range m.pools {
		p.setTimes(m.clock)
	}
	m.forgetDelays(before)
	for _, l := range m.fresh {
		if m.tooLate(l.from, l.to) || m.tooEarly(l.from, l.to) {
			l.confidence = Guess
			continue
		}
		if m.clock.comparable(l.from.hop, l.to.hop) {
			m.pairs.at(l.from.hop, l.to.hop).timing.learn(l.from, l.to)
		}
	}
	clear(m.fresh)
	m.fresh = m.fresh[:0]
}

// tooLate tells whether a request began at the later hop when all was over at
// the earlier one: it is another attempt at it, or another request. A node that
// gave up waiting sent the request on before.
func (m *Matcher) tooLate(a, b *Entry) bool {
	return m.clock.measured(a.hop, b.hop) &&
		b.start > a.until+m.clock.err(a.hop, b.hop) && b.until > a.until+m.tolerance(a, b)
}

// tooEarly tells whether a request began at the later hop before it did at the earlier
// one, where that is known: it is not what came of that.
func (m *Matcher) tooEarly(a, b *Entry) bool {
	return m.clock.measured(a.hop, b.hop) && b.start < a.start-m.tolerance(a, b)
}

// compareClocks finds out what it can of two clocks that no link tells of.
func (m *Matcher) compareClocks(p *pair) {
	s := m.clock.between(p.from, p.to)
	if s.source >= byLinks || p.gap() > 1 && m.clock.comparable(p.from, p.to) {
		return
	}
	if m.alignByHeads(p) || s.known() {
		return
	}
	if m.agree(p) {
		*s = skew{source: rhythm, fit: fit{err: m.options.Tolerance.Nanoseconds()}}
	}
}

// forgetDelays forgets how long requests take between hops whose clocks turned
// out to be other than was thought.
func (m *Matcher) forgetDelays(before []fit) {
	m.neighbours(func(p *pair) {
		i := p.from*m.clock.hops + p.to
		t := m.pools[p.to].newest
		if t == math.MinInt64 || t == math.MaxInt64 {
			t = m.pools[p.to].stats.Last
		}
		moved := m.clock.skews[i].fit.at(t) - before[i].at(t)
		if max(moved, -moved) > jitter {
			p.timing.delay = spread{}
		}
	})
}

// tolerance is how wrong a comparison of times of two entries can be.
func (m *Matcher) tolerance(a, b *Entry) int64 {
	if m.clock.measured(a.hop, b.hop) {
		return jitter + m.clock.err(a.hop, b.hop)
	}
	return m.options.Tolerance.Nanoseconds()
}
