package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// What nginx 1.22 makes of a handshake for auth_request, mirror and error_page.
const subrequest = "GET /auth HTTP/1.0\nHost: app\nConnection: close\nOrigin: http://app.example.com\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n\n"

// TestSubrequests: a node is not judged by a request that it makes itself, but it is by
// one that it sends to another path and whose answer the client gets.
func TestSubrequests(t *testing.T) {
	answered := func(status string) string { return "HTTP/1.1 " + status + "\n\n" }
	for name, c := range map[string]struct {
		front, behind string // answers
		found         string
	}{
		"auth_request says no":                {answered("401 Unauthorized"), answered("401 Unauthorized"), "not-enough-seen"},
		"and in another way":                  {answered("403 Forbidden"), answered("403 Forbidden"), "not-enough-seen"},
		"error_page, of an application":       {answered("502 Bad Gateway"), answered("200 OK"), "not-enough-seen"},
		"mirror":                              {answered("404 Not Found"), answered("200 OK"), "not-enough-seen"},
		"another path, and the client's 404":  {answered("404 Not Found"), answered("404 Not Found"), "nginx-default-strips-upgrade"},
		"another path, and no answer is seen": {answered("404 Not Found"), "", "not-enough-seen"},
	} {
		t.Run(name, func(t *testing.T) {
			j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: c.front}, {Name: "puma", Request: subrequest, Response: c.behind}})
			assert.Equal(t, []string{c.found}, ids(Run(j, hops, nil).Findings))
		})
	}
}

// TestAskedForPermission: auth_request can ask for the very path of the handshake, or one
// that has it at its end; then a field that names it tells. Without one it is likely at
// most that the node did to the handshake what was seen.
func TestAskedForPermission(t *testing.T) {
	const no = "HTTP/1.1 401 Unauthorized\n\n"
	for name, c := range map[string]struct {
		path, field, answer string
		found               string
		certainty           chain.Confidence
	}{
		"the same path, with its name":      {"/cable", "X-Original-URI: /cable\n", no, "not-enough-seen", chain.Certain},
		"a prefix, with its name":           {"/auth/cable", "X-Forwarded-Uri: /cable\n", no, "not-enough-seen", chain.Certain},
		"the same path":                     {"/cable", "", no, "nginx-default-strips-upgrade", chain.Likely},
		"the same path, and another answer": {"/cable", "X-Original-URI: /cable\n", actionCable404, "nginx-default-strips-upgrade", chain.Certain},
	} {
		t.Run(name, func(t *testing.T) {
			asked := strings.Replace(strings.Replace(subrequest, "/auth", c.path, 1), "Host: app\n", "Host: app\n"+c.field, 1)
			j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: c.answer}, {Name: "puma", Request: asked, Response: c.answer}})
			found := Run(j, hops, nil).Findings
			assert.Equal(t, []string{c.found}, ids(found))
			assert.Equal(t, c.certainty, found[0].Certainty)
		})
	}
}

// TestKnownToKeepThePath: a node that was seen to pass such handshakes on does not send
// one elsewhere.
func TestKnownToKeepThePath(t *testing.T) {
	j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: actionCable404}, {Name: "puma", Request: subrequest, Response: actionCable404}})
	assert.Equal(t, []string{"nginx-default-strips-upgrade"}, ids(Run(j, hops, nil).Findings))
	nodes := NewNodes(hops)
	other, _ := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching}, {Name: "puma", Request: exampleHandshake, Response: exampleSwitching}})
	nodes.Observe(other)
	assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nodes).Findings))
}

// TestSubrequestIsNoHandshake: one that was joined to nothing asks for no upgrade, if its
// key came to the chain in a handshake.
func TestSubrequestIsNoHandshake(t *testing.T) {
	handshake, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching}, {Name: "puma", Request: exampleHandshake, Response: exampleSwitching}})
	alone, _ := journeyOf(t, []ExampleHop{{Name: "nginx"}, {Name: "puma", Request: subrequest, Response: "HTTP/1.1 204 No Content\n\n"}})
	assert.Equal(t, []string{"not-enough-seen"}, ids(Run(alone, hops, nil).Findings))
	nodes := NewNodes(hops)
	nodes.Observe(handshake)
	nodes.Observe(alone)
	d := Run(alone, hops, nodes)
	assert.Empty(t, d.Findings)
	assert.False(t, d.Upgrade)
	assert.Equal(t, OK, d.Outcome)

	t.Run("at the only hop", func(t *testing.T) {
		handshake, hops := journeyOf(t, []ExampleHop{{Name: "puma", Request: exampleHandshake, Response: exampleSwitching}})
		alone, _ := journeyOf(t, []ExampleHop{{Name: "puma", Request: subrequest, Response: "HTTP/1.1 204 No Content\n\n"}})
		assert.Equal(t, []string{"upgrade-lost-before-first-capture"}, ids(Run(alone, hops, nil).Findings))
		nodes := NewNodes(hops)
		nodes.Observe(handshake)
		assert.Empty(t, Run(alone, hops, nodes).Findings)
	})
}

// TestAttemptThatWasWhole: what a node sends to its error_page, after an attempt that had
// all it needs failed, is not what it does to handshakes.
func TestAttemptThatWasWhole(t *testing.T) {
	failed := "HTTP/1.1 404 Not Found\n\n"
	j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: failed}, {Name: "puma", Request: strings.Replace(subrequest, "/auth", "/cable", 1), Response: failed}})
	assert.Equal(t, []string{"nginx-default-strips-upgrade"}, ids(Run(j, hops, nil).Findings))
	first, _ := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: failed}, {Name: "puma", Request: exampleHandshake, Response: "HTTP/1.1 503 Service Unavailable\n\n"}})
	j.Retries = [][]*http1.Exchange{nil, {first.Exchanges[1]}}
	assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nil).Findings))
	assert.Equal(t, chain.Certain, j.Confidence())
}
