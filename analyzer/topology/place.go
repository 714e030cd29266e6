package topology

import (
	"net/netip"

	"github.com/hophound/hophound/analyzer/http1"
)

// Place is a server as one source saw it.
type Place struct {
	Source    int // index of the source
	Server    netip.AddrPort
	Owner     string            // what the process that serves it is called, if that is known; may be empty
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

// copyOf tells whether two sources hold the same connections at these places:
// one link that was captured twice, maybe on both sides of address translation.
// Files that follow each other do not, though a connection may go on from one into
// the next.
func (p *Place) copyOf(o *Place) bool {
	if p.Source == o.Source {
		return false
	}
	began := map[[2]uint32]bool{}
	spans := map[netip.AddrPort]span{}
	for _, x := range o.Exchanges {
		began[x.Conn.Began] = true
		spans[x.Conn.Client] = spans[x.Conn.Client].with(x)
	}
	for _, x := range p.Exchanges {
		switch client, known := spans[x.Conn.Client]; {
		case x.Conn.Began != [2]uint32{} && began[x.Conn.Began]:
			return true
		case known && p.Server == o.Server && client.holds(x):
			return true
		}
	}
	return false
}

// span is a time in which exchanges of a connection were seen.
type span struct {
	first, last int64
	whole       bool // the connection was seen from its first packet on
}

func (s span) with(x *http1.Exchange) span {
	first, last := x.Start(), x.Start()
	if x.Response != nil {
		last = x.Response.End
	}
	if s != (span{}) {
		first, last = min(first, s.first), max(last, s.last)
	}
	return span{first, last, s.whole || x.Conn.Whole}
}

// holds tells whether an exchange on a connection with the same addresses can
// be on the same connection: where both were seen from the beginning, the
// numbers tell.
func (s span) holds(x *http1.Exchange) bool {
	return s.first <= x.Start() && x.Start() <= s.last && !(s.whole && x.Conn.Whole && x.Conn.Began != [2]uint32{})
}

// sameConnection tells whether two connections are one, seen at two points: they
// have their addresses in common or, behind address translation, one end and the
// numbers that they began with.
func sameConnection(a, b *http1.Conn) bool {
	if a.Client == b.Client && a.Server == b.Server {
		return true
	}
	return a.Began != [2]uint32{} && a.Began == b.Began && (a.Client == b.Client || a.Server == b.Server)
}
