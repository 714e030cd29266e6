package analyzer

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/diff"
)

// Report is everything an analysis found out, and everything it could not see.
type Report struct {
	Verdict  diagnose.Verdict
	Sources  []string  // names of the inputs
	Hops     []Hop     // in chain order
	Drawing  *Drawing  // if the hops were not asked for but found
	Journeys []Journey // by start time
	Findings []Finding // most severe first
	Notes    []string  // what a reader must know about the input, one sentence each
	Summary  Summary

	// Owners are the processes that serve addresses, in a few words, as far as the
	// captures tell, or whoever called Run knows them.
	Owners map[netip.AddrPort]string

	time func(hop int, t int64) int64
}

// Time turns a packet time of a hop, in nanoseconds since the Unix epoch, into
// that of the first hop's clock, as far as it is known how the two differ.
func (r *Report) Time(hop int, t int64) int64 {
	if r.time == nil {
		return t
	}
	return r.time(hop, t)
}

// Hop is what one hop's capture gave.
type Hop struct {
	Name        string
	Sources     []string         // inputs in which it is seen
	Ports       [][]uint16       // by source, of the servers met in it, ascending
	Server      string           // as asked for; empty if every server's requests belong to the hop
	Servers     []netip.AddrPort // met, by address
	Packets     uint64           // read from the source
	Bytes       uint64           // their length on the wire
	Also        []netip.AddrPort // other addresses of these servers: the same connections, seen elsewhere in the capture
	Connections uint64           // TCP connections that belong to the hop
	Copies      uint64           // sightings of these connections beyond the first: on other interfaces, or before and after NAT
	Exchanges   uint64
	Clock       chain.Clock
	Ledger      Ledger
}

// Drawing is what is said of a chain that was found.
type Drawing struct {
	Aside []Aside // servers that were left out
}

// Aside is a server that was left out.
type Aside struct {
	Source    string
	Server    netip.AddrPort
	Exchanges uint64
	Why       string

	place *place
}

// Ledger is what was not seen at a hop.
type Ledger struct {
	Dropped       uint64   // packets the capturing kernel says it lost
	Truncated     uint64   // packets captured with fewer bytes than they had
	Trimmed       uint64   // packets whose content hophound's own filter cut off on purpose
	Gaps          uint64   // runs of bytes missing from connections of the hop
	GapBytes      uint64   // their length
	Fragments     uint64   // TCP segments in IP fragments of which some were not captured
	Conflicts     uint64   // packets with other bytes than came first for the same place of a connection; the first ones count
	Late          uint64   // packets with bytes that came after the end of their connection, or too late before its beginning, or whose numbers are far from it, and were not read
	UnparsedBytes uint64   // bytes of the hop's connections that are no HTTP/1
	Unmatched     uint64   // exchanges without a partner at any other hop
	Limits        []Limit  // limits that were reached
	Damage        []string // places where the capture file is broken
	Ignored       []Limit  // packets that are no TCP, by what they are
}

// Clean tells that nothing is known to be missing. Unmatched exchanges,
// bytes that are no HTTP and those behind a connection's end are no loss.
func (l *Ledger) Clean() bool {
	return l.Dropped == 0 && l.Truncated == 0 && l.Gaps == 0 && l.Fragments == 0 && l.Conflicts == 0 && len(l.Limits) == 0 && len(l.Damage) == 0
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
	Example int              // ID of the journey the evidence is from; 0 if that was not kept
	Servers []netip.AddrPort // of the culprit, at which it was seen, by address; at most maxAffected
	Well    []netip.AddrPort // others of the culprit, through which upgrades were made
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

// report puts together what was found out.
func (a *analysis) report() (*Report, error) {
	if wrong := a.journal.order.Wrong(); wrong != nil && a.drawn != nil {
		return nil, fmt.Errorf("find the chain: it looked like %s, but then %s: name the hops, client side first, as in nginx=web1.pcap@:80 puma=web1.pcap@:3000",
			strings.Join(wrong.Given, ", "), wrong.Why)
	} else if wrong != nil {
		return nil, wrong
	}
	r := &Report{Hops: a.hopReports(), Sources: a.sources(), Drawing: a.drawn, time: a.matcher.Time}
	apart := a.apart(a.spans())
	a.journal.nodes.Apart = apart
	r.Journeys, r.Findings = a.journal.conclude()
	r.Verdict = a.journal.tally.Conclude()
	if r.Notes = a.journal.order.Same(); len(r.Notes) > 0 && r.Verdict == diagnose.Pass {
		r.Verdict = diagnose.Inconclusive
	}
	if a.interrupted {
		if r.Verdict == diagnose.Pass {
			r.Verdict = diagnose.Inconclusive // the rest may be otherwise
		}
		r.Notes = append(r.Notes, "the analysis was interrupted; this is about what was read until then.")
	}
	r.Owners = a.owners(r.Hops)
	a.clocksOfOneHop(r)
	r.Notes = append(r.Notes, a.skippedNotes(r.Hops)...)
	r.Notes = append(r.Notes, a.sortedNotes()...)
	r.Notes = append(r.Notes, a.unread()...)
	r.Notes = append(r.Notes, a.apartNotes(r.Hops, apart)...)
	for _, h := range a.hops {
		r.Notes = append(r.Notes, a.notes(h)...)
	}
	r.Notes = append(r.Notes, a.unreadAside()...)
	if full := a.journal.full; full > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d more requests belong in this report than it holds; they are counted. Raise the limit to see them.", full))
	}
	r.Notes = append(r.Notes, a.journal.problems.notes()...)
	if a.drawn != nil {
		for i := range a.drawn.Aside {
			a.drawn.Aside[i].Exchanges = a.drawn.Aside[i].place.exchanges
		}
	}
	r.Summary = a.summary()
	return r, nil
}

// owners are the processes that serve the hops, as far as the inputs tell.
func (a *analysis) owners(hops []Hop) map[netip.AddrPort]string {
	known := map[netip.AddrPort]string{}
	for _, hop := range hops {
		for _, server := range hop.Servers {
			for _, f := range a.feeds {
				if owner := f.owners[server]; owner != "" && known[server] == "" {
					known[server] = owner
				}
			}
		}
	}
	return known
}

// sources names the inputs.
func (a *analysis) sources() []string {
	var names []string
	for _, f := range a.feeds {
		names = append(names, f.input.Name)
	}
	return names
}

// summary counts what was seen so far.
func (a *analysis) summary() Summary {
	var s Summary
	for _, f := range a.feeds {
		for _, p := range f.places {
			if p.hop != leftOut {
				s.Exchanges += p.exchanges - p.twins.exchanges
			}
		}
	}
	t := a.journal.tally
	s.Journeys = t.Journeys
	s.Upgrades = Upgrades{
		Asked: t.Asked, Upgraded: t.Upgraded, Lost: t.Lost, Refused: t.Refused, Failed: t.Failed, Inconclusive: t.Inconclusive,
	}
	return s
}
