package diagnose

import (
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var switchingBroken = &Rule{
	ID:       "101-broken",
	Severity: Error,
	Means:    Failed,
	Title:    "the 101 lacks what the client needs in it",
	Sees: "A 101 goes into a node, and comes out without websocket in Upgrade, without upgrade in Connection, without the subprotocol or the extensions that the server chose; " +
		"or a node takes Sec-WebSocket-Protocol out of the handshake, and the 101 names no subprotocol. " +
		"Or the last node's own 101 is so, or names a subprotocol that was not offered, or none of those that were, and the client closed the connection without a word.",
	Summary:     "{culprit} {did}: {effect}",
	Explanation: "The upgrade was made, and the client has to give it up all the same. {why}",
	Fixes: []Fix{{For: ownAnswer, Where: "{culprit}", Text: `Answer with Upgrade: websocket and Connection: Upgrade, and choose one of
the subprotocols that the client offers (Sec-WebSocket-Protocol), or offer
none in the client.
`}, {Where: "the configuration of {culprit}, for requests to {path}", Text: `Pass a 101 on as it comes, with Upgrade, Connection and all of
Sec-WebSocket-*, and Sec-WebSocket-* of the request too (nginx: no
proxy_hide_header, and no proxy_set_header, for any of them).
`}},
	References: []string{"RFC 6455 §4.1, §11.3.4", "RFC 7692 §5"},
	Example: Example{
		Note: "a node that passes hop-by-hop fields of no response on, not even those of a 101",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: strings.Replace(exampleSwitching, "Upgrade: websocket\nConnection: Upgrade\n", "", 1)},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	Counterexample: Example{
		Note: "other case and other fields mean nothing",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: strings.Replace(exampleSwitching, "Upgrade: websocket\nConnection: Upgrade\n", "connection: upgrade\nupgrade: WebSocket\nvia: 1.1 gateway\n", 1)},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		if s.protocol != "websocket" || s.first != 0 || s.status(0) != 101 || !s.response(0).Complete {
			return nil
		}
		for i := len(s.Hops) - 2; i >= 0; i-- {
			a, b, ok := s.sure(i)
			if !ok || s.status(i) != 101 || s.status(i+1) != 101 || hasNewKey(a, b) { // with a key of its own it has a 101 of its own
				continue
			}
			h := hit{about: statusClaim, culprit: s.name(i), certainty: s.Journey.Confidence()}
			if t := s.Journey.Exchanges[0].Tunnel; t != nil && t.FromClient > 0 {
				h.severity = Info // this client did not mind
			}
			if fields := s.lostIn101(i); len(fields) > 0 {
				h.values = switchingValues("dropped "+and(fields)+" from the 101", fields)
				h.evidence = []Evidence{s.responseEvidence(i+1, noteOn(s.response(i+1), fields...)), s.responseEvidence(i, noteOn(s.response(i), fields...))}
				return []hit{h}
			}
			if losesSubprotocol(a, b) && !s.request(s.last).Has(subprotocolField) && !s.response(0).Has(subprotocolField) {
				h.certainty = min(h.certainty, chain.Likely) // the server might have chosen none
				h.values = switchingValues("dropped "+subprotocolField+" from the handshake", []string{subprotocolField})
				h.evidence = []Evidence{s.requestEvidence(i, noteOn(a, subprotocolField)), s.requestEvidence(i+1, noteOn(b, subprotocolField)), s.responseEvidence(0, noteOn(s.response(0), subprotocolField))}
				return []hit{h}
			}
		}
		return s.brokenByServer()
	},
}

// ownAnswer is what the fix is for where the 101 was made so.
const ownAnswer = "a server's own 101"

