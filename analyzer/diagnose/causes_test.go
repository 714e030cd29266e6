package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// TestOtherCauses: what looks like the doing of a node, and has another cause.
func TestOtherCauses(t *testing.T) {
	plainly := func(path, field string) string {
		return "GET " + path + " HTTP/1.1\nHost: a\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\nSec-WebSocket-Version: 13\n" + field + "\n"
	}
	const redirect, notFound = "HTTP/1.1 302 Found\nLocation: /login\n\n", "HTTP/1.1 404 Not Found\n\n"
	for name, c := range map[string]struct {
		hops      []ExampleHop
		found     []string
		certainty chain.Confidence
	}{
		"a login server that is asked redirects": {
			[]ExampleHop{{Name: "traefik", Request: exampleHandshake, Response: redirect}, {Name: "auth", Request: plainly("/verify", "X-Forwarded-Uri: /cable\n"), Response: redirect}},
			[]string{"not-enough-seen"}, chain.Certain},
		"only the question for permission was captured": {
			[]ExampleHop{{Name: "puma", Request: plainly("/auth", "X-Original-URI: /cable\n"), Response: "HTTP/1.1 401 Unauthorized\n\n"}},
			[]string{"not-enough-seen"}, chain.Certain},
		"the same without a sign of that": {
			[]ExampleHop{{Name: "puma", Request: plainly("/cable", "X-Original-URI: /cable\n"), Response: notFound}},
			[]string{"upgrade-lost-before-first-capture"}, chain.Certain},
		"something was put in front of the path": {
			[]ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: notFound}, {Name: "puma", Request: plainly("/app/cable", "Connection: close\n"), Response: notFound}},
			[]string{"nginx-default-strips-upgrade"}, chain.Likely},
		"the client has its 101, whatever was seen beside": {
			[]ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching}, {Name: "mirror", Request: exampleHandshake, Response: notFound}, {Name: "puma", Request: exampleHandshake, Response: exampleSwitching}},
			[]string{}, 0},
		"the version of the protocol, not that of HTTP": {
			[]ExampleHop{{Name: "nginx", Request: strings.Replace(exampleHandshake, "Version: 13", "Version: 8", 1), Response: exampleVersionRefused},
				{Name: "app", Request: strings.NewReplacer("Version: 13", "Version: 8", "HTTP/1.1", "HTTP/1.0").Replace(exampleHandshake), Response: exampleVersionRefused}},
			[]string{"upgrade-refused-by-application"}, chain.Certain},
		"403 for any reason, and another Host": {
			[]ExampleHop{{Name: "nginx", Request: hs("-Origin"), Response: "HTTP/1.1 403 Forbidden\n\n"}, {Name: "app", Request: hs("-Origin", "Host: backend"), Response: "HTTP/1.1 403 Forbidden\n\n"}},
			[]string{"host-rewritten", "upgrade-refused-by-application"}, chain.Certain},
		"a request that came through a CDN": {
			[]ExampleHop{{Name: "puma", Request: "GET /cable HTTP/1.1\nHost: a\nVia: 2.0 cdn\n\n", Response: actionCable404}},
			[]string{"client-not-a-handshake"}, chain.Likely},
	} {
		t.Run(name, func(t *testing.T) {
			j, hops := journeyOf(t, c.hops)
			found := Run(j, hops, nil).Findings
			assert.Equal(t, c.found, append([]string{}, ids(found)...))
			if len(found) > 0 {
				assert.Equal(t, c.certainty, found[0].Certainty)
			}
		})
	}
}

