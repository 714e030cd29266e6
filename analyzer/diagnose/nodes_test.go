package diagnose

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// TestNodesAreBounded: whatever passes, what is kept of it is not more.
func TestNodesAreBounded(t *testing.T) {
	hops := []chain.Hop{{Index: 0, Name: "nginx"}}
	nodes := NewNodes(hops)
	for i := range 2 * maxPaths {
		j, _ := journeyOf(t, []ExampleHop{{Name: "nginx", Request: strings.Replace(hs(), "/cable", "/cable/"+strings.Repeat("x", i%300)+string(rune('a'+i%26)), 1), Response: exampleSwitching}})
		nodes.Observe(j)
	}
	assert.LessOrEqual(t, len(nodes.paths), maxPaths)
}

// TestMoreThanIsRemembered: what a bounded memory has no place for may have been seen, so
// that nobody is accused because it was not.
func TestMoreThanIsRemembered(t *testing.T) {
	server := func(i int) netip.AddrPort {
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)}), 80)
	}
	t.Run("servers that answered", func(t *testing.T) {
		j, hops := journeyOf(t, proxyExpectedButAbsent.Example.Hops)
		beside, _ := journeyOf(t, proxyExpectedButAbsent.Counterexample.Beside)
		nodes := NewNodes(hops)
		for i := range maxListeners + 1 {
			assert.Equal(t, []string{"proxy-expected-but-absent"}, ids(Run(j, hops, nodes).Findings))
			beside.Exchanges[1].Conn.Server = server(i)
			nodes.Observe(beside)
		}
		assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nodes).Findings))
	})
	t.Run("answers that nobody asked for", func(t *testing.T) {
		j, hops := journeyOf(t, switchingTurnedInto502.Example.Hops)
		nodes := NewNodes(hops)
		for range maxBehind + 1 {
			assert.Equal(t, []string{"101-turned-into-502"}, ids(Run(j, hops, nodes).Findings))
			answer := exchangeOf(t, 0, ExampleHop{Name: "gateway", Request: "GET / HTTP/1.1\n\n", Response: "HTTP/1.1 200 OK\nContent-Length: 0\n\n"})
			answer.Request, answer.Unasked = nil, true
			nodes.Observe(&chain.Journey{Exchanges: []*http1.Exchange{answer, nil}})
		}
		assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nodes).Findings))
	})
	t.Run("paths that are kept", func(t *testing.T) {
		j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: exampleHandshake, Response: actionCable404}, {Name: "puma", Request: subrequest, Response: actionCable404}})
		nodes := NewNodes(hops)
		for i := range maxPaths + 1 {
			assert.Equal(t, []string{"nginx-default-strips-upgrade"}, ids(Run(j, hops, nodes).Findings))
			request := strings.Replace(exampleHandshake, "/cable", "/ws/"+strconv.Itoa(i), 1)
			other, _ := journeyOf(t, []ExampleHop{{Name: "nginx", Request: request, Response: exampleSwitching}, {Name: "puma", Request: request, Response: exampleSwitching}})
			nodes.Observe(other)
		}
		assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nodes).Findings))
	})
}
