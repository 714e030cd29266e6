package diagnose

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var tunnelWithout101 = &Rule{
	ID:       "tunnel-without-101",
	Severity: Warning,
	Means:    Refused,
	Title:    "a node opened a tunnel for an upgrade that was refused",
	Sees: "A handshake that a node changed on its way was answered otherwise than with 101. " +
		"Further requests followed it on the same two connections, and the node changed no byte of them.",
	Summary:     "{culprit} seems to pass bytes on unread after {next} refused the upgrade with {status}: {behind} went through as it came",
	Explanation: "A connection is a tunnel only once the server has answered 101. A proxy that opens one as soon as it sees Upgrade lets a client send any request straight to the server behind: the server refuses the upgrade, for a wrong Sec-WebSocket-Version or a path that has no WebSocket, keeps the connection, and answers what follows. No rule of the proxy applies to these requests, and its log does not have them. That none of them was changed, unlike the handshake, is what shows it here.",
	Fixes: []Fix{{Where: "the configuration of {culprit}", Text: `Let it wait for the server's 101. Where it cannot (Varnish's pipe), pass
on only handshakes that will be answered 101: GET, Sec-WebSocket-Version: 13,
on the WebSocket's path alone; and have the server close connections after
a refusal.
`}},
	References: []string{"RFC 9110 §7.8", "RFC 6455 §4.4", smugglingSection, "https://varnish-cache.org/docs/7.1/users-guide/vcl-example-websockets.html"},
	Example: Example{
		Note: "a version that no server has; the request behind it does not get the proxy's field",
		Hops: []ExampleHop{
			{Name: "varnish", Request: exampleWrongVersion + "\n" + exampleHidden, Response: exampleVersionRefused + exampleEmpty200},
			{Name: "puma", Request: exampleWrongVersion + "X-Varnish: 2\n\n" + exampleHidden, Response: exampleVersionRefused + exampleEmpty200},
		},
	},
	Counterexample: Example{
		Note: "the request behind it gets the proxy's field too: it was read",
		Hops: []ExampleHop{
			{Name: "varnish", Request: exampleWrongVersion + "\n" + exampleHidden, Response: exampleVersionRefused + exampleEmpty200},
			{Name: "puma", Request: exampleWrongVersion + "X-Varnish: 2\n\nGET /admin HTTP/1.1\nHost: app.example.com\nX-Varnish: 3\n\n", Response: exampleVersionRefused + exampleEmpty200},
		},
	},
	fires: func(s *sight) []hit {
		for i := range s.Journey.Links {
			from := s.Journey.Links[i].From
			a, b, sure := s.sure(from)
			if !sure || !refusedHandshake(s.Journey.Exchanges[from], s.Journey.Exchanges[from+1]) {
				continue
			}
			y := s.Journey.Exchanges[from+1]
			u := s.nodes.unreadOn(from, y.Conn)
			if u == nil || u.behind == "" || u.index != y.Index {
				continue
			}
			return []hit{{
				about: claim{"tunnel", from}, explains: []claim{statusClaim}, culprit: s.name(from), certainty: min(chain.Likely, s.confidence(from)),
				values: append(s.passingValues(from), "{status}", strconv.Itoa(y.Response.Status), "{behind}", u.behind),
				evidence: []Evidence{
					s.requestEvidence(from, noteOn(a, "Upgrade", "Connection", "Sec-WebSocket-Version")),
					s.requestEvidence(from+1, "changed by "+s.name(from)+": "+startLine(b)),
					s.responseEvidence(from+1, startLine(y.Response)),
					{Hop: from + 1, Source: s.source(from + 1), Packets: u.packets, Note: "the same bytes as in front of " + s.name(from) + ": " + u.behind},
				},
			}}
		}
		return nil
	},
}

const exampleWrongVersion = "GET /cable HTTP/1.1\nHost: app.example.com\nConnection: Upgrade\nUpgrade: websocket\n" +
	"Sec-WebSocket-Version: 777\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n"

const exampleVersionRefused = "HTTP/1.1 426 Upgrade Required\nSec-WebSocket-Version: 13\nContent-Length: 0\n\n"

// refusedHandshake tells of an upgrade that a node changed on its way, so that
// it was read, and that was not answered 101.
func refusedHandshake(x, y *http1.Exchange) bool {
	return x.Request.Complete && y.Request.Complete && y.Request.IsUpgradeAttempt() && x.Request.Head != y.Request.Head &&
		y.Response != nil && y.Response.Status != 101
}

var h2cThroughProxy = &Rule{
	ID:          "h2c-through-proxy",
	Severity:    Warning,
	Title:       "HTTP/2 in plain text was tunnelled through a proxy",
	Sees:        "The server behind a node answered 101 with Upgrade: h2c, and the node passed the 101 on.",
	Summary:     "{culprit} opened a tunnel for HTTP/2: what follows reaches {next} unread",
	Explanation: "h2c is another version of HTTP, not another protocol: once the node has passed the 101 on, the client sends any number of requests in it, to any path, and the node reads none of them. Rules that keep paths from the outside, logins and logs of the node do not apply. Upgrade is hop-by-hop, and a proxy is to pass on only what it means to tunnel.",
	Fixes: []Fix{
		{For: "nginx", Where: "nginx.conf of {culprit}, in http { } and in the location that serves {path}", Text: `# in http { }, nginx.conf
map $http_upgrade $ws_upgrade {
    default       '';
    ~*^websocket$ websocket;
}
map $http_upgrade $ws_connection {
    default       close;
    ~*^websocket$ upgrade;
}

# in the location that serves {path}
proxy_set_header Upgrade    $ws_upgrade;
proxy_set_header Connection $ws_connection;
`},
		{Where: "the configuration of {culprit}", Text: "Pass on Upgrade only if it is websocket; and have the server offer no h2c.\n"},
	},
	References: []string{"RFC 9110 §7.8", "RFC 9113 §3.1", "https://bishopfox.com/blog/h2c-smuggling-request"},
	Example: Example{
		Note: "the fields are passed on as they are, and the server speaks h2c",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleH2C, Response: exampleH2CSwitching},
			{Name: "apache", Request: exampleH2C, Response: exampleH2CSwitching},
		},
	},
	Counterexample: Example{
		Note: "a WebSocket is what tunnels are for",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		for i := range len(s.Hops) - 1 {
			x, y := s.response(i), s.response(i+1)
			if _, _, sure := s.sure(i); !sure || !opensH2C(x) || !opensH2C(y) {
				continue
			}
			return []hit{{
				about: claim{"tunnel", i}, culprit: s.name(i), certainty: s.confidence(i), fixFor: s.softwareAt(i).name,
				values: s.passingValues(i),
				evidence: []Evidence{
					s.requestEvidence(i+1, noteOn(s.request(i+1), "Upgrade", "Connection")),
					s.responseEvidence(i+1, startLine(y)+", "+noteOn(y, "Upgrade")),
					s.responseEvidence(i, "passed on: "+startLine(x)),
				},
			}}
		}
		return nil
	},
}

const (
	exampleH2C = "GET / HTTP/1.1\nHost: app.example.com\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n" +
		"HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\n\n"
	exampleH2CSwitching = "HTTP/1.1 101 Switching Protocols\nConnection: Upgrade\nUpgrade: h2c\n\n"
)

func opensH2C(m *http1.Message) bool {
	if m == nil || m.Status != 101 || !m.Complete {
		return false
	}
	for t := range m.Tokens("Upgrade") {
		if strings.EqualFold(t, "h2c") {
			return true
		}
	}
	return false
}
