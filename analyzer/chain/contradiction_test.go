package chain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/chain"
)

// What looks like an identifier is not believed when it does not identify.
func TestIdentifiersThatLie(t *testing.T) {
	runCases(t, []matchCase{
		{
			"the sample key of RFC 6455: the times decide",
			hops{
				{seen(0, 50, "GET /cable", sampleKey), seen(100, 150, "GET /cable", sampleKey)},
				{seen(1, 45, "GET /cable", sampleKey), seen(101, 145, "GET /cable", sampleKey)},
			},
			[]string{"a1 likely(Sec-WebSocket-Key time) b1", "a2 likely(Sec-WebSocket-Key time) b2"},
		},
		{
			"the sample key once at each hop, at other times: clocks apart, or two requests",
			hops{{seen(0, 50, "GET /cable", sampleKey)}, {seen(5000, 5050, "GET /cable", sampleKey)}},
			[]string{"a1 guess(Sec-WebSocket-Key) b1"},
		},
		{
			"a constant request id on another path",
			hops{
				{seen(0, 50, "GET /x", "X-Request-Id: 42ab"), seen(200, 250, "GET /z", "X-Request-Id: 42ab")},
				{seen(1, 45, "GET /y", "X-Request-Id: 42ab")},
			},
			[]string{"a1", "b1", "a2"},
		},
		{
			"a placeholder",
			hops{{seen(0, 50, "GET /x", "X-Request-Id: -")}, {seen(1, 45, "GET /y", "X-Request-Id: -")}},
			[]string{"a1", "b1"},
		},
		{
			"two identifiers name different requests",
			hops{
				{seen(0, 50, "GET /x", keyOne, "X-Request-Id: 7b2c"), seen(1, 51, "GET /x", "X-Request-Id: 9f00")},
				{seen(2, 45, "GET /x", keyOne, "X-Request-Id: 9f00")},
			},
			[]string{"a1 likely(Sec-WebSocket-Key) b1", "a2"},
		},
		{
			"another method",
			hops{{seen(0, 50, "GET /x", "X-Request-Id: 7b2c")}, {seen(1, 45, "POST /x", "X-Request-Id: 7b2c")}},
			[]string{"a1", "b1"},
		},
	})
}

// A key that lies, and a target that the node replaces: the rest of the head and the
// times decide, where the hops have one clock.
func TestReplacedTargets(t *testing.T) {
	for _, c := range []matchCase{
		{
			"one after the other",
			hops{
				{seen(0, 50, "GET /ws/cable", sampleKey, firefox), seen(100, 150, "GET /ws/cable", sampleKey, firefox)},
				{seen(1, 45, "GET /cable", sampleKey, firefox), seen(101, 145, "GET /cable", sampleKey, firefox)},
			},
			[]string{"a1 likely(handshake time) b1", "a2 likely(handshake time) b2"},
		},
		{
			"the same by another client",
			hops{{seen(0, 50, "GET /ws/cable", sampleKey, firefox)}, {seen(1, 45, "GET /cable", sampleKey, chrome)}},
			[]string{"a1", "b1"},
		},
		{
			"the same with nothing else in the head",
			hops{{seen(0, 50, "GET /ws/cable", sampleKey)}, {seen(1, 45, "GET /cable", sampleKey)}},
			[]string{"a1", "b1"},
		},
		{
			"the same at the same time",
			hops{
				{seen(0, 50, "GET /ws/cable", sampleKey, firefox), seen(1, 50, "GET /wss/cable", sampleKey, firefox)},
				{seen(2, 45, "GET /cable", sampleKey, firefox), seen(3, 45, "GET /cable", sampleKey, firefox)},
			},
			[]string{"a1 guess(handshake order time) b1", "a2 guess(handshake order time) b2"},
		},
		{
			"another key and another target",
			hops{{seen(0, 50, "GET /ws/cable", keyOne, firefox)}, {seen(1, 45, "GET /cable", keyTwo, firefox)}},
			[]string{"a1", "b1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, match(c.hops, chain.Options{Clocks: []int{0, 0}}))
		})
	}
}

