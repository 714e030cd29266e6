package topology

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// seen is an exchange with a response after so many nanoseconds.
func seen(client, server string, at, wait int64) *http1.Exchange {
	return &http1.Exchange{
		Conn:     &http1.Conn{Client: netip.MustParseAddrPort(client), Server: netip.MustParseAddrPort(server)},
		Request:  &http1.Message{Method: "GET", Start: at},
		Response: &http1.Message{Status: 200, Start: at + wait},
	}
}

func joined(exchanges ...*http1.Exchange) *chain.Journey {
	j := &chain.Journey{Exchanges: exchanges}
	for i := 1; i < len(exchanges); i++ {
		j.Links = append(j.Links, chain.Link{From: i - 1, To: i, Confidence: chain.Certain})
	}
	return j
}

func TestOrderOfHops(t *testing.T) {
	const hour = 3_600_000_000_000
	tests := []struct {
		name    string
		hops    []string
		journey *chain.Journey
		wrong   string // empty: as given
	}{
		{
			"as given", []string{"nginx", "puma"},
			joined(seen("10.0.0.1:999", "10.0.0.2:80", 0, 10), seen("10.0.0.2:998", "10.0.0.3:3000", 1, 8)), "",
		},
		{
			"turned round, as the addresses tell", []string{"puma", "nginx"},
			joined(seen("10.0.0.2:998", "10.0.0.3:3000", 1, 8), seen("10.0.0.1:999", "10.0.0.2:80", 0, 10)),
			"given as puma, nginx, but requests pass them as nginx, puma: the server of nginx is the client of puma in 1 of 1 requests",
		},
		{
			"turned round, as the waiting tells, nodes with several addresses, clocks an hour apart", []string{"puma", "nginx"},
			joined(seen("10.0.2.1:998", "10.0.2.3:3000", hour, 8), seen("10.0.1.1:999", "10.0.1.2:80", 0, 10)),
			"requests pass them as nginx, puma: nginx waits longer for the response than puma in 1 of 1 requests",
		},
		{
			"all three turned round", []string{"puma", "nginx", "elb"},
			joined(seen("10.0.0.3:997", "10.0.0.4:3000", 2, 6), seen("10.0.0.2:998", "10.0.0.3:80", 1, 8), seen("10.0.0.1:999", "10.0.0.2:80", 0, 10)),
			"requests pass them as elb, nginx, puma",
		},
		{
			"the same address everywhere, so only the waiting tells", []string{"puma", "nginx"},
			joined(seen("127.0.0.1:998", "127.0.0.1:3000", 1, 8), seen("127.0.0.1:999", "127.0.0.1:80", 0, 10)),
			"requests pass them as nginx, puma",
		},
		{
			"nothing tells", []string{"puma", "nginx"},
			joined(seen("10.0.2.1:998", "10.0.2.3:3000", 0, 8), seen("10.0.1.1:999", "10.0.1.2:80", 0, 8)), "",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var hops []chain.Hop
			for i, name := range test.hops {
				hops = append(hops, chain.Hop{Index: i, Name: name})
			}
			o := NewPrecedence(hops)
			o.Observe(test.journey)
			if wrong := o.Wrong(); test.wrong == "" {
				assert.Nil(t, wrong)
			} else {
				require.NotNil(t, wrong)
				assert.ErrorContains(t, wrong, test.wrong)
			}
			assert.Empty(t, o.Same())
		})
	}
}

// A node that gives up waiting answers before the next one does, which says nothing
// of their order.
func TestOrderIsNotToldByAnswersOfTheNodeItself(t *testing.T) {
	o := NewPrecedence([]chain.Hop{{Index: 0, Name: "nginx"}, {Index: 1, Name: "puma"}})
	timeout, late := seen("10.0.1.1:999", "10.0.1.2:80", 0, 60), seen("10.0.2.1:998", "10.0.2.3:3000", 1, 70)
	timeout.Response.Status = 504
	o.Observe(joined(timeout, late))
	assert.Nil(t, o.Wrong())
}

func TestOrderInACircle(t *testing.T) {
	o := NewPrecedence([]chain.Hop{{Index: 0, Name: "a"}, {Index: 1, Name: "b"}, {Index: 2, Name: "c"}})
	pair := func(from, to int, waitFrom, waitTo int64) {
		j := &chain.Journey{Exchanges: make([]*http1.Exchange, 3), Links: []chain.Link{{From: from, To: to, Confidence: chain.Certain}}}
		j.Exchanges[from], j.Exchanges[to] = seen("10.0.1.1:9", "10.0.1.2:80", 0, waitFrom), seen("10.0.2.1:9", "10.0.2.3:3000", 1, waitTo)
		o.Observe(j)
	}
	pair(0, 1, 9, 8)
	pair(1, 2, 9, 8)
	pair(0, 2, 8, 9)
	wrong := o.Wrong()
	require.NotNil(t, wrong)
	assert.Empty(t, wrong.Order)
	assert.ErrorContains(t, wrong, "the hops are given as a, b, c, but c waits longer for the response than a in 1 of 1 requests, and other requests speak for other orders")
}

// A few requests that tell the opposite, such as answers from a cache, do not
// turn the chain round.
func TestOrderNeedsNearlyAllRequests(t *testing.T) {
	o := NewPrecedence([]chain.Hop{{Index: 0, Name: "nginx"}, {Index: 1, Name: "puma"}})
	for i := range int64(10) {
		wait := 10 - i // against the order in the last two
		o.Observe(joined(seen("10.0.1.1:999", "10.0.1.2:80", 0, wait), seen("10.0.2.1:998", "10.0.2.3:3000", 0, 3)))
	}
	assert.Nil(t, o.Wrong())
}

func TestOrderNoticesOneLinkCapturedTwice(t *testing.T) {
	o := NewPrecedence([]chain.Hop{{Index: 0, Name: "nginx"}, {Index: 1, Name: "puma"}})
	o.Observe(joined(seen("10.0.0.1:999", "10.0.0.2:80", 0, 10), seen("10.0.0.1:999", "10.0.0.2:80", 0, 10)))
	require.Nil(t, o.Wrong())
	require.Len(t, o.Same(), 1)
	assert.Contains(t, o.Same()[0], "hops nginx and puma hold the same connections")
}
