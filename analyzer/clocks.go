package analyzer

import (
	"fmt"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
)

// clockOf tells which clock stamped a hop's packets: hops with the same number
// were captured by one machine. A hop of several inputs has a clock of its own
// making, like none of theirs.
func (a *analysis) clockOf() []int {
	clocks := make([]int, len(a.hops))
	for hop := range clocks {
		clocks[hop] = len(a.feeds) + hop
		seen := 0
		for _, f := range a.feeds {
			if f.serves(hop) {
				clocks[hop] = f.index
				seen++
			}
		}
		if seen > 1 {
			clocks[hop] = len(a.feeds) + hop
		}
	}
	return clocks
}

// serves tells whether a hop is seen in the feed's input.
func (f *feed) serves(hop int) bool {
	for _, p := range f.places {
		if p.hop == hop {
			return true
		}
	}
	return false
}

// offset is what has to be added to the packet times of a feed, in nanoseconds,
// to read it side by side with the others, as far as that is known by now.
func (a *analysis) offset(f *feed) int64 {
	for _, p := range f.places {
		if p.hop != leftOut {
			return a.offsets[p.hop]
		}
	}
	return 0
}

// apart says of hops whose captures have no time in common that they have not:
// requests can only have been matched by what they carry.
func (a *analysis) apart(hops []Hop) []string {
	stats := a.matcher.Stats().Hops
	var notes []string
	for later := 1; later < len(hops); later++ {
		earlier := later - 1
		x, y := stats[earlier], stats[later]
		if note := tooFarApart(&hops[earlier], &hops[later]); note != "" {
			notes = append(notes, note)
		}
		if x.Exchanges == 0 || y.Exchanges == 0 || hops[later].Clock.Known && hops[earlier].Clock.Known {
			continue
		}
		if x.Last < y.First || y.Last < x.First {
			notes = append(notes, fmt.Sprintf("the captures of %s (%s) and %s (%s) have no time in common: they are of different traffic, or the clocks are far apart.",
				hops[earlier].Name, span(x), hops[later].Name, span(y)))
		}
	}
	return notes
}

// tooFarApart tells of clocks that turned out to be so far apart that many
// exchanges were given up before that was known; empty if they are not.
func tooFarApart(earlier, later *Hop) string {
	x, y := earlier.Clock, later.Clock
	difference := time.Duration(y.Offset - x.Offset)
	if !x.Known || !y.Known || difference.Abs() <= chain.DefaultSkew || later.Ledger.Unmatched == 0 {
		return ""
	}
	return fmt.Sprintf("the clocks of %s and %s are %v apart, and requests may have been given up before that was known. Correct the times first, as with: editcap -t %.3f %s corrected.pcap",
		earlier.Name, later.Name, difference.Abs().Round(time.Millisecond), difference.Seconds(), later.Sources[0])
}

func span(s chain.HopStats) string {
	const layout = "2006-01-02 15:04:05"
	return time.Unix(0, s.First).UTC().Format(layout) + " to " + time.Unix(0, s.Last).UTC().Format("15:04:05") + " UTC"
}
