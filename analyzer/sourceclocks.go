package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// sourceClocks finds out whether the captures of one hop have the same clock. The
// matcher takes that for granted: it has one clock per hop, and what it says of it
// is wrong where two hosts of a hop differ.
type sourceClocks struct {
	between map[sourcePair]*bounds
}

// sourcePair is two inputs at which the same requests were seen, at neighbouring hops.
type sourcePair struct {
	hop, source   int // whose clock is looked at
	other, beside int // the hop and the input that it is compared with
}

// bounds are within what a clock is ahead of another, in nanoseconds.
type bounds struct{ least, most int64 }

const (
	maxSourcePairs = 1 << 12
	clocksDiffer   = int64(100 * time.Millisecond) // less is said of no clock
)

// observe learns from the links of a journey that are certain.
func (c *sourceClocks) observe(j *chain.Journey) {
	if c == nil {
		return
	}
	for _, l := range j.Links {
		a, b := j.Exchanges[l.From], j.Exchanges[l.To]
		if l.Confidence != chain.Certain || l.To != l.From+1 || !answered(a) || !answered(b) {
			continue
		}
		// It was received after it was sent, and so was its response.
		least, most := b.Response.Start-a.Response.Start, b.Request.Start-a.Request.Start
		if least > most {
			continue
		}
		c.learn(sourcePair{l.To, b.Conn.Source, l.From, a.Conn.Source}, bounds{least, most})
		c.learn(sourcePair{l.From, a.Conn.Source, l.To, b.Conn.Source}, bounds{-most, -least})
	}
}

func answered(x *http1.Exchange) bool { return x != nil && x.Request != nil && x.Response != nil }

func (c *sourceClocks) learn(p sourcePair, x bounds) {
	known := c.between[p]
	switch {
	case known != nil:
		known.least, known.most = max(known.least, x.least), min(known.most, x.most)
	case len(c.between) < maxSourcePairs:
		c.between[p] = &x
	}
}

// settled puts bounds in order that clocks which drift have crossed.
func (b bounds) settled() bounds { return bounds{min(b.least, b.most), max(b.least, b.most)} }

// difference is how far a capture of a hop is ahead of another of it.
type difference struct {
	hop           int
	source, other int
	ahead         time.Duration
}

// differences gives the captures whose clocks differ from that of another
// capture of the same hop, each once.
func (c *sourceClocks) differences() []difference {
	if c == nil {
		return nil
	}
	var pairs []sourcePair
	for p := range c.between {
		pairs = append(pairs, p)
	}
	slices.SortFunc(pairs, func(a, b sourcePair) int {
		return cmp.Or(cmp.Compare(a.hop, b.hop), cmp.Compare(a.other, b.other), cmp.Compare(a.beside, b.beside), cmp.Compare(a.source, b.source))
	})
	var all []difference
	told := map[[2]int]bool{}
	for i, p := range pairs {
		first := pairs[slices.IndexFunc(pairs, func(o sourcePair) bool {
			return o.hop == p.hop && o.other == p.other && o.beside == p.beside
		})]
		x, y := c.between[first].settled(), c.between[pairs[i]].settled()
		if told[[2]int{p.hop, p.source}] || y.least-x.most <= clocksDiffer && x.least-y.most <= clocksDiffer {
			continue
		}
		told[[2]int{p.hop, p.source}] = true
		ahead := (y.least+y.most)/2 - (x.least+x.most)/2
		all = append(all, difference{p.hop, p.source, first.source, time.Duration(ahead)})
	}
	return all
}

// clocksOfOneHop says of captures of one hop that their clocks differ, and what to
// do. What was said of the clock of such a hop is taken back.
func (a *analysis) clocksOfOneHop(r *Report) {
	mixed := map[int]bool{}
	for _, d := range a.journal.clocks.differences() {
		mixed[d.hop] = true
		r.Hops[d.hop].Clock = chain.Clock{Hop: d.hop}
		r.Notes = append(r.Notes, fmt.Sprintf("the clock of %s is %v %s that of %s, and both are captures of %s, which is taken to have one clock: requests without an id may not have been matched. Correct the times first, as with: editcap -t %.3f %s corrected.pcap",
			r.Sources[d.source], d.ahead.Abs().Round(time.Millisecond), aheadOrBehind(d.ahead), r.Sources[d.other], r.Hops[d.hop].Name, -d.ahead.Seconds(), r.Sources[d.source]))
	}
	if len(mixed) == 0 {
		return
	}
	for i, hop := range r.Hops { // what was compared with a clock that is none tells nothing
		if c := hop.Clock; c.Error >= max(c.Offset, -c.Offset) && c.Offset != 0 {
			mixed[i], r.Hops[i].Clock = true, chain.Clock{Hop: i}
		}
	}
	corrected := r.time
	r.time = func(hop int, t int64) int64 {
		if mixed[hop] {
			return t
		}
		return corrected(hop, t)
	}
}

func aheadOrBehind(d time.Duration) string {
	if d < 0 {
		return "behind"
	}
	return "ahead of"
}
