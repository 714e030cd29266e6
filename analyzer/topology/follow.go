package topology

import (
	"math"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// passage is what is known of requests that are seen at one place and then at
// another.
type passage struct {
	evidence
	certain int // of the requests, those that are surely the same
	unlike  int // of them, siblings of which one asks for an upgrade, or that were answered otherwise
}

// passageFrom finds the requests that are seen at a and then at b; the zero
// passage if there are none, or if they rather pass b first.
func passageFrom(a, b *Place) passage {
	if !mayShare(a, b) {
		return passage{}
	}
	p := matched(a, b)
	switch {
	case p.same == p.requests: // one connection seen twice, or nothing
		return passage{}
	case 2*p.apart > p.requests: // tried here, then there, or in vain here: both are behind the same proxy
		return passage{}
	case p.certain == 0 && 2*p.siblings > p.requests: // alike, and from one host: so are those to servers behind one proxy
		return passage{}
	case 2*p.unlike > p.requests: // a mirror of it, or both asked at once: the one that took longer need not have waited for the other
		return passage{}
	case p.forward():
		return p
	}
	return passage{}
}

// areUnlike tells of two sightings of a request, from one host, that do not look as if one
// server had passed it on to the other.
func areUnlike(x, y *http1.Exchange) bool {
	if x.Request == nil || y.Request == nil || !areSiblings(x.Conn, y.Conn) {
		return false
	}
	return x.Request.Has("Upgrade") != y.Request.Has("Upgrade") ||
		x.Response != nil && y.Response != nil && x.Response.Status != y.Response.Status
}

// forward tells whether more speaks for the direction than against it. Without
// a response anywhere the packets' times have to do.
func (p passage) forward() bool {
	for _, v := range []vote{p.addresses, p.waits, p.starts} {
		if v != (vote{}) {
			return v.asGiven > v.reversed
		}
	}
	return false
}

// matched tells what the requests say that are the same at both places, if a
// stands before b. A single request that is only likely the same is too little
// to draw a chain on.
func matched(a, b *Place) passage {
	var p passage
	matcher := chain.NewMatcher(2, chain.Options{Window: 2 * Sample, Clocks: []int{a.Source, b.Source}}, func(j *chain.Journey) {
		if len(j.Links) == 0 || j.Links[0].Confidence == chain.Guess {
			return
		}
		if j.Links[0].Confidence == chain.Certain {
			p.certain++
		}
		p.weigh(j.Exchanges[0], j.Exchanges[1])
		if areUnlike(j.Exchanges[0], j.Exchanges[1]) {
			p.unlike++
		}
	})
	for hop, place := range []*Place{a, b} {
		for _, x := range place.Exchanges {
			matcher.Add(hop, x)
		}
		matcher.Advance(hop, math.MaxInt64)
	}
	matcher.Close()
	if p.certain == 0 && p.requests < min(2, len(a.Exchanges), len(b.Exchanges)) {
		return passage{}
	}
	return p
}

// comparable tells whether the passage is one at all beside the best that leads
// to the same place. Servers behind one proxy get requests that look alike at the
// same time, so that some seem to pass from one to the other.
func (p passage) comparable(best passage) bool {
	return p.requests > 0 && (p.certain > 0 || best.certain == 0)
}

// enough tells whether so many requests are about as many as the passage brings:
// what passes a proxy passes it always, or as often as its neighbours.
func (p passage) enough(requests int) bool { return 5*requests >= 4*p.requests }

// mayShare tells whether the places have anything in common that a request
// keeps on its way; most pairs of servers have not.
func mayShare(a, b *Place) bool {
	traits := map[string]bool{}
	for _, x := range a.Exchanges {
		for _, t := range traitsOf(x) {
			traits[t] = true
		}
	}
	for _, x := range b.Exchanges {
		for _, t := range traitsOf(x) {
			if traits[t] {
				return true
			}
		}
	}
	return false
}

func traitsOf(x *http1.Exchange) []string {
	if x.Request == nil {
		return nil
	}
	var traits []string
	if !x.Request.StartCut {
		traits = append(traits, x.Request.Method+" "+x.Request.Target)
	}
	for _, name := range []string{"Sec-WebSocket-Key", "X-Request-Id", "Traceparent"} {
		if value, ok := x.Request.Get(name); ok {
			traits = append(traits, value)
		}
	}
	return traits
}
