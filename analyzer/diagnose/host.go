package diagnose

import (
	"net/url"
	"strings"

	"github.com/hophound/hophound/analyzer/diff"
	"github.com/hophound/hophound/analyzer/http1"
)

var hostRewritten = &Rule{
	ID:       "host-rewritten",
	Severity: Warning,
	Title:    "a node replaces Host",
	Sees: "A handshake that was not upgraded has another Host behind a node than in front of it. " +
		"A warning if Origin named the Host in front, or if the server answered 403 or 421; for information otherwise.",
	Summary:     "{culprit} turned Host from {before} into {after}",
	Explanation: "nginx sends the upstream's name as Host unless told otherwise, Apache without ProxyPreserveHost the backend's. Applications compare Host with Origin, with the hosts they serve (Rails: \"Blocked hosts\", 403) and build redirects from it.",
	Fixes: []Fix{
		{For: "nginx", Where: "nginx.conf of {culprit}, in the location that serves {path}", Text: "proxy_set_header Host $http_host;\n"},
		{For: "apache", Where: "the virtual host of {culprit}", Text: "ProxyPreserveHost On\n"},
		{Where: "the configuration of {culprit}", Text: "Pass the client's Host on, with its port.\n"},
	},
	References: []string{"RFC 9110 §7.2", "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header", "https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypreservehost"},
	Example: Example{
		Note: "the upgrade is passed on, the Host is not; the server checks it",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 403 Forbidden\nServer: nginx/1.22.1\n\n"},
			{Name: "app", Request: strings.Replace(exampleHandshake, "Host: app.example.com", "Host: backend", 1), Response: "HTTP/1.1 403 Forbidden\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the upgrade is made all the same",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "app", Request: strings.Replace(exampleHandshake, "Host: app.example.com", "Host: backend", 1), Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		if !s.refused() && s.passage.kind != lostAt && s.passage.kind != lostBefore {
			return nil
		}
		var hits []hit
		for i := range s.Hops {
			a, b, ok := s.sure(i)
			if !ok || !hostChanged(a, b) {
				continue
			}
			h := hit{about: claim{"host", i}, culprit: s.name(i), certainty: s.confidence(i), fixFor: s.softwareAt(i).name, variant: quoted(b, "Host"),
				values:   append(s.passingValues(i), "{before}", quoted(a, "Host"), "{after}", quoted(b, "Host")),
				evidence: []Evidence{s.requestEvidence(i, noteOn(a, "Origin", "Host")), s.requestEvidence(i+1, noteOn(b, "Origin", "Host"))}}
			explains := originNames(a) && !originNames(b) || s.status(i+1) == 421
			harm := explains || s.status(i+1) == 403 // which may have any reason
			switch {
			case !harm:
				h.severity = Info
			case explains && s.refused():
				h.explains = []claim{statusClaim}
			}
			if harm || s.passage.kind == arrived {
				hits = append(hits, h)
			}
		}
		return hits
	},
}

// hostChanged tells whether two requests have Hosts that name other places.
func hostChanged(a, b *http1.Message) bool {
	if !a.Has("Host") || !b.Has("Host") {
		return false
	}
	for _, c := range diff.Compare(a, b, diff.Context{Upgrade: true}) {
		if strings.EqualFold(c.Field, "Host") {
			return c.Class != diff.Expected
		}
	}
	return false
}

// originNames tells whether a request's Origin names its Host.
func originNames(m *http1.Message) bool {
	origin, _ := m.Get("Origin")
	host, _ := m.Get("Host")
	u, err := url.Parse(origin)
	return err == nil && u.Host != "" && strings.EqualFold(u.Host, host)
}
