package analyzer

import (
	"net/netip"
	"strings"
)

// owners are the processes that have addresses, as the comments of hophound's own
// captures tell: "10.0.0.5:80 is nginx, pid 7, user www-data, container web", several
// of them joined by "; ". Other comments say nothing.
type owners map[netip.AddrPort]string

// Limits of what is kept: a comment is somebody else's text.
const (
	maxOwners      = 1024
	maxOwnerLength = 256
)

// learn takes down what a comment tells of addresses that nothing is known of yet.
func (o *owners) learn(comment []byte) {
	if len(*o) >= maxOwners {
		return
	}
	for line := range strings.Lines(string(comment)) {
		for part := range strings.SplitSeq(strings.TrimSpace(line), "; ") {
			address, owner, found := strings.Cut(part, " is ")
			server, err := netip.ParseAddrPort(address)
			if !found || err != nil || owner == "" || len(owner) > maxOwnerLength {
				continue
			}
			if *o == nil {
				*o = owners{}
			}
			if _, known := (*o)[server]; !known && len(*o) < maxOwners {
				(*o)[server] = owner
			}
		}
	}
}

// interpreters run programs that have names of their own.
var interpreters = map[string]bool{
	"ruby": true, "node": true, "python": true, "python3": true, "java": true, "php": true, "php-fpm": true, "perl": true,
	"docker-proxy": true, "beam.smp": true, "dotnet": true, "deno": true, "bun": true,
}

// name is what a hop can be called after the owner of its server: the process or,
// where that is an interpreter, its container; empty if nothing is known.
func (o owners) name(server netip.AddrPort) string {
	process, rest, _ := strings.Cut(o[server], ", ")
	_, container, found := strings.Cut(rest, "container ")
	if strings.HasPrefix(process, "container ") || strings.HasPrefix(process, "pid ") {
		return "" // nothing was known of the process but that
	}
	if interpreters[process] && found {
		return container
	}
	return process
}
