package chain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

const (
	keyOne    = "Sec-WebSocket-Key: 4hnFLCT2c6yZNXJfXn2K8A=="
	keyTwo    = "Sec-WebSocket-Key: Ot7+Fwqh1sYk5Wc9b3xT7g=="
	sampleKey = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
	firefox   = "User-Agent: Firefox"
	chrome    = "User-Agent: Chrome"
)

type matchCase struct {
	name string
	hops hops
	want []string
}

func runCases(t *testing.T, cases []matchCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, match(c.hops, chain.Options{}))
		})
	}
}

// Identifiers join for certain where they occur once at each hop; clocks and
// paths don't matter then.
func TestUniqueIdentifiers(t *testing.T) {
	runCases(t, []matchCase{
		{
			"the key of a handshake, through a node that dropped Upgrade",
			hops{
				{seen(0, 50, "GET /cable", "Upgrade: websocket", keyOne), seen(1, 51, "GET /cable", "Upgrade: websocket", keyTwo)},
				{seen(3, 40, "GET /cable", keyTwo), seen(4, 45, "GET /cable", keyOne)},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b2", "a2 certain(Sec-WebSocket-Key) b1"},
		},
		{
			"three hops",
			hops{
				{seen(0, 50, "GET /cable", keyOne)},
				{seen(1, 45, "GET /cable", keyOne, "X-Request-Id: 7b2c")},
				{seen(2, 40, "GET /cable", keyOne, "X-Request-Id: 7b2c")},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b1 certain(Sec-WebSocket-Key X-Request-Id) c1"},
		},
		{
			"clocks an hour apart",
			hops{{seen(3_600_000, 3_600_050, "GET /", "X-Request-Id: 7b2c")}, {seen(1, 45, "GET /", "X-Request-Id: 7b2c")}},
			[]string{"a1 certain(X-Request-Id) b1"},
		},
		{
			"a prefix was stripped from the path",
			hops{{seen(0, 50, "GET /app/x", "X-Request-Id: 7b2c")}, {seen(1, 45, "GET /x", "x-request-id: 7b2c")}},
			[]string{"a1 certain(X-Request-Id) b1"},
		},
		{
			"a trace-id with another parent-id",
			hops{
				{seen(0, 50, "GET /x", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")},
				{seen(1, 45, "GET /x", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01")},
			},
			[]string{"a1 certain(traceparent) b1"},
		},
		{
			"a trace-id and another path: it may be another request of the trace",
			hops{
				{seen(0, 50, "GET /x", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")},
				{seen(1, 45, "GET /y", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-b7ad6b7169203331-01")},
			},
			[]string{"a1 likely(traceparent) b1"},
		},
		{
			"a load balancer puts its Self before the Root",
			hops{
				{seen(0, 50, "GET /x", "X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678")},
				{seen(1, 45, "GET /x", "X-Amzn-Trace-Id: Self=1-67891234-12456789abcdef012345678;Root=1-67891233-abcdef012345678912345678")},
			},
			[]string{"a1 certain(X-Amzn-Trace-Id) b1"},
		},
		{
			"a head that was not seen whole has what it has",
			hops{{seen(0, 50, "GET /x", "CF-Ray: 8a1b", firefox)}, {seen(1, 45, "GET /x", "CF-Ray: 8a1b").cut()}},
			[]string{"a1 certain(CF-Ray) b1"},
		},
		{
			"the status of a node's own error is no contradiction",
			hops{{seen(0, 50, "GET /x", keyOne).answered(502)}, {seen(1, 45, "GET /x", keyOne).answered(101)}},
			[]string{"a1 certain(Sec-WebSocket-Key) b1"},
		},
		{
			"not captured at the hop between",
			hops{{seen(0, 50, "GET /x", keyOne)}, {}, {seen(1, 45, "GET /x", keyOne)}},
			[]string{"a1 certain(Sec-WebSocket-Key) c1"},
		},
	})
}

// Without identifiers: who sent it, what it looks like, when.
func TestWeakSignals(t *testing.T) {
	runCases(t, []matchCase{
		{
			"X-Forwarded-For's tail is the client at the hop before",
			hops{
				{seen(0, 50, "GET /x").from("198.51.100.7:5555"), seen(1, 51, "GET /x").from("198.51.100.8:5555")},
				{seen(3, 40, "GET /x", "X-Forwarded-For: 10.1.1.1, 198.51.100.8"), seen(4, 45, "GET /x", "X-Forwarded-For: 198.51.100.7")},
			},
			[]string{"a1 likely(x-forwarded-for time) b2", "a2 likely(x-forwarded-for time) b1"},
		},
		{
			"over a hop between, the last but one",
			hops{
				{seen(0, 50, "GET /x").from("198.51.100.7:5555"), seen(1, 51, "GET /x").from("198.51.100.8:5555")},
				{},
				{seen(3, 40, "GET /x", "X-Forwarded-For: 198.51.100.8", "X-Forwarded-For: 10.0.0.1")},
			},
			[]string{"a1", "a2 likely(x-forwarded-for time) c1"},
		},
		{
			"two browsers behind one address",
			hops{
				{seen(0, 50, "GET /x", firefox).from("198.51.100.7:5555"), seen(1, 51, "GET /x", chrome).from("198.51.100.7:5556")},
				{
					seen(3, 40, "GET /x", chrome, "X-Forwarded-For: 198.51.100.7"),
					seen(4, 45, "GET /x", firefox, "X-Forwarded-For: 198.51.100.7"),
				},
			},
			[]string{"a1 likely(x-forwarded-for time) b2", "a2 likely(x-forwarded-for time) b1"},
		},
		{
			"fields that proxies add, drop and rewrite are left out",
			hops{
				{seen(0, 50, "GET /x", "Host: www.example.com", "Connection: keep-alive", firefox)},
				{seen(1, 45, "GET /x", "Host: puma:3000", "Connection: close", "Via: 1.1 nginx", "X-Real-IP: 192.0.2.1", firefox)},
			},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"the same target, spelled anew",
			hops{{seen(0, 50, "GET http://example.com/a%2db//c?q=%41")}, {seen(1, 45, "GET /a-b/c?q=%41")}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"dot segments",
			hops{{seen(0, 50, "GET /a/./x/../b/%2e%2e/c/.?q=../d")}, {seen(1, 45, "GET /a/c/?q=../d")}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"Forwarded in place of X-Forwarded-For (RFC 7239)",
			hops{
				{seen(0, 50, "GET /x").from("198.51.100.7:5555"), seen(1, 51, "GET /x").from("[2001:db8::8]:5555")},
				{
					seen(3, 40, "GET /x", `Forwarded: for=192.0.2.43;proto=http, FOR="[2001:db8::8]:4711";by=10.0.0.9`),
					seen(4, 45, "GET /x", "Forwarded: for=198.51.100.7"),
				},
			},
			[]string{"a1 likely(x-forwarded-for time) b2", "a2 likely(x-forwarded-for time) b1"},
		},
		{
			"the cookie was dropped on the way",
			hops{{seen(0, 50, "GET /x", firefox, "Cookie: s=1")}, {seen(1, 45, "GET /x", firefox)}},
			[]string{"a1 likely(target time) b1"},
		},
		{
			"a head that ends after the request line",
			hops{{seen(0, 50, "GET /x", firefox)}, {seen(1, 45, "GET /x").cut()}},
			[]string{"a1 likely(target time) b1"},
		},
		{
			"an answer without a request matches nothing",
			hops{{seen(0, 50, "GET /x")}, {seen(1, 45, "GET /x").onlyAnswer()}},
			[]string{"a1", "b1"},
		},
		{
			"a request that was never answered",
			hops{{seen(0, 50, "GET /x").unanswered()}, {seen(1, 45, "GET /x").unanswered()}},
			[]string{"a1 likely(head time) b1"},
		},
	})
}

// The PROXY protocol names the client's connection at the hop before, and the
// place on it tells its requests apart.
func TestProxyProtocol(t *testing.T) {
	balancer := &http1.Conn{ID: 1, Client: addrPort("198.51.100.7:5555"), Whole: true}
	server := &http1.Conn{ID: 9, Client: addrPort("10.0.0.1:7777"), Whole: true,
		Proxy: []http1.ProxyHeader{{Version: 2, Source: addrPort("198.51.100.7:5555")}}}
	runCases(t, []matchCase{
		{
			"bytes passed on: the same heads both ways",
			hops{
				{seen(0, 50, "GET /x").on(balancer, 0), seen(60, 90, "GET /x").on(balancer, 1)},
				{seen(1, 45, "GET /x").on(server, 0), seen(61, 85, "GET /x").on(server, 1)},
			},
			[]string{"a1 certain(proxy-protocol) b1", "a2 certain(proxy-protocol) b2"},
		},
		{
			"messages passed on: the node may have answered one itself",
			hops{{seen(0, 50, "GET /x", "Host: a").on(balancer, 0)}, {seen(1, 45, "GET /x", "Host: b").on(server, 0)}},
			[]string{"a1 likely(proxy-protocol) b1"},
		},
		{
			"the node refused the first request itself",
			hops{
				{seen(0, 5, "GET /x").on(balancer, 0).answered(429), seen(60, 90, "GET /x").on(balancer, 1)},
				{seen(61, 85, "GET /x").on(server, 0)},
			},
			[]string{"a1", "a2 likely(head time) b1"},
		},
		{
			"both hops were told the same source",
			hops{
				{seen(0, 50, "GET /x", "Host: a").from("10.0.0.1:1").proxied("198.51.100.7:5555")},
				{seen(1, 45, "GET /x", "Host: b").from("10.0.0.2:2").proxied("198.51.100.7:5555")},
			},
			[]string{"a1 likely(proxy-protocol) b1"},
		},
		{
			"where the start was not seen the place is not known",
			hops{
				{seen(0, 50, "GET /x").from("198.51.100.7:5555").startUnseen()},
				{seen(1, 45, "GET /x").from("10.0.0.2:2").proxied("198.51.100.7:5555")},
			},
			[]string{"a1 likely(head time) b1"},
		},
	})
}

// Requests that look alike are told apart by their times, or not at all.
func TestTimes(t *testing.T) {
	one := &http1.Conn{ID: 1, Client: addrPort("198.51.100.7:5555"), Whole: true}
	other := &http1.Conn{ID: 2, Client: addrPort("10.0.0.1:7777"), Whole: true}
	runCases(t, []matchCase{
		{
			"a client that connects again and again",
			hops{
				{seen(0, 50, "GET /cable"), seen(5000, 5050, "GET /cable"), seen(10000, 10050, "GET /cable")},
				{seen(1, 45, "GET /cable"), seen(10001, 10045, "GET /cable")},
			},
			[]string{"a1 likely(head time) b1", "a2", "a3 likely(head time) b2"},
		},
		{
			"one way only to pair them",
			hops{
				{seen(0, 50, "GET /"), seen(20, 90, "GET /")},
				{seen(30, 45, "GET /"), seen(40, 80, "GET /")},
			},
			[]string{"a1 likely(head time) b1", "a2 likely(head time) b2"},
		},
		{
			"two ways to pair them",
			hops{
				{seen(0, 90, "GET /"), seen(1, 91, "GET /")},
				{seen(30, 45, "GET /"), seen(40, 80, "GET /")},
			},
			[]string{"a1 guess(head order time) alike b1", "a2 guess(head order time) alike b2"},
		},
		{
			"two ways to pair them, and one of them was refused",
			hops{
				{seen(0, 90, "GET /").answered(503), seen(1, 91, "GET /")},
				{seen(30, 45, "GET /").answered(503), seen(40, 80, "GET /")},
			},
			[]string{"a1 guess(head order time) b1", "a2 guess(head order time) b2"},
		},
		{
			"two ways, but each hop has one connection, which keeps the order",
			hops{
				{seen(0, 90, "GET /").on(one, 0), seen(0, 91, "GET /").on(one, 1)},
				{seen(30, 45, "GET /").on(other, 3), seen(46, 80, "GET /").on(other, 4)},
			},
			[]string{"a1 likely(head order time) b1", "a2 likely(head order time) b2"},
		},
		{
			"two that could have caused one",
			hops{{seen(0, 90, "GET /"), seen(1, 91, "GET /")}, {seen(30, 45, "GET /")}},
			[]string{"a1 guess(head order time) b1", "a2"},
		},
		{
			"the answer was there before it came from behind",
			hops{{seen(0, 20, "GET /")}, {seen(1, 45, "GET /")}},
			[]string{"a1 guess(head) b1"},
		},
		{
			"captures that have no time in common",
			hops{{seen(0, 20, "GET /")}, {seen(90_000, 90_020, "GET /")}},
			[]string{"a1", "b1"},
		},
	})
}
