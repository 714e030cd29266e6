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

// apartNotes says of hops whose captures have no time in common that they have not:
// requests can only have been matched by what they carry.
func (a *analysis) apartNotes(hops []Hop, apart func(x, y int) bool) []string {
	spans := a.spans()
	var notes []string
	for later := 1; later < len(hops); later++ {
		earlier := later - 1
		if note := tooFarApart(&hops[earlier], &hops[later]); note != "" {
			notes = append(notes, note)
		}
		if (!hops[later].Clock.Known || !hops[earlier].Clock.Known) && apart(earlier, later) {
			notes = append(notes, fmt.Sprintf("the captures of %s (%v) and %s (%v) have no time in common: they are of different traffic, or the clocks are far apart.",
				hops[earlier].Name, spans[earlier], hops[later].Name, spans[later]))
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
