package diagnose

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

const actionCable404 = "HTTP/1.1 404 Not Found\nContent-Type: text/plain\nX-Request-Id: 026adf86-5d0c-4d2f-9f4e-0d6a6f0c8f11\nContent-Length: 14\n\nPage not found"

var originNotAllowed = &Rule{
	ID:       "actioncable-origin-not-allowed",
	Severity: Error,
	Means:    Refused,
	Title:    "Action Cable refuses the Origin",
	Sees: "A handshake reaches the application with all that it needs, and the answer is Action Cable's own 404: text/plain, \"Page not found\". " +
		"What differs between Origin, Host and X-Forwarded-Proto says who is to be changed.",
	Summary:     "Action Cable refused the handshake though its headers arrived: {why}",
	Explanation: "Action Cable accepts a WebSocket only if Origin is X-Forwarded-Proto (or http) + \"://\" + Host, or is in allowed_request_origins. Its log has \"Request origin not allowed: ...\" right before \"Failed to upgrade to WebSocket\", although Upgrade and Connection arrived.",
	Fixes: []Fix{
		{For: "host", Where: "{culprit}, for requests to {path}", Text: `Pass the client's Host on, with its port. In nginx, in the location that
serves {path}:
proxy_set_header Host $http_host;
`},
		{For: "proto", Where: "{proto_node}, for requests to {path}", Text: `# in the location of nginx that serves {path}: tell the application that the
# client uses TLS, if nginx itself ends it
proxy_set_header X-Forwarded-Proto $scheme;

# or, if a load balancer in front ends it
# proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
`},
		{For: "websocket scheme", Where: "{proto_node}, for requests to {path}", Text: `Say https instead of wss in X-Forwarded-Proto (Traefik: a headers
middleware with
customRequestHeaders X-Forwarded-Proto: https), or upgrade Rack to 2.2 or
later.
`},
		{For: "opaque origin", Where: "the page that opens the WebSocket", Text: `Serve it from the application's own origin. Allowing "null" would let in the
page of any sandboxed iframe, file and data: URL.
`},
		{For: "origin", Where: "{culprit}, for requests to {path}", Text: "Pass Origin on unchanged.\n"},
		{Where: "config/environments/production.rb of the application behind {culprit}", Text: `config.action_cable.allowed_request_origins = ["{origin}"]
`},
	},
	References: []string{
		"https://guides.rubyonrails.org/action_cable_overview.html#allowed-request-origins",
		"https://github.com/rails/rails/blob/main/actioncable/lib/action_cable/connection/base.rb",
		"https://github.com/turbolinks/turbolinks-ios/issues/43",
		"https://github.com/rack/rack/issues/1730",
	},
	Example: Example{
		Note: "nginx passes the upgrade but not the Host",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\nContent-Type: text/plain\nContent-Length: 14\n\nPage not found"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Upgrade: websocket
Connection: upgrade
Host: app
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: actionCable404},
		},
	},
	Counterexample: Example{
		Note: "a 404 of Rails' router: the path is not Action Cable's",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nContent-Type: text/html; charset=UTF-8\nContent-Length: 1722\n\n"},
			{Name: "puma", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nContent-Type: text/html; charset=UTF-8\nX-Request-Id: 026adf86-5d0c-4d2f-9f4e-0d6a6f0c8f11\nContent-Length: 1722\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		if s.protocol != "websocket" || !s.reachedEnd() || !s.fromStart() || !isActionCable404(s.response(s.last)) || !s.satisfiesDriver() {
			return nil
		}
		h := s.originCause()
		h.about = statusClaim
		h.evidence = append(h.evidence,
			s.requestEvidence(s.last, noteOn(s.request(s.last), "Origin", "Host", "X-Forwarded-Proto")),
			s.responseEvidence(s.last, startLine(s.response(s.last))+", "+noteOn(s.response(s.last), "Content-Type")))
		return []hit{h}
	},
}

// isActionCable404 tells Action Cable's answer to what it does not accept:
// text/plain and the 14 bytes "Page not found"
// (actioncable/lib/action_cable/connection/base.rb, respond_to_invalid_request).
func isActionCable404(m *http1.Message) bool {
	if m == nil || m.Status != 404 || !m.Complete {
		return false
	}
	contentType, _ := m.Get("Content-Type")
	mediaType, _, _ := strings.Cut(contentType, ";")
	if !strings.EqualFold(strings.TrimSpace(mediaType), "text/plain") {
		return false
	}
	length, ok := m.Get("Content-Length")
	if !ok {
		return m.Content.Bytes == uint64(len("Page not found")) && m.Content.Complete
	}
	return length == strconv.Itoa(len("Page not found"))
}

// satisfiesDriver tells whether Action Cable takes the request for a WebSocket
// handshake, so that its 404 must have another reason: the method is GET and
// the whole value of Upgrade is websocket (websocket-driver 0.7.5,
// lib/websocket/driver.rb).
func (s *sight) satisfiesDriver() bool {
	m := s.request(s.last)
	return m.Complete && m.Method == "GET" && strings.EqualFold(strings.Join(m.Values("Upgrade"), ", "), "websocket")
}

