package diagnose

import (
	"slices"
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
	Explanation: "What makes the request a WebSocket handshake arrived at {last}, but not all as the client had sent it. {last} may have decided by that; its log tells.",
	Fixes: []Fix{{Where: "the configuration of {culprit}, for requests to {path}", Text: `Pass it on as the client sent it (nginx does unless a proxy_set_header says
otherwise; a path as proxy_pass has it), if the application expects that.
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
	fires: func(s *sight) []hit {
		if !s.refused() || s.last == 0 {
			return nil
		}
		status := s.status(s.last)
		if _, did := changedBefore(status, s.request(0), s.request(s.last)); did == "" {
			return nil // whatever happened between, it arrived
		}
		for i := range s.last {
			a, b := s.request(i), s.request(i+1)
			field, did := changedBefore(status, a, b)
			if did == "" {
				continue
			}
			h := hit{about: statusClaim, culprit: s.name(i), certainty: min(chain.Likely, s.confidence(i)), variant: field,
				values:   []string{"{did}", did, "{last}", s.name(s.last), "{status}", startLine(s.response(s.last))},
				evidence: []Evidence{s.requestEvidence(i, changeNote(a, field)), s.requestEvidence(i+1, changeNote(b, field)), s.responseEvidence(s.last, startLine(s.response(s.last)))}}
			if field == pathField { // nodes rewrite paths on purpose
				h.about, h.severity = claim{pathField, i}, Info
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
		case !a.Has(f) || sameField(a, b, f) || f == "Cookie" && isForProxy(a):
		case !b.Has(f):
			return f, "dropped " + f
		case f != "Cookie": // of which proxies take their own out
			return f, "changed " + f
		}
	}
	return "", ""
}

// isForProxy tells whether all cookies of a request are those by which load balancers find
// a client's server again, which they keep for themselves, or those that pages set for
// others to count visits by, which caches take out.
func isForProxy(m *http1.Message) bool {
	for _, line := range m.Values("Cookie") {
		for pair := range strings.SplitSeq(line, ";") {
			name, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(pair)), "=")
			if !slices.Contains([]string{"serverid", "srv", "route", "routeid", "awsalb", "awsalbcors", "awselb", "awselbcors", "ingresscookie", "sticky",
				"_ga", "_gid", "_gat", "_fbp"}, name) {
				return false
			}
		}
	}
	return true
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