// A weak signal never joins what a strong one tells apart.
func TestContradictions(t *testing.T) {
	runCases(t, []matchCase{
		{
			"request ids differ",
			hops{{seen(0, 50, "GET /x", "X-Request-Id: 7b2c")}, {seen(1, 45, "GET /x", "X-Request-Id: 9f00")}},
			[]string{"a1", "b1"},
		},
		{
			"one of them has none",
			hops{{seen(0, 50, "GET /x", "X-Request-Id: 7b2c")}, {seen(1, 45, "GET /x")}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"two hops on, over one without",
			hops{
				{seen(0, 50, "GET /x", "X-Request-Id: 7b2c")},
				{seen(1, 45, "GET /x")},
				{seen(2, 40, "GET /x", "X-Request-Id: 9f00")},
			},
			[]string{"a1 likely(head time) b1", "c1"},
		},
		{
			"a new key alone is legal",
			hops{{seen(0, 50, "GET /cable", keyOne)}, {seen(1, 45, "GET /cable", keyTwo)}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"a new key, and an answer that was not seen",
			hops{{seen(0, 50, "GET /cable", keyOne)}, {seen(1, 45, "GET /cable", keyTwo).unanswered()}},
			[]string{"a1 guess(head time) b1"},
		},
		{
			"a new key, and another answer",
			hops{{seen(0, 50, "GET /cable", keyOne).answered(502)}, {seen(1, 45, "GET /cable", keyTwo).answered(101)}},
			[]string{"a1 guess(head time) b1"},
		},
		{
			"a new key, and nothing else of a handshake",
			hops{{seen(0, 50, "GET /cable", keyOne, "Upgrade: websocket", "Connection: Upgrade")}, {seen(1, 45, "GET /cable", keyTwo, "Connection: close")}},
			[]string{"a1 guess(head time) b1"},
		},
		{
			"one key, nothing else of a handshake, and messages lost at both: it may have asked twice",
			hops{{seen(0, 50, "GET /cable", keyOne, "Upgrade: websocket", "Connection: Upgrade").unanswered().lossy()}, {seen(1, 45, "GET /cable", keyOne, "Connection: close").lossy()}},
			[]string{"a1 guess(Sec-WebSocket-Key) b1"},
		},
		{
			"the same with the same answer",
			hops{{seen(0, 50, "GET /cable", keyOne, "Upgrade: websocket", "Connection: Upgrade").lossy()}, {seen(1, 45, "GET /cable", keyOne, "Connection: close").lossy()}},
			[]string{"a1 certain(Sec-WebSocket-Key) b1"},
		},
		{
			"one key from different ends: what comes back may be what was asked",
			hops{{seen(0, 50, "GET /cable", keyOne).unanswered()}, {seen(1, 45, "GET /cable", keyOne).turned().unanswered()}},
			[]string{"a1 guess(Sec-WebSocket-Key) b1"},
		},
		{
			"the same with the same answer: it came through a reverse tunnel",
			hops{{seen(0, 50, "GET /cable", keyOne)}, {seen(1, 45, "GET /cable", keyOne).turned()}},
			[]string{"a1 certain(Sec-WebSocket-Key) b1"},
		},
		{
			"a handshake, and a check of the server that has no field of it",
			hops{{seen(0, 50, "GET /cable", keyOne, firefox, "Upgrade: websocket", "Connection: Upgrade")}, {seen(1, 45, "GET /cable")}},
			[]string{"a1 guess(target time) b1"},
		},
		{
			"the same with the browser's name",
			hops{{seen(0, 50, "GET /cable", keyOne, firefox, "Upgrade: websocket", "Connection: Upgrade")}, {seen(1, 45, "GET /cable", firefox)}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"a new key beside an equal request id",
			hops{{seen(0, 50, "GET /cable", keyOne, "X-Request-Id: 7b2c")}, {seen(1, 45, "GET /cable", keyTwo, "X-Request-Id: 7b2c")}},
			[]string{"a1 likely(X-Request-Id) b1"},
		},
		{
			"a new key where other keys pass",
			hops{
				{seen(0, 50, "GET /cable", keyOne), seen(500, 550, "GET /cable", sampleKey)},
				{seen(1, 45, "GET /cable", keyOne), seen(501, 545, "GET /cable", keyTwo)},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b1", "a2 guess(head time) b2"},
		},
		{
			"an answer that no node makes of the other",
			hops{{seen(0, 50, "GET /x").answered(404)}, {seen(1, 45, "GET /x").answered(200)}},
			[]string{"a1 guess(head time) b1"},
		},
		{
			"the node's own error",
			hops{{seen(0, 50, "GET /x").answered(504)}, {seen(1, 45, "GET /x").answered(200)}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"a stored answer that was found to be good still",
			hops{{seen(0, 50, "GET /x").answered(200)}, {seen(1, 45, "GET /x").answered(304)}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"a 101 that was swallowed",
			hops{{seen(0, 50, "GET /x").answered(400)}, {seen(1, 45, "GET /x").answered(101)}},
			[]string{"a1 likely(head time) b1"},
		},
		{
			"another browser",
			hops{{seen(0, 50, "GET /x", firefox)}, {seen(1, 45, "GET /x", chrome)}},
			[]string{"a1", "b1"},
		},
		{
			"the target was rewritten and nothing else speaks",
			hops{{seen(0, 50, "GET /app/x", firefox)}, {seen(1, 45, "GET /x", firefox)}},
			[]string{"a1", "b1"},
		},
	})
}

// Where the hops have one clock, nothing comes before what caused it, and what takes far
// longer than others is more than a pair that is alike.
func TestCauseAndTime(t *testing.T) {
	for _, c := range []matchCase{
		{
			"one key, and the later hop saw it first",
			hops{{seen(10_000, 10_050, "GET /cable", keyOne)}, {seen(0, 45, "GET /cable", keyOne)}},
			[]string{"a1 guess(Sec-WebSocket-Key) b1"},
		},
		{
			"one key, and the later hop saw it a moment earlier",
			hops{{seen(1, 50, "GET /cable", keyOne)}, {seen(0, 45, "GET /cable", keyOne)}},
			[]string{"a1 certain(Sec-WebSocket-Key) b1"},
		},
		{
			"a check of the server alone, while a handshake is waited for",
			hops{{seen(0, 60_000, "GET /cable", keyOne).answered(504)}, {seen(30_000, 30_003, "GET /cable").answered(426)}},
			[]string{"a1 guess(head order time) b1"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, match(c.hops, chain.Options{Clocks: []int{0, 0}}))
		})
	}
}
