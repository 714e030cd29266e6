package analyzer

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
)

// hopReports says of every hop what was seen of it and what was not.
func (a *analysis) hopReports() []Hop {
	matched, clocks := a.matcher.Stats(), a.matcher.Clocks()
	hops := make([]Hop, len(a.hops))
	for i := range hops {
		hops[i].Name, hops[i].Clock = a.hops[i].Name, clocks[i]
		ledger := &hops[i].Ledger
		ledger.Unmatched = matched.Hops[i].Unmatched
		for _, f := range a.feeds {
			f.addTo(&hops[i], i)
		}
		ledger.limit("exchanges waiting for their partners", matched.Hops[i].LetGo)
		slices.SortFunc(ledger.Ignored, func(x, y Limit) int { return cmp.Compare(x.Name, y.Name) })
		hops[i].Servers = inOrder(hops[i].Servers)
		hops[i].Also = slices.DeleteFunc(inOrder(hops[i].Also), func(s netip.AddrPort) bool { return slices.Contains(hops[i].Servers, s) })
	}
	return hops
}

// inOrder sorts addresses and leaves each once.
func inOrder(addresses []netip.AddrPort) []netip.AddrPort {
	slices.SortFunc(addresses, netip.AddrPort.Compare)
	return slices.Compact(addresses)
}

// addTo adds what the feed knows of a hop, if it is seen in its input at all.
func (f *feed) addTo(hop *Hop, index int) {
	seen := false
	for _, p := range f.places {
		if p.hop != index {
			continue
		}
		if !seen {
			seen = true
			f.addSource(hop)
		}
		f.addPorts(hop, p)
		hop.Server = p.wanted.String()
		if p.twins.exchanges > 0 && p.twins.exchanges == p.exchanges {
			hop.Also = append(hop.Also, p.addresses()...)
		} else {
			hop.Servers = append(hop.Servers, p.addresses()...)
		}
		hop.Also = append(hop.Also, slices.Collect(maps.Keys(p.also))...)
		hop.Connections += p.connections - p.twins.connections
		hop.Copies += p.copies + p.twins.connections
		hop.Exchanges += p.exchanges - p.twins.exchanges
		ledger := &hop.Ledger
		ledger.Gaps += p.gaps
		ledger.GapBytes += p.gapBytes
		ledger.UnparsedBytes += p.unparsed
		ledger.limit("length of a head", p.limits.head)
		ledger.limit("fields of a head", p.limits.fields)
		ledger.limit("bytes of unfinished heads, in all", p.limits.held)
		ledger.limit("requests without a response on a connection", p.limits.pipeline)
	}
}

// addPorts adds the ports of a place in the source that was added last.
func (f *feed) addPorts(hop *Hop, p *place) {
	ports := &hop.Ports[len(hop.Ports)-1]
	for server := range p.servers {
		if at, known := slices.BinarySearch(*ports, server.Port()); !known {
			*ports = slices.Insert(*ports, at, server.Port())
		}
	}
}

// addSource adds what is known of the input as a whole.
func (f *feed) addSource(hop *Hop) {
	source, streams := f.input.Source.Stats(), f.streams
	hop.Sources, hop.Ports = append(hop.Sources, f.input.Name), append(hop.Ports, nil)
	hop.Packets += source.Packets
	hop.Bytes += source.Bytes
	ledger := &hop.Ledger
	ledger.Dropped += source.Dropped
	if source.Trimmed {
		ledger.Trimmed += streams.Truncated
	} else {
		ledger.Truncated += streams.Truncated
	}
	ledger.Fragments += streams.SegmentsAbandoned
	ledger.Conflicts += streams.Conflicts
	ledger.Late += streams.Late
	for _, damage := range source.Damage {
		ledger.Damage = append(ledger.Damage, fmt.Sprintf("%s: %s, at byte %d", f.input.Name, damage.Reason, damage.Offset))
	}
	if f.err != nil {
		ledger.Damage = append(ledger.Damage, f.err.Error())
	}
	ledger.limit("connections", streams.Limits.Conns)
	ledger.limit("connections at a time that carry bytes", streams.Limits.Told)
	ledger.limit("bytes held of a connection", streams.Limits.ConnBytes)
	ledger.limit("bytes held of all connections", streams.Limits.TotalBytes)
	ledger.limit("fragmented datagrams", streams.Limits.Datagrams)
	for kind, n := range streams.Other {
		addCount(&ledger.Ignored, kind.String(), n)
	}
	for link, n := range f.skipped {
		addCount(&ledger.Ignored, "link type "+link.String(), n)
	}
}

