package analyzer

import (
	"net/netip"
	"time"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
)

// copies finds the connections that an input holds more than once: on a veth
// pair and its bridge, before and after DNAT, plain and mirrored. The first
// sighting is read; the others are noted on it and passed over, so that they
// are neither exchanges nor hops of their own.
type copies struct {
	open map[tcp.SequenceKey]*connection // first sightings of connections that are not closed

	// Connections that belong to no hop, so that one that does, and is the same
	// seen elsewhere, can say so: the latest of them, in a ring.
	outside map[tcp.SequenceKey]outsider
	ring    []tcp.SequenceKey
	next    int
}

// outsider is a sighting that belongs to no hop.
type outsider struct {
	endpoints
	sequence uint32 // of the first byte that a sent
}

// maxOutside bounds the outsiders that are remembered.
const maxOutside = 4096

// original gives the connection that c is another sighting of; nil if it is the
// first, which is remembered. Sightings in different places are told apart on
// purpose: somebody named both.
func (o *copies) original(c *tcp.Conn, state *connection, drawing bool) *connection {
	key, ok := keyOf(c)
	if !ok {
		return nil
	}
	first := o.open[key]
	switch {
	case first == nil || !first.isNewTo(c):
		if o.open == nil {
			o.open = map[tcp.SequenceKey]*connection{}
		}
		o.open[key] = state
		if other, known := o.outside[key]; known {
			if other.sequence != state.sequence {
				other.a, other.b = other.b, other.a
			}
			state.alsoSeen(other.endpoints)
		}
		return nil
	case drawing || first.asked == state.asked:
		return first
	}
	return nil
}

// passedOver remembers a connection that belongs to no hop, or gives the one that
// does and that it is another sighting of.
func (o *copies) passedOver(c *tcp.Conn) *connection {
	key, ok := keyOf(c)
	if !ok {
		return nil
	}
	if first := o.open[key]; first != nil && first.isNewTo(c) {
		return first
	}
	if o.outside == nil {
		o.outside = map[tcp.SequenceKey]outsider{}
	}
	if len(o.ring) < maxOutside {
		o.ring = append(o.ring, key)
	} else {
		delete(o.outside, o.ring[o.next])
		o.ring[o.next] = key
		o.next = (o.next + 1) % maxOutside
	}
	o.outside[key] = outsider{endpoints{c.A, c.B}, c.Sequence[tcp.Forward]}
	return nil
}

// isNewTo tells whether c can be another sighting of the connection: it begins before
// anything is said on it, for a SYN comes to all points before its answer does. If it
// was not seen to begin, it was at the same time. A capture that was written by a script
// may begin all its connections with the same numbers, one after the other.
func (state *connection) isNewTo(c *tcp.Conn) bool {
	const sameTime = int64(time.Second) / 10
	if c.Opened && state.opened {
		return state.spoke == 0 || c.Start < state.spoke
	}
	return c.Start-state.start < sameTime
}

// closed forgets a first sighting.
func (o *copies) closed(c *tcp.Conn, state *connection) {
	if key, ok := keyOf(c); ok && o.open[key] == state {
		delete(o.open, key)
	}
}

// keyOf gives what sightings of a connection have in common; false if that is not
// known, or if a number is too small to be drawn at random: captures that were
// written by hand or by a script begin all their connections with 0, 1 or 1000.
func keyOf(c *tcp.Conn) (tcp.SequenceKey, bool) {
	const drawn = 1 << 16
	key, ok := c.Key()
	return key, ok && key[0] >= drawn
}

// endpoints are the two ends of a connection at one sighting, in the directions
// of the first one.
type endpoints struct{ a, b netip.AddrPort }

// endpointsLike gives the ends of c in the directions of another sighting of
// the same connection, whose first end began with that sequence number.
func endpointsLike(c *tcp.Conn, sequence uint32) endpoints {
	if c.Sequence[tcp.Forward] == sequence {
		return endpoints{c.A, c.B}
	}
	return endpoints{c.B, c.A}
}

// alsoSeen notes another sighting of the connection.
func (state *connection) alsoSeen(at endpoints) {
	state.counts.copies++
	if len(state.also) < maxAlso {
		state.also = append(state.also, at)
	}
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
