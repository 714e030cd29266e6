package analyzer

import (
	"math"
	"time"
)

// span is the time that the packets of an input are of, or of all inputs of a hop, in
// nanoseconds since the Unix epoch. It is empty if first is behind last.
type span struct{ first, last int64 }

var noSpan = span{math.MaxInt64, math.MinInt64}

// add makes the span hold the times of another.
func (s *span) add(o span) { s.first, s.last = min(s.first, o.first), max(s.last, o.last) }

func (s span) String() string {
	const layout = "2006-01-02 15:04:05"
	return time.Unix(0, s.first).UTC().Format(layout) + " to " + time.Unix(0, s.last).UTC().Format("15:04:05") + " UTC"
}

// spans gives those of the hops, by the clock of each. The inputs must have ended.
func (a *analysis) spans() []span {
	spans := make([]span, len(a.hops))
	for hop := range spans {
		spans[hop] = noSpan
		for _, f := range a.feeds {
			if f.serves(hop) {
				spans[hop].add(f.span)
			}
		}
	}
	return spans
}

// apart tells whether the captures of two hops have no time in common, as far as packets
// show: where no request came, a capture says nothing of when it was made.
func (a *analysis) apart(spans []span) func(x, y int) bool {
	stats := a.matcher.Stats().Hops
	return func(x, y int) bool {
		e, l := spans[x], spans[y]
		if stats[x].Exchanges == 0 || stats[y].Exchanges == 0 {
			return false
		}
		return a.matcher.Time(x, e.last) < a.matcher.Time(y, l.first) || a.matcher.Time(y, l.last) < a.matcher.Time(x, e.first)
	}
}
