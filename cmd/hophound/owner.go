package main

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/process"
)

// owners learns which processes of this host serve the addresses that are met.
type owners struct {
	finder *process.Finder
	found  map[netip.AddrPort]string
}

// maxOwners bounds the addresses whose owners are kept.
const maxOwners = 1024

func newOwners(hops []hopArgument) *owners {
	var sources []string
	for _, hop := range hops {
		sources = append(sources, hop.file)
	}
	return &owners{finder: finderFor(sources), found: map[netip.AddrPort]string{}}
}

// finderFor looks into the network namespaces of live sources, and into this
// one for those that name none.
func finderFor(sources []string) *process.Finder {
	var namespaces []string
	for _, source := range sources {
		namespace := ""
		if name, known, err := capture.ParseLive(source); err == nil && known {
			namespace, err = name.Namespace()
			if err != nil {
				continue // opening the source says why
			}
		}
		if !slices.Contains(namespaces, namespace) {
			namespaces = append(namespaces, namespace)
		}
	}
	return process.NewFinder(process.Options{Namespaces: namespaces})
}

// meet looks up who serves the exchanges of a journey, while the sockets are
// there or are remembered.
func (o *owners) meet(r *analyzer.Report) {
	for _, j := range r.Journeys {
		for _, x := range j.Match.Exchanges {
			if x == nil || o.found[x.Conn.Server] != "" || len(o.found) == maxOwners {
				continue
			}
			if owner, ok := o.finder.Lookup(x.Conn.Server, x.Conn.Client); ok {
				o.found[x.Conn.Server] = describeOwner(owner)
			}
		}
	}
}

func (o *owners) close() { _ = o.finder.Close() }

// describeOwner says who has a socket: "nginx, pid 812, user www-data, container web".
func describeOwner(o process.Owner) string {
	var parts []string
	if o.Command != "" {
		parts = append(parts, o.Command)
	}
	if o.PID != 0 {
		parts = append(parts, fmt.Sprintf("pid %d", o.PID))
	}
	if o.User != "" {
		parts = append(parts, "user "+o.User)
	}
	switch {
	case o.ContainerName != "":
		parts = append(parts, "container "+o.ContainerName)
	case o.ContainerID != "":
		parts = append(parts, "container "+o.ContainerID[:min(12, len(o.ContainerID))])
	}
	return strings.Join(parts, ", ")
}
