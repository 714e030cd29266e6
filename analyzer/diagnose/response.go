package diagnose

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// exampleSwitching answers exampleHandshake.
const exampleSwitching = `HTTP/1.1 101 Switching Protocols
Upgrade: websocket
Connection: Upgrade
Sec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=

`

var switchingTurnedInto502 = &Rule{
	ID:          "101-turned-into-502",
	Severity:    Error,
	Means:       Failed,
	Title:       "the server upgraded, a node in front of it answered with an error",
	Sees:        "A response with status 101 goes into a node, and another final status comes out. Nothing was lost on the connection before it, nobody got an answer too many, and the 101 came in time.",
	Summary:     "{next} answered 101, but {culprit} made {status} of it",
	Explanation: "The handshake reached {next}, which upgraded. {culprit} did not accept the 101: HAProxy and proxies written in Go answer 502 if the 101 lacks Connection: upgrade or does not name the protocol that was asked for, Apache if ProxyPass lacks upgrade=websocket. Its error log names the reason.",
	Fixes: []Fix{{Where: "the configuration of {culprit}, and the 101 of {next}", Text: `In {culprit}: allow WebSockets for {path}.
In {next}: see that its 101 has "Upgrade: {protocol}", "Connection:
Upgrade" and the right Sec-WebSocket-Accept.
`}},
	References: []string{"RFC 9110 §7.8, §15.2.2", "RFC 6455 §4.2.2"},
	Example: Example{
		Note: "a proxy that does not expect the upgrade",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\n\n"},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	Counterexample: Example{
		Note: "the 502 comes from the server itself",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\n\n"},
			{Name: "puma", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		i, ok := s.switchingStopsAt()
		if !ok || s.status(i) == 0 || s.status(i) == 504 {
			return nil
		}
		h := s.switchingHit(i, chain.Certain)
		h.evidence = append(h.evidence, s.responseEvidence(i, startLine(s.response(i))))
		h.values = append(h.values, "{status}", strconv.Itoa(s.status(i)))
		return []hit{h}
	},
}

var switchingSwallowed = &Rule{
	ID:          "101-swallowed",
	Severity:    Error,
	Means:       Failed,
	Title:       "the server upgraded, but its 101 never came out of a node in front of it",
	Sees:        "A response with status 101 goes into a node; no response comes out before the connection closes, or 504 does. Nothing was lost on the connection before it, nobody got an answer too many, and the 101 came in time.",
	Summary:     "{next} answered 101, but {culprit} {did}",
	Explanation: "The handshake reached {next}, which upgraded. {culprit} kept the 101 to itself, as one does that takes it for an interim response like 100 and waits for the final one, or that asked for the upgrade in its own name: a constant Upgrade: websocket in nginx, which makes a tunnel only if the client asked too.",
	Fixes: []Fix{{Where: "the configuration of {culprit}, for requests to {path}", Text: `Let {culprit} pass WebSockets, or pass the bytes on without reading them
(a TCP listener).
In nginx use $http_upgrade, never a constant, in proxy_set_header Upgrade.
`}},
	References: []string{"RFC 9110 §15.2.2", "RFC 6455 §4.2.2"},
	Example: Example{
		Note: "a node that waits for a final response until the client gives up",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, ClosedBy: ClosedLate},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	Counterexample: Example{
		Note: "the capture ended before the answer came",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		i, ok := s.switchingStopsAt()
		if !ok {
			return nil
		}
		switch {
		case s.status(i) == 504:
			h := s.switchingHit(i, chain.Certain)
			h.values = append(h.values, "{did}", "answered 504 as if nothing had come")
			h.evidence = append(h.evidence, s.responseEvidence(i, startLine(s.response(i))))
			return []hit{h}
		case s.status(i) == 0 && s.Journey.Exchanges[i].Unanswered:
			h := s.switchingHit(i, chain.Likely)
			h.values = append(h.values, "{did}", "passed no response on before the connection closed")
			h.evidence = append(h.evidence, s.endEvidence(i))
			return []hit{h}
		}
		return nil
	},
}

// switchingStopsAt finds the node that got a 101 and did not give it on: that
// of the hop before.
func (s *sight) switchingStopsAt() (hop int, ok bool) {
	i, ok := s.strandedSwitching()
	return i, ok && s.switchingDoubt(i) == ""
}

// strandedSwitching finds the last hop behind which a 101 was seen and at which none was.
func (s *sight) strandedSwitching() (hop int, ok bool) {
	if s.protocol == "" || s.upgraded() {
		return 0, false
	}
	for i := len(s.Hops) - 2; i >= 0; i-- {
		if _, _, sure := s.sure(i); sure && s.status(i+1) == 101 && s.status(i) != 101 {
			return i, true
		}
	}
	return 0, false
}

// switchingDoubt says why a 101 behind a hop need not be the answer that the node did not
// give on; empty if it must. If somebody got more answers on that connection than were
// asked for, or some may have been lost behind the node, it may be one too many, and what
// was given on the answer before it.
func (s *sight) switchingDoubt(i int) string {
	switch {
	case s.nodes.mayHaveSurplus(i, s.Journey.Exchanges[i].Conn):
		return "more answers than requests were seen at " + s.name(i) + ", so the 101 at " + s.name(i+1) + " may be one too many"
	case s.Journey.Exchanges[i+1].Lossy:
		return "other messages of the connection at " + s.name(i+1) + " were lost, so the 101 may be the answer to another request"
	case !s.cameInTime(i):
		return "the 101 at " + s.name(i+1) + " came when it was no longer waited for at " + s.name(i) + ", or in that moment"
	}
	return ""
}

func (s *sight) switchingHit(i int, c chain.Confidence) hit {
	return hit{about: claim{"101", i}, explains: []claim{statusClaim}, culprit: s.name(i), certainty: min(c, s.confidence(i)),
		values:   s.passingValues(i),
		evidence: []Evidence{s.responseEvidence(i+1, startLine(s.response(i+1)))}}
}

func (s *sight) endEvidence(hop int) Evidence {
	e := s.Journey.Exchanges[hop].End
	by := map[http1.Side]string{http1.SideClient: "by the client", http1.SideServer: "by " + s.name(hop)}[e.By]
	return Evidence{Hop: hop, Source: s.source(hop), Packets: []uint64{e.SincePacket}, Note: strings.TrimSpace("the connection is closed "+by) + ", no response came"}
}

var acceptWrong = &Rule{
	ID:          "accept-wrong",
	Severity:    Error,
	Means:       Failed,
	Title:       "Sec-WebSocket-Accept does not answer the client's key",
	Sees:        "The client's side gets a 101 whose Sec-WebSocket-Accept is missing or is not the one that RFC 6455 prescribes for the key of the request at the same hop.",
	Summary:     "{what}",
	Explanation: "A client must fail the handshake unless Sec-WebSocket-Accept is computed from the Sec-WebSocket-Key that it sent; browsers say \"Incorrect 'Sec-WebSocket-Accept' header value\". It comes of a key that was changed or doubled on the way, of a 101 from a cache, or of a response given to the wrong request.",
	Fixes:       []Fix{{For: "node", Where: "the configuration of {culprit}, for requests to {path}", Text: "Pass Sec-WebSocket-Key and Sec-WebSocket-Accept on unchanged,\nand never answer a handshake from a cache.\n"}},
	References:  []string{"RFC 6455 §4.1, §4.2.2"},
	Example: Example{
		Note: "a node that passes another Accept on than it got",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n"},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	Counterexample: Example{
		Note: "a node that ends the WebSocket itself and opens another: its own key, and the right answer to each",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma", Request: strings.Replace(exampleHandshake, "x3JJHMbDL1EzLkh9GBhXDw==", "dGhlIHNhbXBsZSBub25jZQ==", 1),
				Response: "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		if s.protocol != "websocket" || s.first < 0 || s.accept(s.first) != acceptIsWrong {
			return nil
		}
		h := hit{about: statusClaim, certainty: chain.Certain}
		at := s.first
		for at+1 < len(s.Hops) && s.accept(at+1) == acceptIsWrong && s.confidence(at) > chain.Guess {
			at++
		}
		what := "the 101 at " + s.name(s.first) + " does not answer the client's Sec-WebSocket-Key"
		switch {
		case at == len(s.Hops)-1:
			h.culprit = s.name(at)
			what = h.culprit + " answered with a Sec-WebSocket-Accept that does not belong to the key it got"
			if !s.response(at).Has("Sec-WebSocket-Accept") {
				what = h.culprit + " answered without a Sec-WebSocket-Accept"
			}
		case s.accept(at+1) == acceptIsRight && s.confidence(at) > chain.Guess:
			h.culprit, h.certainty = s.name(at), s.confidence(at)
			what = h.culprit + " passed on a Sec-WebSocket-Accept that does not answer its client's key, though " + s.name(at+1) + " had answered rightly"
			h.evidence = append(h.evidence, s.responseEvidence(at+1, "Sec-WebSocket-Accept answers the key at "+s.name(at+1)))
		}
		if h.culprit != "" {
			h.fixFor = "node"
		}
		if at > s.first {
			h.certainty = min(h.certainty, s.Journey.Confidence())
		}
		h.values = append(h.values, "{what}", what)
		h.evidence = append(h.evidence, s.requestEvidence(s.first, noteOn(s.request(s.first), keyField)),
			s.responseEvidence(s.first, noteOn(s.response(s.first), "Sec-WebSocket-Accept")+"; right would be "+http1.AcceptKey(s.keyAt(s.first))))
		return []hit{h}
	},
}

type acceptState uint8

const (
	acceptUnknown acceptState = iota
	acceptIsRight
	acceptIsWrong
)

// accept tells whether a hop's 101 answers the key of its request.
func (s *sight) accept(hop int) acceptState {
	m := s.response(hop)
	if s.status(hop) != 101 || s.request(hop) == nil || !s.request(hop).Complete || !s.request(hop).Has(keyField) {
		return acceptUnknown
	}
	got, ok := m.Get("Sec-WebSocket-Accept")
	switch {
	case ok && got == http1.AcceptKey(s.keyAt(hop)):
		return acceptIsRight
	case ok || m.Complete:
		return acceptIsWrong
	default:
		return acceptUnknown
	}
}

// keyAt gives the key of a hop's request; several lines are joined as servers
// join them.
func (s *sight) keyAt(hop int) string { return strings.Join(s.request(hop).Values(keyField), ", ") }
