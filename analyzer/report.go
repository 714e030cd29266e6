package analyzer

import (
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/diff"
)

// Report is everything an analysis found out, and everything it could not see.
type Report struct {
	Verdict  diagnose.Verdict
	Hops     []Hop     // in chain order
	Journeys []Journey // by start time
	Findings []Finding // most severe first
	Notes    []string  // what a reader must know about the input, one sentence each
	Summary  Summary
}

// Hop is what one hop's capture gave.
type Hop struct {
	Name        string
	Source      string
	Server      string // as asked for; empty if every server's requests belong to the hop
	Packets     uint64 // read from the source
	Bytes       uint64 // their length on the wire
	Connections uint64 // TCP connections that belong to the hop
	Exchanges   uint64
	Ledger      Ledger
}

// Ledger is what was not seen at a hop.
type Ledger struct {
	Dropped       uint64   // packets the capturing kernel says it lost
	Truncated     uint64   // packets captured with fewer bytes than they had
	Gaps          uint64   // runs of bytes missing from connections of the hop
	GapBytes      uint64   // their length
	UnparsedBytes uint64   // bytes of the hop's connections that are no HTTP/1
	Unmatched     uint64   // exchanges without a partner at any other hop
	Limits        []Limit  // limits that were reached
	Damage        []string // places where the capture file is broken
	Ignored       []Limit  // packets that are no TCP, by what they are
}

// Clean tells that nothing is known to be missing. Unmatched exchanges and
// bytes that are no HTTP are no loss.
func (l *Ledger) Clean() bool {
	return l.Dropped == 0 && l.Truncated == 0 && l.Gaps == 0 && len(l.Limits) == 0 && len(l.Damage) == 0
}

// Limit counts how often a limit was reached.
type Limit struct {
	Name  string
	Count uint64
}

// Journey is one request on its way through the chain.
type Journey struct {
	ID       int // from 1, by start time
	Upgrade  bool
	Outcome  diagnose.Outcome
	Match    *chain.Journey
	Changes  []Change
	Findings []int // indexes into Report.Findings
}

// Change is a difference between two hops of a journey.
type Change struct {
	From, To int    // hop indexes, in the direction in which the message travelled
	By       string // the node between them; "a or b" if no hop between was seen
	Response bool
	diff.Change
}

// Finding is one distinct problem, however many requests it was seen in.
type Finding struct {
	diagnose.Finding
	Count   int
	Example int // ID of the journey the evidence is from; 0 if that was not kept
}

// Summary counts.
type Summary struct {
	Exchanges uint64 // at all hops
	Journeys  uint64
	Upgrades  Upgrades
}

// Upgrades counts upgrade attempts by what became of them.
type Upgrades struct {
	Asked, Upgraded, Lost, Refused, Failed, Inconclusive uint64
}
