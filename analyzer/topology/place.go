package topology

import (
	"net/netip"

	"github.com/hophound/hophound/analyzer/http1"
)

// Place is a server as one source saw it.
type Place struct {
	Source    int // index of the source
	Server    netip.AddrPort
	Hint      string            // a name for the node if it does not name itself, such as that of its capture file; may be empty
	Exchanges []*http1.Exchange // a sample, in the order in which they were given out; Sample are enough
}

// Sample is how many exchanges of a place are looked at.
const Sample = 2000

// attempts counts the upgrade attempts in the sample.
func (p *Place) attempts() int {
	n := 0
	for _, x := range p.Exchanges {
		if x.Request != nil && x.Request.IsUpgradeAttempt() {
			n++
		}
	}
	return n
}

// copyOf tells whether both places are the same server, and the same
// connections to it: one link captured by two sources.
func (p *Place) copyOf(o *Place) bool {
	if p.Server != o.Server || p.Source == o.Source {
		return false
	}
	clients := map[netip.AddrPort]bool{}
	for _, x := range o.Exchanges {
		clients[x.Conn.Client] = true
	}
	for _, x := range p.Exchanges {
		if clients[x.Conn.Client] {
			return true
		}
	}
	return false
}