// limit notes a limit that was reached.
func (l *Ledger) limit(name string, count uint64) { addCount(&l.Limits, name, count) }

func addCount(counts *[]Limit, name string, n uint64) {
	i := slices.IndexFunc(*counts, func(l Limit) bool { return l.Name == name })
	switch {
	case n == 0:
	case i < 0:
		*counts = append(*counts, Limit{name, n})
	default:
		(*counts)[i].Count += n
	}
}

// unread says of requests that were not captured whole what cannot be told of
// them.
func (a *analysis) unread() []string {
	t := a.journal.tally
	switch {
	case t.Journeys > 0 && t.Unread == t.Journeys && t.Asked == 0:
		return []string{"of no request was the whole head captured: whether one asked for an upgrade cannot be told."}
	case t.Doubtful > 0:
		return []string{fmt.Sprintf("requests that were refused and whose head was not captured whole: %d. Whether they asked for an upgrade cannot be told.", t.Doubtful)}
	}
	return nil
}

// notes says what is odd about a hop's captures as a whole.
func (a *analysis) notes(h chain.Hop) []string {
	var c counts
	to := ""
	var sources []string
	cut := uint64(0)
	for _, f := range a.feeds {
		for _, p := range f.places {
			if p.hop != h.Index {
				continue
			}
			c.add(p.counts)
			if !slices.Contains(sources, f.input.Name) {
				sources = append(sources, f.input.Name)
				cut += f.streams.Truncated
			}
			if !p.wanted.Any() {
				to = " to " + p.wanted.String()
			}
		}
	}
	var notes []string
	if c.tls > 0 {
		notes = append(notes, fmt.Sprintf("at %s %s encrypted (TLS) and cannot be read: capture where the traffic is plain.", h.Name, are(c.tls)))
	}
	if c.http2 > 0 {
		notes = append(notes, fmt.Sprintf("at %s %s HTTP/2, which is not read yet.", h.Name, are(c.http2)))
	}
	if c.exchanges == 0 && c.tls+c.http2 == 0 {
		notes = append(notes, silent(h.Name, to, and(sources), c.connections, cut))
	}
	return notes
}

// unreadAside says what connections have no part in a chain that was drawn because
// they could not be read.
func (a *analysis) unreadAside() []string {
	if a.drawn == nil {
		return nil
	}
	var c counts
	var tls, http2 []string
	for _, f := range a.feeds {
		for _, p := range append(slices.Clip(f.places), f.beyond) {
			if p == nil || p.hop != leftOut {
				continue
			}
			c.add(p.counts)
			if p.tls > 0 {
				tls = append(tls, p.server.String())
			}
			if p.http2 > 0 {
				http2 = append(http2, p.server.String())
			}
		}
	}
	var notes []string
	if c.tls > 0 {
		notes = append(notes, fmt.Sprintf("%s encrypted (TLS) and can have no part in the chain (to %s). If the requests go there, capture where the traffic is plain.", are(c.tls), some(tls)))
	}
	if c.http2 > 0 {
		notes = append(notes, fmt.Sprintf("%s HTTP/2, which is not read yet, and can have no part in the chain (to %s).", are(c.http2), some(http2)))
	}
	return notes
}

// some writes the first of a list of names for people, and how many more there are.
func some(names []string) string {
	const most = 3
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return and(names)
}

// silent says that nothing was seen at a hop, and where to look.
func silent(hop, to, sources string, connections, cut uint64) string {
	short := ""
	if cut > 0 {
		short = fmt.Sprintf(" Packets are cut short (%d): capture them whole, with -s 0.", cut)
	}
	if connections == 0 {
		return fmt.Sprintf("nothing was seen at %s: %s holds no data of any TCP connection%s. Either nothing got there, or the interface, the filter or the server is not the right one.%s", hop, sources, to, short)
	}
	return fmt.Sprintf("no HTTP/1 request was seen at %s: the TCP connections%s in %s (%d) carry none.%s", hop, to, sources, connections, short)
}

func are(n uint64) string {
	if n == 1 {
		return "1 connection is"
	}
	return fmt.Sprintf("%d connections are", n)
}

// and writes a list of names for people.
func and(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}