// brokenByServer is for a 101 that the last node made so that a client cannot take it.
func (s *sight) brokenByServer() []hit {
	if s.last != len(s.Hops)-1 || s.status(s.last) != 101 || !s.response(s.last).Complete || !s.request(s.last).Complete || s.Journey.Confidence() == chain.Guess {
		return nil
	}
	asked, answer := s.request(s.last), s.response(s.last)
	h := hit{about: statusClaim, culprit: s.name(s.last), certainty: s.Journey.Confidence(), fixFor: ownAnswer,
		evidence: []Evidence{s.responseEvidence(s.last, noteOn(answer, "Upgrade", "Connection", subprotocolField))}}
	t := s.Journey.Exchanges[0].Tunnel
	if t != nil && t.FromClient > 0 {
		h.severity = Info // this client did not mind
	}
	var fields []string
	for _, needed := range []struct{ field, token string }{{"Connection", "upgrade"}, {"Upgrade", "websocket"}} {
		if !answer.HasToken(needed.field, needed.token) && !s.response(0).HasToken(needed.field, needed.token) {
			fields = append(fields, needed.field)
		}
	}
	chosen, choice := answer.Get(subprotocolField)
	switch {
	case len(fields) > 0:
		h.values = switchingValues("answered 101 without "+and(fields), fields)
	case choice && s.response(0).Has(subprotocolField) && !s.request(0).HasToken(subprotocolField, chosen):
		h.values = switchingValues("chose a subprotocol that was not offered", []string{subprotocolField})
	case !choice && s.leftWithoutWord() && asked.Has(subprotocolField):
		h.certainty = min(h.certainty, chain.Likely)
		h.values = switchingValues("chose none of the subprotocols that were offered", []string{subprotocolField})
	default:
		return nil
	}
	h.evidence = append(h.evidence, s.requestEvidence(0, noteOn(s.request(0), subprotocolField)))
	return []hit{h}
}

// leftWithoutWord tells whether the client closed the connection and had sent nothing
// through the tunnel.
func (s *sight) leftWithoutWord() bool {
	x := s.Journey.Exchanges[0]
	return x.Tunnel != nil && x.Tunnel.FromClient == 0 && x.Tunnel.Missing == 0 && x.End.By == http1.SideClient &&
		(x.End.Cause == http1.EndFin || x.End.Cause == http1.EndReset)
}

const subprotocolField, extensionsField = "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions"

// lostIn101 names the fields without which the client cannot take a 101, and which the
// node after a hop took out of it.
func (s *sight) lostIn101(hop int) []string {
	before, after := s.response(hop+1), s.response(hop)
	var fields []string
	if !after.Complete || !s.response(0).Complete {
		return nil
	}
	for _, needed := range []struct{ field, token string }{{"Connection", "upgrade"}, {"Upgrade", "websocket"}} {
		if before.HasToken(needed.field, needed.token) && !after.HasToken(needed.field, needed.token) && !s.response(0).HasToken(needed.field, needed.token) {
			fields = append(fields, needed.field)
		}
	}
	for _, chosen := range []string{subprotocolField, extensionsField} {
		value, _ := before.Get(chosen)
		if value != "" && !after.Has(chosen) && !s.response(0).Has(chosen) && s.request(0).Has(chosen) {
			fields = append(fields, chosen)
		}
	}
	return fields
}

func losesSubprotocol(a, b *http1.Message) bool {
	return a.Complete && b.Complete && a.Has(subprotocolField) && !b.Has(subprotocolField)
}

// switchingValues says what was done to the fields, and what clients do then.
func switchingValues(did string, fields []string) []string {
	effect, why := "a client must fail such a handshake", "A client must fail the handshake if the 101 lacks Upgrade: websocket or Connection: upgrade (RFC 6455 §4.1)."
	switch {
	case slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, subprotocolField) }):
		effect, why = "browsers fail such a handshake", "A client that offers subprotocols needs to learn which one was chosen: browsers fail the handshake, Action Cable's client stops with \"Protocol is unsupported\"."
	case slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, extensionsField) }):
		effect, why = "the client will fail the connection at the first compressed message", "The server compresses messages, and the client was not told: it fails the connection (1002, \"RSV1 must be clear\")."
	}
	return []string{"{did}", did, "{effect}", effect, "{why}", why}
}
