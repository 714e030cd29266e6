package chain

import (
	"slices"

	"github.com/hophound/hophound/analyzer/http1"
)

// Journey is one request on its way: the exchange seen at each hop.
type Journey struct {
	Exchanges []*http1.Exchange // one per hop, in chain order; nil where it was not seen
	Links     []Link            // between hops where it was seen, in chain order

	// Retries is, per hop, the attempts before the one in Exchanges, in order:
	// a node tried one server, then another (nginx's proxy_next_upstream), and
	// answered with what the last one said. Nil where no hop saw any.
	Retries [][]*http1.Exchange

	piece *journeyPiece // whose memory it has; nil if it is not to be used again
}

// few is through how many hops a journey is one piece of memory.
const few = 4

// journeyPiece is a journey through few hops.
type journeyPiece struct {
	Journey
	exchanges [few]*http1.Exchange
	links     [few - 1]Link
	matcher   *Matcher
}

// newJourney makes a journey through all hops.
func (m *Matcher) newJourney() *Journey {
	hops := len(m.pools)
	if hops > few {
		return &Journey{Exchanges: make([]*http1.Exchange, hops)}
	}
	var p *journeyPiece
	if n := len(m.released); n > 0 {
		p = m.released[n-1]
		m.released = m.released[:n-1]
	} else {
		p = &journeyPiece{matcher: m}
	}
	p.piece, p.Exchanges, p.Links = p, p.exchanges[:hops:hops], p.links[:0]
	return &p.Journey
}

// Release says that nobody uses the journey and its exchanges any more, nor any
// part of them: see [http1.Exchange.Release]. It is called by the goroutine that
// uses the matcher.
func (j *Journey) Release() {
	for _, x := range j.Exchanges {
		if x != nil {
			x.Release()
		}
	}
	for _, attempts := range j.Retries {
		for _, x := range attempts {
			x.Release()
		}
	}
	if p := j.piece; p != nil && len(p.matcher.released) < mostFree {
		*p = journeyPiece{matcher: p.matcher}
		p.matcher.released = append(p.matcher.released, p)
	}
}

// Clone copies a journey and its exchanges into memory of their own.
func (j *Journey) Clone() *Journey {
	c := &Journey{Exchanges: cloneExchanges(j.Exchanges), Links: slices.Clone(j.Links), Retries: slices.Clone(j.Retries)}
	for i, attempts := range c.Retries {
		c.Retries[i] = cloneExchanges(attempts)
	}
	return c
}

func cloneExchanges(exchanges []*http1.Exchange) []*http1.Exchange {
	exchanges = slices.Clone(exchanges)
	for i, x := range exchanges {
		if x != nil {
			exchanges[i] = x.Clone()
		}
	}
	return exchanges
}

// Link says that the exchanges at two hops are the same request, and why.
type Link struct {
	From, To   int // hop indexes, From < To
	Confidence Confidence
	By         []string // the signals it rests on, strongest first: field names, "websocket-frames", "proxy-protocol", "x-forwarded-for", "head", "target", "order", "time"

	// Alike tells of a guess that it makes no difference which of several it
	// is: as many requests were seen at one hop as at the other, those at each
	// hop have the same head to the last byte and an answer with the same
	// status, and nothing else can be any of them.
	Alike bool
}

// Confidence is how sure a link is.
type Confidence uint8

const (
	Guess   Confidence = iota // one of several that could be; supports no accusation
	Likely                    // the only one that fits, by signals that are not unique by themselves
	Certain                   // joined by a value that is unique to this request
)

func (c Confidence) String() string {
	return [...]string{Guess: "guess", Likely: "likely", Certain: "certain"}[c]
}

// Confidence is that of the weakest link; Certain for a journey seen at a
// single hop.
func (j *Journey) Confidence() Confidence {
	c := Certain
	for _, l := range j.Links {
		c = min(c, l.Confidence)
	}
	return c
}