// TestOwn101: a 101 that no client can take, as the server made it.
func TestOwn101(t *testing.T) {
	offer := hs("Sec-WebSocket-Protocol: json")
	for name, c := range map[string]struct {
		request, response string
		leaves            bool
		summary           string // of 101-broken; empty: upgraded
	}{
		"without Upgrade":             {exampleHandshake, strings.Replace(exampleSwitching, "Upgrade: websocket\n", "", 1), false, "puma answered 101 without Upgrade: a client must fail such a handshake"},
		"without Connection":          {exampleHandshake, strings.Replace(exampleSwitching, "Connection: Upgrade\n", "", 1), false, "puma answered 101 without Connection: a client must fail such a handshake"},
		"another subprotocol":         {offer, strings.Replace(exampleSwitching, "\n\n", "\nSec-WebSocket-Protocol: xml\n\n", 1), false, "puma chose a subprotocol that was not offered: browsers fail such a handshake"},
		"none, and the client leaves": {offer, exampleSwitching, true, "puma chose none of the subprotocols that were offered: browsers fail such a handshake"},
		"none, and the client stays":  {offer, exampleSwitching, false, ""},
		"the one that was offered":    {offer, strings.Replace(exampleSwitching, "\n\n", "\nSec-WebSocket-Protocol: json\n\n", 1), true, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, hops := range [][]ExampleHop{{{Name: "puma"}}, {{Name: "nginx"}, {Name: "puma"}}} {
				for i := range hops {
					hops[i].Request, hops[i].Response = c.request, c.response
					if c.leaves {
						hops[i].ClosedBy = "client"
					}
				}
				j, chainHops := journeyOf(t, hops)
				d := Run(j, chainHops, nil)
				if c.summary == "" {
					assert.Empty(t, d.Findings)
					assert.Equal(t, Upgraded, d.Outcome)
					continue
				}
				require.Equal(t, []string{"101-broken"}, ids(d.Findings))
				assert.Equal(t, c.summary, d.Findings[0].Summary)
				assert.Equal(t, Failed, d.Outcome)
				assert.Contains(t, d.Findings[0].Fix.Text, "choose one of")
			}
		})
	}
}

// TestOtherUpgrades: the fix for nginx lets through what was asked for as it was written.
func TestOtherUpgrades(t *testing.T) {
	for upgrade, pattern := range map[string]string{
		"websocket": "~*^websocket$ upgrade;", "WebSocket": "~*^websocket$ upgrade;",
		"SPDY/3.1": `"~*(^|[ ,])spdy([/ ,]|$)" upgrade;`, "websocket, foo/2": `"~*(^|[ ,])websocket([/ ,]|$)" upgrade;`,
	} {
		changes := []string{"Upgrade: " + upgrade}
		if strings.HasPrefix(upgrade, "SPDY") {
			changes = append(changes, "-Sec-WebSocket-Key", "-Sec-WebSocket-Version")
		}
		j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: hs(changes...), Response: actionCable404}, {Name: "puma", Request: hs(append(changes[1:], "-Upgrade", "Connection: close")...), Response: actionCable404}})
		found := Run(j, hops, nil).Findings
		require.NotEmpty(t, found, upgrade)
		require.NotNil(t, found[0].Fix, upgrade)
		assert.Contains(t, found[0].Fix.Text, pattern)
	}
}

// TestProxyUnexpectedIsCertain: only where the same address answers what comes without the
// header is it the header that it does not expect.
func TestProxyUnexpectedIsCertain(t *testing.T) {
	j, hops := journeyOf(t, proxyV1Unexpected.Example.Hops)
	found := Run(j, hops, nil).Findings
	assert.Equal(t, chain.Likely, found[0].Certainty)
	assert.Contains(t, found[0].Explanation, "plain HTTP on a port for TLS")
	nodes := NewNodes(hops)
	beside := exchangeOf(t, 1, ExampleHop{Name: "nginx", Request: "GET / HTTP/1.1\n\n", Response: "HTTP/1.1 200 OK\nContent-Length: 0\n\n"})
	nodes.Observe(&chain.Journey{Exchanges: []*http1.Exchange{nil, beside, nil}})
	found = Run(j, hops, nodes).Findings
	assert.Equal(t, chain.Certain, found[0].Certainty)
	assert.NotContains(t, found[0].Explanation, "plain HTTP on a port for TLS")
}

// TestClosedBeforeThe101: who has closed the connection learns nothing of a 101.
func TestClosedBeforeThe101(t *testing.T) {
	j, hops := journeyOf(t, []ExampleHop{{Name: "puma", Request: exampleHandshake, Response: exampleSwitching, ClosedBy: "client"}})
	assert.Equal(t, Upgraded, Run(j, hops, nil).Outcome)
	j.Exchanges[0].Response.Start += minute
	assert.Equal(t, Undetermined, Run(j, hops, nil).Outcome)
}
