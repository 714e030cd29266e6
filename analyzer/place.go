package analyzer

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
)

// place is where requests arrive in one input: the servers that a person named
// as a hop or, where nobody did, one server.
type place struct {
	hop    int            // index in the chain, or leftOut
	name   string         // of the hop, if a person named it
	wanted Server         // whose requests belong here, if a person named the hop
	server netip.AddrPort // otherwise

	counts
	twins struct { // what of it another input of the hop shows too; counted where exchanges are matched
		connections, exchanges uint64
	}
	servers   map[netip.AddrPort]bool // met here, at most maxServers
	last      netip.AddrPort          // of them
	also      map[netip.AddrPort]bool // other addresses of theirs, at most maxServers
	sample    []*http1.Exchange       // kept until the chain is drawn
	illegible int                     // connections that were told of because no request of them could be read
}

// leftOut is the hop of a place that has no part in the chain, or none yet.
const leftOut = -1

// maxServers bounds the servers that a place tells apart, and the places of an
// input in which nobody named any.
const maxServers = 1024

// counts is what was seen of connections, and what was not.
type counts struct {
	connections uint64
	copies      uint64 // sightings of these connections beyond the first
	exchanges   uint64
	gaps        uint64
	gapBytes    uint64
	unparsed    uint64
	tls, http2  uint64 // connections that carry these instead of HTTP/1
	limits      limitCounts
}

type limitCounts struct{ head, fields, pipeline, held uint64 }

func (c *counts) add(o counts) {
	c.connections += o.connections
	c.copies += o.copies
	c.exchanges += o.exchanges
	c.gaps += o.gaps
	c.gapBytes += o.gapBytes
	c.unparsed += o.unparsed
	c.tls += o.tls
	c.http2 += o.http2
	c.limits.head += o.limits.head
	c.limits.fields += o.limits.fields
	c.limits.pipeline += o.limits.pipeline
	c.limits.held += o.limits.held
}

// read takes down what the stream of a closed connection could not read.
func (c *counts) read(stream *http1.Stream) {
	stats := stream.Stats()
	c.unparsed += stats.Bytes.Unparsed
	c.limits.head += uint64(stats.HeadLimit)
	c.limits.fields += uint64(stats.FieldLimit)
	c.limits.pipeline += uint64(stats.PipelineLimit)
	c.limits.held += uint64(stats.HeldLimit)
	switch stream.Protocol() {
	case http1.ProtocolTLS:
		c.tls++
	case http1.ProtocolHTTP2:
		c.http2++
	}
}

// met counts an exchange with one of the place's servers.
func (p *place) met(x *http1.Exchange) {
	p.exchanges++
	if x.Conn.Server != p.last && len(p.servers) < maxServers {
		p.servers[x.Conn.Server] = true
		p.last = x.Conn.Server
	}
	for _, sighting := range x.Conn.Also {
		if sighting.Server != x.Conn.Server && len(p.also) < maxServers {
			p.also[sighting.Server] = true
		}
	}
}

// addresses lists the servers met, by address.
func (p *place) addresses() []netip.AddrPort {
	return slices.SortedFunc(maps.Keys(p.servers), netip.AddrPort.Compare)
}

// asked finds the place that a connection belongs to as hops were asked for,
// and which end of it is the client if that is known.
func (f *feed) asked(c *tcp.Conn) (p *place, clientKnown bool, client http1.Direction) {
	for _, p := range f.places {
		switch {
		case p.wanted.Matches(c.B) && (c.Opened || !p.wanted.Any()):
			return p, true, http1.FromA
		case c.Opened:
		case p.wanted.Any():
			return p, false, 0
		case p.wanted.Matches(c.A):
			return p, true, http1.FromB
		}
	}
	for _, p := range f.places {
		if p.wanted.Port != 0 && p.wanted.Matches(c.A) {
			return newPlace(leftOut), true, http1.FromA // unless requests come from the other end
		}
	}
	return nil, false, 0
}

// placeOf gives the place of a server where nobody named hops. The requests to
// servers beyond the limit are counted in a place of their own.
func (f *feed) placeOf(server netip.AddrPort) *place {
	i, known := slices.BinarySearchFunc(f.places, server, func(p *place, s netip.AddrPort) int { return p.server.Compare(s) })
	if known {
		return f.places[i]
	}
	if f.whole != nil {
		return f.wholePlaceOf(server)
	}
	if len(f.places) == maxServers {
		if f.beyond == nil {
			f.beyond = newPlace(leftOut)
		}
		return f.beyond
	}
	p := f.newPlaceAt(server)
	if f.drawn {
		p.hop = f.hopOf(server)
	}
	return p
}

// newPlaceAt makes a place that there was not.
func (f *feed) newPlaceAt(server netip.AddrPort) *place {
	p := newPlace(leftOut)
	p.server = server
	i, _ := slices.BinarySearchFunc(f.places, server, func(p *place, s netip.AddrPort) int { return p.server.Compare(s) })
	f.places = slices.Insert(f.places, i, p)
	return p
}

// maxDrawn bounds the places of an input that a chain is drawn from: each is
// compared with each.
const maxDrawn = 24

// drawable gives the places from which a chain can be drawn, those with most
// exchanges first.
func (f *feed) drawable() []*place {
	var places []*place
	for _, p := range f.places {
		if len(p.sample) > 0 {
			places = append(places, p)
		}
	}
	slices.SortFunc(places, byExchanges)
	return places[:min(len(places), maxDrawn)]
}

func newPlace(hop int) *place {
	return &place{hop: hop, servers: map[netip.AddrPort]bool{}, also: map[netip.AddrPort]bool{}}
}

// byExchanges orders places by how much was seen of them, then by address.
func byExchanges(a, b *place) int {
	return cmp.Or(cmp.Compare(b.exchanges, a.exchanges), a.server.Compare(b.server))
}
