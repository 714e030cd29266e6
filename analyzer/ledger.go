package analyzer

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diagnose"
)

// report puts together what the feeds, the matcher and the journal know.
func (l *journal) report(feeds []*feed, matched chain.Stats) (*Report, error) {
	if err := l.order.Wrong(); err != nil {
		return nil, err
	}
	r := &Report{Hops: make([]Hop, len(l.hops))}
	r.Journeys, r.Findings = l.conclude()
	r.Verdict = l.tally.Conclude()
	r.Notes = l.order.Same()
	if len(r.Notes) > 0 && r.Verdict == diagnose.Pass {
		r.Verdict = diagnose.Inconclusive
	}
	for _, f := range feeds {
		for _, h := range f.hops {
			r.Hops[h.Index] = f.hopReport(h, matched.Hops[h.Index])
			r.Summary.Exchanges += h.exchanges
		}
	}
	if l.full > 0 {
		r.Notes = append(r.Notes, fmt.Sprintf("%d more requests belong in this report than it holds; they are counted. Raise the limit to see them.", l.full))
	}
	for _, f := range feeds {
		for _, h := range f.hops {
			r.Notes = append(r.Notes, f.notes(h)...)
		}
	}
	t := l.tally
	r.Summary.Journeys = t.Journeys
	r.Summary.Upgrades = Upgrades{
		Asked: t.Asked, Upgraded: t.Upgraded, Lost: t.Lost, Refused: t.Refused, Failed: t.Failed, Inconclusive: t.Inconclusive,
	}
	return r, nil
}

// hopReport is what the report says of one hop.
func (f *feed) hopReport(h *hop, matched chain.HopStats) Hop {
	source, streams := f.input.Source.Stats(), f.assembler.Stats()
	report := Hop{
		Name: h.Name, Source: f.input.Name, Server: h.Server.String(),
		Packets: source.Packets, Bytes: source.Bytes,
		Connections: h.connections, Exchanges: h.exchanges,
		Ledger: Ledger{
			Dropped: source.Dropped, Truncated: streams.Truncated,
			Gaps: h.gaps, GapBytes: h.gapBytes, UnparsedBytes: h.unparsed,
			Unmatched: matched.Unmatched,
		},
	}
	ledger := &report.Ledger
	for _, damage := range source.Damage {
		ledger.Damage = append(ledger.Damage, fmt.Sprintf("%s, at byte %d", damage.Reason, damage.Offset))
	}
	if f.err != nil {
		ledger.Damage = append(ledger.Damage, f.err.Error())
	}
	ledger.limit("connections", streams.Limits.Conns)
	ledger.limit("bytes held of a connection", streams.Limits.ConnBytes)
	ledger.limit("bytes held of all connections", streams.Limits.TotalBytes)
	ledger.limit("fragmented datagrams", streams.Limits.Datagrams)
	ledger.limit("length of a head", h.limits.head)
	ledger.limit("fields of a head", h.limits.fields)
	ledger.limit("requests without a response on a connection", h.limits.pipeline)
	ledger.limit("exchanges waiting for their partners", matched.LetGo)
	for kind, n := range streams.Other {
		ledger.Ignored = append(ledger.Ignored, Limit{kind.String(), n})
	}
	for link, n := range f.skipped {
		ledger.Ignored = append(ledger.Ignored, Limit{"link type " + link.String(), n})
	}
	slices.SortFunc(ledger.Ignored, func(a, b Limit) int { return cmp.Compare(a.Name, b.Name) })
	return report
}

// limit notes a limit that was reached.
func (l *Ledger) limit(name string, count uint64) {
	if count > 0 {
		l.Limits = append(l.Limits, Limit{name, count})
	}
}

// notes says what is odd about a hop's capture as a whole.
func (f *feed) notes(h *hop) []string {
	var notes []string
	if h.tls > 0 {
		notes = append(notes, fmt.Sprintf("at %s %s encrypted (TLS) and cannot be read: capture where the traffic is plain.", h.Name, are(h.tls)))
	}
	if h.http2 > 0 {
		notes = append(notes, fmt.Sprintf("at %s %s HTTP/2, which is not read yet.", h.Name, are(h.http2)))
	}
	if h.exchanges == 0 && h.tls+h.http2 == 0 {
		notes = append(notes, f.silent(h))
	}
	return notes
}

// silent says that nothing was seen at a hop, and where to look.
func (f *feed) silent(h *hop) string {
	to := ""
	if !h.Server.Any() {
		to = " to " + h.Server.String()
	}
	if h.connections == 0 {
		return fmt.Sprintf("nothing was seen at %s: %s holds no TCP connection%s. Either nothing got there, or the interface, the filter or the server is not the right one.", h.Name, f.input.Name, to)
	}
	return fmt.Sprintf("no HTTP/1 request was seen at %s: the TCP connections%s in %s (%d) carry none.", h.Name, to, f.input.Name, h.connections)
}

func are(n uint64) string {
	if n == 1 {
		return "1 connection is"
	}
	return fmt.Sprintf("%d connections are", n)
}
