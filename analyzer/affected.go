package analyzer

import (
	"net/netip"
	"slices"

	"github.com/hophound/hophound/analyzer/chain"
)

// maxAffected bounds the servers of a node that are told apart, of those that
// have a problem and of those that have none.
const maxAffected = 64

// affects notes a server of the culprit.
func (f *Finding) affects(server netip.AddrPort) {
	if at, known := slices.BinarySearchFunc(f.Servers, server, netip.AddrPort.Compare); server.IsValid() && !known && len(f.Servers) < maxAffected {
		f.Servers = slices.Insert(f.Servers, at, server)
	}
}

// well are the servers, by hop, through which upgrades were made: where one of
// several nginxes is at fault, the others are not.
type well []map[netip.AddrPort]bool

// note takes down the servers of a journey that was upgraded.
func (w well) note(j *chain.Journey) {
	for hop, x := range j.Exchanges {
		if x == nil || len(w[hop]) >= maxAffected {
			continue
		}
		if w[hop] == nil {
			w[hop] = map[netip.AddrPort]bool{}
		}
		w[hop][x.Conn.Server] = true
	}
}

// others gives the servers of a finding's culprit that do well and were not seen
// to have the problem, by address.
func (w well) others(f Finding, hops []chain.Hop) []netip.AddrPort {
	var others []netip.AddrPort
	for i, hop := range hops {
		if f.Culprit == "" || hop.Name != f.Culprit {
			continue
		}
		for server := range w[i] {
			if !slices.Contains(f.Servers, server) {
				others = append(others, server)
			}
		}
	}
	slices.SortFunc(others, netip.AddrPort.Compare)
	return others
}
