package diagnose

import (
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var refusedAfterChange = &Rule{
	ID:       "refused-after-change",
	Severity: Error,
	Means:    Refused,
	Title:    "a node changed what the application then refused the handshake for",
	Sees: "The handshake came to the last hop with all that makes it one. Before that a node dropped or changed a field, or the path, that speaks of what the answer says: " +
		"Authorization or Cookie before 401, those or Origin before 403, the path before 404, Sec-WebSocket-Version before 400 and 426.",
	Summary:     "{culprit} {did}, and {last} answered {status}",
	Explanation: "What makes the request a WebSocket handshake arrived at {last}, but not all that the client had sent. {last} may have decided by what is missing; its log tells.",
	Fixes: []Fix{{Where: "the configuration of {culprit}, for requests to {path}", Text: `Pass the field on as the client sent it (nginx does unless a
proxy_set_header says otherwise), and the path as the application has it.
`}},
	References: []string{"RFC 6455 §4.2.1, §4.2.2", "RFC 9110 §11.6.2, §15.5"},
	Example: Example{
		Note: "a gateway keeps the credentials for itself",
		Hops: []ExampleHop{
			{Name: "gateway", Request: withCredentials, Response: "HTTP/1.1 401 Unauthorized\n\n"},
			{Name: "app", Request: exampleHandshake, Response: "HTTP/1.1 401 Unauthorized\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the credentials arrive, and are not good enough",
		Hops: []ExampleHop{
			{Name: "gateway", Request: withCredentials, Response: "HTTP/1.1 401 Unauthorized\n\n"},
			{Name: "app", Request: withCredentials, Response: "HTTP/1.1 401 Unauthorized\n\n"},
		},
	},
	fires: func(s *Sight) []hit {
		if !s.refused() {
			return nil
		}
		status := s.status(s.last)
		for i := range s.last {
			a, b := s.request(i), s.request(i+1)
			field, did := changedBefore(status, a, b)
			if did == "" {
				continue
			}
			h := hit{about: statusClaim, culprit: s.name(i), certainty: min(chain.Likely, s.confidence(i)), variant: field,
				values:   []string{"{did}", did, "{last}", s.name(s.last), "{status}", startLine(s.response(s.last))},
				evidence: []Evidence{s.requestEvidence(i, changeNote(a, field)), s.requestEvidence(i+1, changeNote(b, field)), s.responseEvidence(s.last, startLine(s.response(s.last)))}}
			if field == pathField {
				h.severity = Warning // nodes rewrite paths on purpose
			}
			return []hit{h}
		}
		return nil
	},
}

var withCredentials = strings.Replace(exampleHandshake, "Upgrade: websocket\n", "Authorization: Bearer c2VjcmV0\nUpgrade: websocket\n", 1)

// askedOf are the fields by which an application decides to answer so.
var askedOf = map[int][]string{
	400: {"Sec-WebSocket-Version"}, 426: {"Sec-WebSocket-Version"},
	401: {"Authorization", "Cookie"}, 403: {"Authorization", "Cookie", "Origin"},
}

const pathField = ":path"

// changedBefore says what a node did to that of a request which such a status speaks
// of; empty if it did nothing to it.
func changedBefore(status int, a, b *http1.Message) (field, did string) {
	if from, to := pathOf(a.Target), pathOf(b.Target); status == 404 && from != to {
		return pathField, "asked for " + to + " instead of " + from
	}
	for _, f := range askedOf[status] {
		switch {
		case !a.Has(f) || sameField(a, b, f):
		case !b.Has(f):
			return f, "dropped " + f
		case f != "Cookie": // of which proxies take their own out
			return f, "changed " + f
		}
	}
	return "", ""
}

func changeNote(m *http1.Message, field string) string {
	switch {
	case field == pathField:
		return m.Method + " " + pathOf(m.Target)
	case m.Has(field):
		return field + " is there"
	default:
		return "no " + field
	}
}
