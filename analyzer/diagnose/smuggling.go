package diagnose

import (
	"strconv"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// Where request smuggling is described.
const (
	desyncAttacks    = "https://portswigger.net/research/http-desync-attacks-request-smuggling-reborn"
	smugglingSection = "RFC 9112 §11.2"
)

// lengthClaim is the claim of the rules about where a request ends.
var lengthClaim = claim{"length", anyHop}

const exampleHidden = "GET /admin HTTP/1.1\nHost: app.example.com\n\n"

// exampleCarrier is a request of which some take the first five bytes behind the
// head for all of its content.
const exampleCarrier = "POST /search HTTP/1.1\nHost: app.example.com\nContent-Length: 51\nTransfer-Encoding : chunked\n\n0\n\n" + exampleHidden

var smuggledRequestSeen = &Rule{
	ID:       "smuggled-request-seen",
	Severity: Error,
	Title:    "a request hidden in the content of another was taken for one of its own",
	Sees: "A request whose length can be read in more than one way holds another request within its content. " +
		"Either the server that got it gave one answer more than it was asked for, on a connection seen from its beginning without a gap; " +
		"or the next hop saw the hidden request on its own, directly behind the one that held it.",
	Summary:     "{culprit} read the content of {carrier} as a request of its own: {hidden}",
	Explanation: "The two ends of a connection did not agree on where a request ends, because of {reasons}. What one of them took for content the other one answered as a request that nobody in front had seen: no rule, no log and no login of the proxies before it applied, and the surplus answer can reach another client that shares the connection. Such a request is hardly sent by accident: look who sent it, and what it asked for.",
	Fixes: []Fix{
		{For: "answers", Where: "{culprit}, and the node in front of it", Text: refuseSuchRequests},
		{Where: "{culprit}", Text: refuseSuchRequests},
	},
	References: []string{"RFC 9112 §6.3", smugglingSection, desyncAttacks},
	Example: Example{
		Note: "the server takes \"Transfer-Encoding : chunked\" for a coding, the proxy does not; the server answers twice",
		Hops: []ExampleHop{
			{Name: "haproxy", Request: exampleCarrier, Response: exampleEmpty200},
			{Name: "node", Request: exampleCarrier, Response: exampleEmpty200 + exampleEmpty200},
		},
	},
	Counterexample: Example{
		Note: "the same content, and one answer: it was taken for content by all",
		Hops: []ExampleHop{
			{Name: "haproxy", Request: exampleCarrier, Response: exampleEmpty200},
			{Name: "node", Request: exampleCarrier, Response: exampleEmpty200},
		},
	},
	fires: func(s *sight) []hit {
		for i := range s.Hops {
			m := s.request(i)
			if m == nil || !m.Complete {
				continue
			}
			method, target, ok := m.Hidden()
			if !ok {
				continue
			}
			if h, ok := s.answeredHidden(i); ok {
				return []hit{h.carrying(m, method, target)}
			}
			if h, ok := s.sentHidden(i, method, target); ok {
				return []hit{h.carrying(m, method, target)}
			}
		}
		return nil
	},
}

const exampleEmpty200 = "HTTP/1.1 200 OK\nContent-Length: 0\n\n"

const refuseSuchRequests = `Refuse such requests with 400 and close the connection (RFC 9112 §6.3):
HAProxy    without "option accept-invalid-http-request" and
           "option accept-unsafe-violations-in-http-request"
Apache     HttpProtocolOptions Strict
Node.js    without insecureHTTPParser
Puma       5.6.9, 6.4.3 or later
nginx      1.21.1 or later
If that cannot be done at once: no keep-alive to the server behind.
`

// carrying says of which request a hit speaks.
func (h hit) carrying(m *http1.Message, method, target string) hit {
	h.about = lengthClaim
	hidden := method + " " + pathOf(target)
	h.values = []string{"{carrier}", m.Method + " " + pathOf(m.Target), "{hidden}", hidden, "{reasons}", and(doubts(m).said())}
	h.variant = hidden
	return h
}

// answeredHidden sees a server that gave one answer more than it was asked for.
func (s *sight) answeredHidden(hop int) (hit, bool) {
	x := s.Journey.Exchanges[hop]
	e, ok := s.nodes.surplusOn(hop, x.Conn)
	if !ok || e.index <= x.Index {
		return hit{}, false
	}
	h := hit{
		culprit: s.name(hop), certainty: chain.Certain, fixFor: "answers",
		evidence: []Evidence{s.requestEvidence(hop, and(doubts(x.Request).said())+"; its content holds another request")},
	}
	if x.Response != nil {
		h.evidence = append(h.evidence, s.responseEvidence(hop, "the answer to it: "+startLine(x.Response)))
	}
	h.evidence = append(h.evidence, Evidence{Hop: hop, Source: s.source(hop), Packets: e.packets,
		Note: "one more answer, " + strconv.Itoa(e.status) + ", to no request that was sent on this connection"})
	return h, true
}

// sentHidden sees a node that sent on what the hop before has as content as a
// request of its own.
func (s *sight) sentHidden(from int, method, target string) (hit, bool) {
	if _, _, sure := s.sure(from); !sure {
		return hit{}, false
	}
	y := s.Journey.Exchanges[from+1]
	e := s.nodes.nextOn(from, y)
	if e == nil || e.method != method || e.target != target {
		return hit{}, false
	}
	return hit{
		culprit: s.name(from), certainty: s.confidence(from),
		evidence: []Evidence{
			s.requestEvidence(from, and(doubts(s.request(from)).said())+"; its content holds another request"),
			s.requestEvidence(from+1, "sent on as "+startLine(y.Request)),
			{Hop: from + 1, Source: s.source(from + 1), Packets: e.packets, Note: "directly behind it, as a request of its own: " + method + " " + pathOf(target)},
		},
	}, true
}

var requestLengthAmbiguous = &Rule{
	ID:       "request-length-ambiguous",
	Severity: Warning,
	Title:    "recipients can differ on where a request ends",
	Sees: "A whole request head, or its chunked content, has what recipients are known to read in different ways. " +
		"A warning if a node passed it on so, or made it so; for information if a node refused it or put it right, or if nothing was seen behind it.",
	Summary:     "the length of {carrier} can be read in more than one way: {reasons}; {did}",
	Explanation: "Where two recipients find different ends of one request, what is left over becomes the beginning of the next one: request smuggling. A recipient that is in doubt should refuse the request and close the connection, and a proxy must not pass the doubt on.",
	Fixes:       []Fix{{For: "passes", Where: "the configuration of {culprit}", Text: refuseSuchRequests}},
	References:  []string{"RFC 9112 §6.1", "RFC 9112 §6.3", "RFC 9112 §7.1", smugglingSection, desyncAttacks},
	Example: Example{
		Note: "both fields are passed on: the next server can go by either",
		Hops: []ExampleHop{
			{Name: "edge", Request: exampleBoth, Response: exampleEmpty200},
			{Name: "app", Request: exampleBoth, Response: exampleEmpty200},
		},
	},
	Counterexample: Example{
		Note: "chunked content without a length, with a chunk extension: there is one way to read it",
		Hops: []ExampleHop{
			{Name: "edge", Request: "POST /search HTTP/1.1\nHost: app.example.com\nTransfer-Encoding: chunked\n\n0;a=b\n\n", Response: exampleEmpty200},
			{Name: "app", Request: "POST /search HTTP/1.1\nHost: app.example.com\nContent-Length: 0\n\n", Response: exampleEmpty200},
		},
	},
	fires: func(s *sight) []hit {
		for i := range s.Hops {
			if d := s.doubtsAt(i); len(d) > 0 {
				return []hit{s.ambiguous(i, d)}
			}
		}
		return nil
	},
}

const exampleBoth = "POST /search HTTP/1.1\nHost: app.example.com\nContent-Length: 5\nTransfer-Encoding: chunked\n\n0\n\n"

// ambiguous says what became of a request that was first in doubt at a hop.
func (s *sight) ambiguous(hop int, d doubtList) hit {
	m := s.request(hop)
	h := hit{
		about: lengthClaim, severity: Info, certainty: chain.Certain, variant: and(d.said()),
		evidence: []Evidence{s.requestEvidence(hop, and(d.said()))},
	}
	did := ""
	switch _, b, sure := s.sure(hop); {
	case s.madeDoubtful(hop, d):
		before := hop - 1
		h.severity, h.culprit, h.fixFor, h.certainty = Warning, s.name(before), "passes", s.confidence(before)
		h.evidence = append([]Evidence{s.requestEvidence(before, "here there is no doubt: "+framing(s.request(before)))}, h.evidence...)
		did = s.name(before) + " made it so"
	case sure && b.Complete && d.serious() && s.doubtsAt(hop+1).serious():
		h.severity, h.culprit, h.fixFor, h.certainty = Warning, s.name(hop), "passes", s.confidence(hop)
		h.evidence = append(h.evidence, s.requestEvidence(hop+1, and(s.doubtsAt(hop+1).said())))
		did = s.name(hop) + " passed it on"
	case sure && b.Complete:
		h.certainty = s.confidence(hop)
		h.evidence = append(h.evidence, s.requestEvidence(hop+1, framing(b)))
		did = s.name(hop) + " sent it on with " + framing(b)
	case s.status(hop) >= 400 && hop+1 < len(s.Hops) && s.request(hop+1) == nil:
		h.evidence = append(h.evidence, s.responseEvidence(hop, startLine(s.response(hop))))
		did = s.name(hop) + " answered " + strconv.Itoa(s.status(hop)) + ", and it was not seen behind it"
	default:
		did = "what other nodes made of it was not seen"
	}
	h.values = []string{"{carrier}", m.Method + " " + pathOf(m.Target), "{reasons}", and(d.said()), "{did}", did}
	return h
}

// madeDoubtful tells whether the request was beyond doubt at the hop before.
func (s *sight) madeDoubtful(hop int, d doubtList) bool {
	a, _, sure := s.sure(hop - 1)
	return sure && a.Complete && d.serious() && len(doubts(a)) == 0
}

// doubtsAt gives what is doubtful at a hop; nothing if the head was not seen
// whole.
func (s *sight) doubtsAt(hop int) doubtList {
	if m := s.request(hop); m != nil && m.Complete {
		return doubts(m)
	}
	return nil
}
