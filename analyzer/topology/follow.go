package topology

import (
	"math"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// follows tells whether requests seen at place a are then seen at place b.
func follows(a, b *Place) bool {
	if !mayShare(a, b) {
		return false
	}
	there, back := matched(a, b), matched(b, a)
	switch {
	case there.requests == 0 || there.requests < back.requests:
		return false
	case there.same == there.requests:
		return false // one connection, seen twice
	case there.requests > back.requests:
		return true
	}
	return there.against("", "") == ""
}

// matched tells what the requests say that are the same at both places, if a
// stands before b. A single request that is only likely the same is too little
// to draw a chain on.
func matched(a, b *Place) evidence {
	var e evidence
	certain := 0
	matcher := chain.NewMatcher(2, chain.Options{Window: 2 * Sample}, func(j *chain.Journey) {
		if len(j.Links) == 0 || j.Links[0].Confidence == chain.Guess {
			return
		}
		if j.Links[0].Confidence == chain.Certain {
			certain++
		}
		e.weigh(j.Exchanges[0], j.Exchanges[1])
	})
	for hop, place := range []*Place{a, b} {
		for _, x := range place.Exchanges {
			matcher.Add(hop, x)
		}
		matcher.Advance(hop, math.MaxInt64)
	}
	matcher.Close()
	if certain == 0 && e.requests < min(2, len(a.Exchanges), len(b.Exchanges)) {
		return evidence{}
	}
	return e
}

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
	traits := []string{x.Request.Method + " " + x.Request.Target}
	for _, name := range []string{"Sec-WebSocket-Key", "X-Request-Id", "Traceparent"} {
		if value, ok := x.Request.Get(name); ok {
			traits = append(traits, value)
		}
	}
	return traits
}
