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
	Title:    "a node takes from the 101 what the client needs in it",
	Sees: "A 101 goes into a node, and comes out without websocket in Upgrade, without upgrade in Connection, without the subprotocol or the extensions that the server chose; " +
		"or a node takes Sec-WebSocket-Protocol out of the handshake, and the 101 names no subprotocol.",
	Summary:     "{culprit} dropped {fields}: {effect}",
	Explanation: "The upgrade was made, and the client has to give it up all the same. {why}",
	Fixes: []Fix{{Where: "the configuration of {culprit}, for requests to {path}", Text: `Pass a 101 on as it comes, with Upgrade, Connection and all of
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
				h.values = switchingValues(and(fields)+" from the 101", fields)
				h.evidence = []Evidence{s.responseEvidence(i+1, noteOn(s.response(i+1), fields...)), s.responseEvidence(i, noteOn(s.response(i), fields...))}
				return []hit{h}
			}
			if losesSubprotocol(a, b) && !s.request(s.last).Has(subprotocolField) && !s.response(0).Has(subprotocolField) {
				h.certainty = min(h.certainty, chain.Likely) // the server might have chosen none
				h.values = switchingValues(subprotocolField+" from the handshake", []string{subprotocolField})
				h.evidence = []Evidence{s.requestEvidence(i, noteOn(a, subprotocolField)), s.requestEvidence(i+1, noteOn(b, subprotocolField)), s.responseEvidence(0, noteOn(s.response(0), subprotocolField))}
				return []hit{h}
			}
		}
		return nil
	},
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

// switchingValues says what was dropped, and what clients do then.
func switchingValues(dropped string, fields []string) []string {
	effect, why := "a client must fail such a handshake", "A client must fail the handshake if the 101 lacks Upgrade: websocket or Connection: upgrade (RFC 6455 §4.1)."
	switch {
	case slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, subprotocolField) }):
		effect, why = "browsers fail such a handshake", "A client that offers subprotocols needs to learn which one was chosen: browsers fail the handshake, Action Cable's client stops with \"Protocol is unsupported\"."
	case slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, extensionsField) }):
		effect, why = "the client will fail the connection at the first compressed message", "The server compresses messages, and the client was not told: it fails the connection (1002, \"RSV1 must be clear\")."
	}
	return []string{"{fields}", dropped, "{effect}", effect, "{why}", why}
}
