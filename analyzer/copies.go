package analyzer

import (
	"net/netip"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
)

// copies finds the connections that an input holds more than once: on a veth
// pair and its bridge, before and after DNAT, plain and mirrored. The first
// sighting is read; the others are noted on it and passed over, so that they
// are neither exchanges nor hops of their own.
type copies struct {
	open map[tcp.SequenceKey]*connection // first sightings of connections that are not closed
}

// original gives the connection that c is another sighting of; nil if it is the
// first, which is remembered. Sightings in different places are told apart on
// purpose: somebody named both.
func (o *copies) original(c *tcp.Conn, state *connection, drawing bool) *connection {
	key, ok := c.Key()
	if !ok {
		return nil
	}
	first := o.open[key]
	switch {
	case first == nil:
		if o.open == nil {
			o.open = map[tcp.SequenceKey]*connection{}
		}
		o.open[key] = state
		return nil
	case drawing || first.place == state.place:
		return first
	}
	return nil
}

// closed forgets a first sighting.
func (o *copies) closed(c *tcp.Conn, state *connection) {
	if key, ok := c.Key(); ok && o.open[key] == state {
		delete(o.open, key)
	}
}

// endpoints are the two ends of a connection at one sighting, in the directions
// of the first one.
type endpoints struct{ a, b netip.AddrPort }

// endpointsLike gives the ends of c in the directions of another sighting of
// the same connection.
func endpointsLike(c *tcp.Conn, first *connection) endpoints {
	if c.Sequence[tcp.Forward] == first.sequence {
		return endpoints{c.A, c.B}
	}
	return endpoints{c.B, c.A}
}

// sightings are the ends of a connection where else it was seen, as client and
// server.
func (state *connection) sightings(x *http1.Exchange) []http1.Sighting {
	var all []http1.Sighting
	for _, e := range state.also {
		s := http1.Sighting{Client: e.a, Server: e.b}
		if x.Conn.Client != state.a {
			s = http1.Sighting{Client: e.b, Server: e.a}
		}
		all = append(all, s)
	}
	return all
}

// maxAlso bounds the other sightings that are noted of a connection.
const maxAlso = 8
