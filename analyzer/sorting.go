package analyzer

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/topology"
)

// A capture on a proxy's host holds the requests that the proxy gets and those that it
// sends on. If it was given for one hop, and nobody said whose requests are meant,
// those to servers behind other servers of the same capture are no part of the hop:
// the same request would stand there twice.

const (
	// sortOn is how many exchanges of an input are looked at to find them.
	sortOn = 2 * topology.Sample

	// maxSorted bounds the inputs in which they are looked for: of each so much is
	// read before anything is matched.
	maxSorted = 16
)

// sortable tells whether an input was given for one hop, of which nobody said whose
// requests are meant. Live ones are not looked at before they are told of.
func sortable(input Input, options Options) bool {
	return len(input.Hops) == 1 && input.Hops[0].Server.Any() && options.Watch == nil
}

// sortPlaces finds the servers behind others in the inputs that were given for one hop.
func (a *analysis) sortPlaces() {
	var sorted []*feed
	for _, f := range a.feeds {
		if f.whole != nil {
			sorted = append(sorted, f)
		}
	}
	if len(sorted) <= maxSorted {
		each(sorted, func(f *feed) { f.collect(sortOn) })()
	}
	for _, f := range sorted {
		f.sortPlaces()
	}
}

// sortPlaces makes one hop of the places of an input but of those behind others.
func (f *feed) sortPlaces() {
	f.sample()
	drawable := f.drawable()
	places := make([]topology.Place, len(drawable))
	for i, p := range drawable {
		places[i] = topology.Place{Source: f.index, Server: p.server, Exchanges: p.sample}
		p.sample = nil
	}
	for _, p := range f.places {
		p.hop = f.whole.hop
	}
	for _, i := range topology.Behind(places) {
		p := drawable[i]
		p.hop = leftOut
		f.behind = append(f.behind, p)
	}
	for _, p := range f.places {
		f.ports.told(p.server.Port(), p.hop == leftOut)
	}
	f.drawn = true
}

// portRoles tells of ports whether servers on them are behind others; those on which
// some are and some are not tell nothing.
type portRoles map[uint16]portRole

type portRole struct{ behind, not bool }

func (r *portRoles) told(port uint16, behind bool) {
	if *r == nil {
		*r = portRoles{}
	}
	role := (*r)[port]
	role.behind, role.not = role.behind || behind, role.not || !behind
	(*r)[port] = role
}

// sample keeps of each place some of the exchanges that have arrived.
func (f *feed) sample() {
	for _, arrived := range f.arrived {
		if p := arrived.place; len(p.sample) < topology.Sample && p != f.beyond {
			p.sample = append(p.sample, arrived.exchange)
		}
	}
}

// wholePlaceOf gives the place of a server in an input that was given for one hop:
// one of its own while it is not known who stands behind whom, later that of the
// hop or, if its port is that of servers behind others alone, that of one of them.
func (f *feed) wholePlaceOf(server netip.AddrPort) *place {
	if !f.drawn {
		if len(f.places) > maxDrawn {
			return f.whole
		}
		return f.newPlaceAt(server)
	}
	if role := f.ports[server.Port()]; role.behind && !role.not {
		return f.behind[0]
	}
	return f.whole
}

// sortedNotes says what was left out of hops, once for all captures that hold the
// same.
func (a *analysis) sortedNotes() []string {
	type part struct{ hop, servers string }
	files, hops := map[part][]string{}, map[part][]string{}
	var parts []part
	for _, f := range a.feeds {
		if len(f.behind) == 0 {
			continue
		}
		p := part{a.hops[f.whole.hop].Name, and(f.behindServers())}
		if len(files[p]) == 0 {
			parts = append(parts, p)
		}
		files[p] = append(files[p], f.input.Name)
		for _, server := range f.behindArguments() {
			hops[p] = append(hops[p], "NAME="+f.input.Name+"@"+server)
		}
	}
	var notes []string
	for _, p := range parts {
		holds := "holds"
		if len(files[p]) > 1 {
			holds = "hold"
		}
		notes = append(notes, fmt.Sprintf("%s also %s what is sent on, to %s: that is left out of the hop %s. As a hop of its own it would be %s.",
			and(files[p]), holds, p.servers, p.hop, strings.Join(hops[p], " ")))
	}
	return notes
}

// behindServers lists the servers that were left out, by address.
func (f *feed) behindServers() []string {
	slices.SortFunc(f.behind, func(x, y *place) int { return x.server.Compare(y.server) })
	var servers []string
	for _, p := range f.behind {
		servers = append(servers, p.server.String())
	}
	return servers
}

// behindArguments names them as the command line does: by port where that is enough.
func (f *feed) behindArguments() []string {
	var all []string
	for _, p := range f.behind {
		argument := fmt.Sprintf(":%d", p.server.Port())
		if f.ports[p.server.Port()].not {
			argument = p.server.String()
		}
		if !slices.Contains(all, argument) {
			all = append(all, argument)
		}
	}
	return all
}

// skippedNotes says of hops whose captures show to whom the node sends its requests on
// that the next hop is somebody else: a node may have been left out between them, and
// what it does would be put down to the one before it.
func (a *analysis) skippedNotes(hops []Hop) []string {
	var notes []string
	for i := 0; i+1 < len(hops); i++ {
		next := hops[i+1]
		known := slices.Concat(next.Servers, next.Also)
		var sentTo []netip.AddrPort
		for _, f := range a.feeds {
			if f.whole != nil && f.whole.hop == i {
				for _, p := range f.behind {
					sentTo = append(sentTo, p.server)
				}
			}
		}
		if len(sentTo) == 0 || len(known) == 0 || slices.ContainsFunc(sentTo, func(s netip.AddrPort) bool { return slices.Contains(known, s) }) {
			continue
		}
		notes = append(notes, fmt.Sprintf("%s sends requests on to %s, and %s is %s: if another node stands between them, name it as a hop, or what it does is put down to %s.",
			hops[i].Name, listed(sentTo), next.Name, listed(next.Servers), hops[i].Name))
	}
	return notes
}

func listed(servers []netip.AddrPort) string {
	var all []string
	for _, s := range inOrder(servers) {
		all = append(all, s.String())
	}
	return and(all)
}
