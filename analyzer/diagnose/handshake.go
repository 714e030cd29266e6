package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
)

// exampleHandshake is a correct WebSocket handshake, as Action Cable's client
// sends it.
const exampleHandshake = `GET /cable HTTP/1.1
Host: app.example.com
Connection: Upgrade
Upgrade: websocket
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`

// passUpgrades is the fix for a node of unknown make.
var passUpgrades = Fix{
	Where: "the configuration of {culprit}, for requests to {path}",
	Text: `Let {culprit} pass WebSocket handshakes on to {next}: over HTTP/1.1, with
the request fields
    Upgrade: {offer}
    Connection: Upgrade
What this is called: Apache 2.4.47 and later: ProxyPass ...
upgrade=websocket; Envoy: upgrade_configs with
upgrade_type: websocket; HAProxy in HTTP mode, Caddy and Traefik pass it
unless a rule deletes the fields;
a load balancer without WebSocket support: a TCP listener.
`,
}

var upgradeHeaderMissingOnly = &Rule{
	ID:          "upgrade-header-missing-only",
	Severity:    Error,
	Means:       Lost,
	Title:       "Connection is passed on, Upgrade is not",
	Sees:        "A whole handshake goes into a node; what comes out has the token upgrade in Connection but no Upgrade.",
	Summary:     "{culprit} {did} but sent Connection: upgrade",
	Explanation: "{culprit} is told to send Connection: upgrade and not to send Upgrade, so {next} is asked to upgrade without being told to what. nginx removes Upgrade unless proxy_set_header Upgrade $http_upgrade says otherwise. " + whyMap,
	Fixes:       []Fix{nginxFix, passUpgrades},
	References:  append([]string{"RFC 6455 §4.2.1"}, nginxReferences...),
	Example: Example{
		Note: `nginx with proxy_http_version 1.1 and proxy_set_header Connection "upgrade" only`,
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Connection: upgrade
Host: app
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the same nginx behind something that had dropped Upgrade already",
		Hops: []ExampleHop{
			{Name: "nginx", Request: `GET /cable HTTP/1.1
Host: app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Connection: upgrade
Host: app
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok || !asksUpgrade(l.after) {
			return nil
		}
		return []hit{l.hit(l.software.name, chain.Certain)}
	},
}

var connectionHeaderMissingOnly = &Rule{
	ID:          "connection-header-missing-only",
	Severity:    Error,
	Means:       Lost,
	Title:       "Upgrade is passed on, Connection: upgrade is not",
	Sees:        "A whole handshake goes into a node; what comes out has Upgrade but not the token upgrade in Connection.",
	Summary:     "{culprit} {did} but passed Upgrade on",
	Explanation: "Upgrade counts only together with Connection: upgrade, so {next} must pass over it. In nginx either proxy_set_header Connection is missing, or the location has Connection \"\" for keep-alive to the next server, which must not be used where WebSockets go. " + whyMap,
	Fixes:       []Fix{nginxFix, passUpgrades},
	References:  append([]string{"RFC 6455 §4.2.1"}, nginxReferences...),
	Example: Example{
		Note: `the recipe for keep-alive to the upstream, proxy_set_header Connection "", with Upgrade $http_upgrade`,
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Upgrade: websocket
Host: app
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "Connection is written in other letters and without keep-alive, which changes nothing",
		Hops: []ExampleHop{
			{Name: "nginx", Request: `GET /cable HTTP/1.1
Host: app.example.com
Connection: keep-alive, Upgrade
Upgrade: websocket
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: exampleSwitching},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Upgrade: websocket
Connection: upgrade
Host: app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok || !s.namesProtocol(l.after) {
			return nil
		}
		return []hit{l.hit(l.software.name, chain.Certain)}
	},
}

var intermediaryStripsUpgrade = &Rule{
	ID:          "intermediary-strips-upgrade",
	Severity:    Error,
	Means:       Lost,
	Title:       "a node takes away what makes the request a handshake",
	Sees:        "A whole handshake goes into a node; what comes out was seen whole and lacks Upgrade, the token upgrade in Connection, or both, and nothing tells more of the node.",
	Summary:     "{culprit} {did}",
	Explanation: "Upgrade and Connection concern one connection only, and a proxy that isn't told to pass WebSockets rightly removes them (RFC 9110 §7.6.1). So {next} got an ordinary request and could not upgrade it.",
	Doubt:       "What came out of {culprit} does not show what software it is.",
	Fixes:       []Fix{nginxFix, passUpgrades},
	References:  []string{"RFC 9110 §7.6.1, §7.8", "RFC 6455 §4.2.1"},
	Example: Example{
		Note: "a proxy of unknown make",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
Via: 1.1 gateway

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "an offer of h2c that a proxy doesn't take up: the client does without",
		Hops: []ExampleHop{
			{Name: "gateway", Request: "GET / HTTP/1.1\nHost: app.example.com\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\n\n", Response: "HTTP/1.1 200 OK\n\n"},
			{Name: "puma", Request: "GET / HTTP/1.1\nHost: app.example.com\nVia: 1.1 gateway\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok {
			return nil
		}
		h := l.hit(l.software.name, chain.Certain)
		h.doubtful = l.software.name == ""
		return []hit{h}
	},
}

var upgradeLostBeforeFirstCapture = &Rule{
	ID:       "upgrade-lost-before-first-capture",
	Severity: Error,
	Means:    Lost,
	Title:    "the handshake was broken before the first hop that was captured",
	Sees:     "The first hop of the chain saw a whole head with Sec-WebSocket-* (or Upgrade) but without Upgrade and the token upgrade in Connection together.",
	Summary:  "the handshake came to {first} with {state}: it was broken by the client or by something in front of {first}",
	Explanation: "Sec-WebSocket-* shows that a WebSocket was wanted, and these fields never travel without Upgrade and Connection: upgrade unless something took those away. " +
		"No node of this chain did: it happened before {first}. Look at what stands in front: a load balancer with an HTTP listener, a CDN, a corporate proxy or a virus scanner on the client's side (those see ws:// only; wss:// passes them).",
	Fixes: []Fix{{
		Where: "in front of {first}",
		Text: `Capture one hop further towards the client, and add it as the first hop.
If a classic Elastic Load Balancer stands there: use a TCP or SSL
listener, its HTTP listeners know no WebSockets.
`}},
	References: []string{"RFC 6455 §4.1", "RFC 9110 §7.6.1"},
	Example: Example{
		Note: "nginx is configured well, but gets no Upgrade",
		Hops: []ExampleHop{
			{Name: "nginx", Request: `GET /cable HTTP/1.1
Host: app.example.com
Via: 1.1 proxy.corp.example
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Connection: close
Host: app.example.com
Via: 1.1 proxy.corp.example
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "a handshake that is lost within the chain",
		Hops: []ExampleHop{
			{Name: "gateway", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\n\n"},
			{Name: "puma", Request: "GET /cable HTTP/1.1\nHost: app.example.com\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n\n", Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		if s.passage.kind != lostBefore {
			return nil
		}
		return []hit{s.hitBefore(chain.Certain)}
	},
}

// hitBefore makes what the rules about a loss in front of the chain have in
// common.
func (s *sight) hitBefore(certainty chain.Confidence) hit {
	m := s.request(0)
	return hit{
		about:     statusClaim,
		certainty: certainty,
		values:    []string{"{first}", s.name(0), "{state}", noteOn(m, "Upgrade", "Connection"), "{next}", s.name(0)},
		evidence:  []Evidence{s.requestEvidence(0, noteOn(m, "Upgrade", "Connection", "Sec-WebSocket-Version"))},
	}
}