// originCause finds out why Origin is not what the application expects.
func (s *sight) originCause() hit {
	m := s.request(s.last)
	text, ok := m.Get("Origin")
	if !ok {
		return s.originAbsent()
	}
	origin, err := url.Parse(text)
	host, _ := m.Get("Host")
	h := hit{culprit: s.name(s.last), certainty: chain.Likely, variant: pathless(text),
		values: []string{"{origin}", pathless(text), "{why}", "Origin " + quoted(m, "Origin") + " is not among those it allows"}}
	switch {
	case text == "null": // RFC 6454 §6.1
		h.fixFor = "opaque origin"
		return h
	case err != nil || origin.Host == "":
		return h
	case !strings.EqualFold(origin.Host, host):
		return s.hostCause(h, origin.Host, host)
	case origin.Scheme == "https" && !isTLS(m):
		return s.protoCause(h)
	default:
		return h
	}
}

// hostCause blames the node that replaced the Host that Origin names; if none
// did, the page was loaded from elsewhere and the application must allow it.
func (s *sight) hostCause(h hit, originHost, host string) hit {
	for i := s.last - 1; i >= 0; i-- {
		a, b, ok := s.sure(i)
		if !ok {
			break
		}
		before, _ := a.Get("Host")
		after, _ := b.Get("Host")
		if strings.EqualFold(before, originHost) && !strings.EqualFold(after, originHost) {
			h.culprit, h.certainty, h.fixFor, h.variant = s.name(i), min(chain.Likely, s.confidence(i)), "host", "host"
			h.explains = []claim{{"host", i}}
			h.values = append([]string{"{why}", s.name(i) + " turned Host from " + quoted(a, "Host") + " into " + quoted(b, "Host") + ", which does not fit Origin " + quoted(b, "Origin")}, h.values...)
			h.evidence = []Evidence{s.requestEvidence(i, noteOn(a, "Origin", "Host"))}
			return h
		}
	}
	return h
}

// protoCause blames the node that took X-Forwarded-Proto: https away. If it was
// never there, whoever ends TLS in front should have set it.
func (s *sight) protoCause(h hit) hit {
	m := s.request(s.last)
	h.fixFor, h.variant = "proto", "proto"
	if proto, _ := m.Get("X-Forwarded-Proto"); strings.EqualFold(proto, "wss") {
		h.fixFor = "websocket scheme"
	}
	why := "Origin is https, but the application is told " + noteOn(m, "X-Forwarded-Proto")
	node := ""
	for i := s.last - 1; i >= 0 && node == ""; i-- {
		a, b, ok := s.sure(i)
		if !ok {
			break
		}
		if isTLS(a) && !isTLS(b) {
			node = s.name(i)
			h.certainty = min(h.certainty, s.confidence(i))
			h.evidence = []Evidence{s.requestEvidence(i, noteOn(a, "X-Forwarded-Proto"))}
		}
	}
	h.culprit = node
	if node == "" {
		node = "what ends TLS in front of " + s.name(s.first)
		if s.first > 0 {
			node, h.culprit = s.name(s.first-1), s.name(s.first-1)
		}
	}
	h.values = append([]string{"{why}", why, "{proto_node}", node}, h.values...)
	return h
}

// isTLS tells whether Rack takes the client's connection for TLS
// (Rack::Request#ssl?, as far as a request can say).
func isTLS(m *http1.Message) bool {
	for _, name := range []string{"X-Forwarded-Proto", "X-Forwarded-Scheme"} {
		v, _ := m.Get(name)
		if first, _, _ := strings.Cut(v, ","); strings.EqualFold(strings.TrimSpace(first), "https") {
			return true
		}
	}
	v, _ := m.Get("X-Forwarded-Ssl")
	return strings.EqualFold(v, "on")
}

// originAbsent blames the node that dropped Origin; if none did, the client
// sends none, and Action Cable wants one.
func (s *sight) originAbsent() hit {
	for i := s.last - 1; i >= 0; i-- {
		a, b, ok := s.sure(i)
		if !ok {
			break
		}
		if a.Has("Origin") && b.Complete && !b.Has("Origin") {
			return hit{culprit: s.name(i), certainty: min(chain.Likely, s.confidence(i)), fixFor: "origin", variant: "origin",
				values:   []string{"{why}", s.name(i) + " dropped Origin"},
				evidence: []Evidence{s.requestEvidence(i, noteOn(a, "Origin"))}}
		}
	}
	return hit{culprit: s.name(s.last), certainty: chain.Likely, variant: "no origin",
		values: []string{"{why}", "the client sends no Origin", "{origin}", "https://app.example.com"}}
}

// pathless cuts an Origin down to what may stand in a configuration file.
func pathless(origin string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' || r == '#' {
			return -1
		}
		return r
	}, shortened(origin))
}
