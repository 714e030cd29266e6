package chain_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// A node that tries the next server makes several exchanges of one request:
// one journey. A client that tries again makes several requests.
func TestRetries(t *testing.T) {
	pooled := &http1.Conn{ID: 9, Client: addrPort("10.0.0.1:7777"), Whole: true}
	runCases(t, []matchCase{
		{
			"the first server fails, the second answers",
			hops{
				{seen(0, 90, "GET /cable", keyOne).answered(101)},
				{seen(1, 20, "GET /cable", keyOne).answered(502), seen(25, 80, "GET /cable", keyOne).answered(101)},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b2 after b1"},
		},
		{
			"the first hangs up, the second fails, the third answers; clocks apart",
			hops{
				{seen(0, 90, "GET /", "X-Request-Id: 7b2c")},
				{
					seen(70_001, 70_002, "GET /", "X-Request-Id: 7b2c").unanswered(),
					seen(70_005, 70_020, "GET /", "X-Request-Id: 7b2c").answered(503),
					seen(70_025, 70_080, "GET /", "X-Request-Id: 7b2c"),
				},
			},
			[]string{"a1 certain(X-Request-Id) b3 after b1 after b2"},
		},
		{
			"all of them fail",
			hops{
				{seen(0, 90, "GET /", keyOne).answered(502)},
				{seen(1, 20, "GET /", keyOne).unanswered(), seen(25, 30, "GET /", keyOne).unanswered()},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b2 after b1"},
		},
		{
			"the attempts reach a third hop",
			hops{
				{seen(0, 90, "GET /", keyOne)},
				{seen(1, 20, "GET /", keyOne).answered(502), seen(25, 80, "GET /", keyOne)},
				{seen(2, 19, "GET /", keyOne).answered(500), seen(26, 70, "GET /", keyOne)},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b2 after b1 certain(Sec-WebSocket-Key) c2 after c1"},
		},
		{
			"only the first of them reaches a third hop",
			hops{
				{seen(0, 90, "GET /", keyOne).answered(503), seen(200, 250, "GET /x", keyTwo)},
				{seen(1, 20, "GET /", keyOne).answered(502), seen(25, 80, "GET /", keyOne).answered(503), seen(201, 249, "GET /x", keyTwo)},
				{seen(2, 19, "GET /", keyOne).answered(500), seen(202, 248, "GET /x", keyTwo)},
			},
			[]string{"a1 certain(Sec-WebSocket-Key) b2 after b1 after c1", "a2 certain(Sec-WebSocket-Key) b3 certain(Sec-WebSocket-Key) c2"},
		},
		{
			"the first answered well: what the second is can't be told",
			hops{
				{seen(0, 90, "GET /", keyOne)},
				{seen(1, 20, "GET /", keyOne), seen(25, 80, "GET /", keyOne)},
			},
			[]string{"a1 guess(Sec-WebSocket-Key order time) b1", "b2"},
		},
		{
			"both at once: no retry",
			hops{
				{seen(0, 90, "GET /", keyOne)},
				{seen(1, 70, "GET /", keyOne).answered(503), seen(25, 80, "GET /", keyOne)},
			},
			[]string{"a1 guess(Sec-WebSocket-Key order time) b2", "b1"},
		},
		{
			"no identifier: the first failed, and nothing else can have caused either",
			hops{
				{seen(0, 90, "GET /", firefox)},
				{seen(1, 20, "GET /", firefox).answered(503), seen(25, 80, "GET /", firefox)},
			},
			[]string{"a1 likely(head time) b2 after b1"},
		},
		{
			"no identifier, and two requests at the hop before",
			hops{
				{seen(0, 90, "GET /", firefox), seen(0, 95, "GET /", firefox).from("192.0.2.9:1")},
				{seen(1, 20, "GET /", firefox).answered(503), seen(25, 80, "GET /", firefox)},
			},
			[]string{"a1 guess(head order time) b2", "a2 guess(head order time) b1"},
		},
		{
			"longer than the request took",
			hops{
				{seen(0, 90, "GET /", keyOne)},
				{seen(1, 20, "GET /", keyOne).answered(503), seen(2000, 2050, "GET /", keyOne)},
			},
			[]string{"a1 guess(Sec-WebSocket-Key time) b1", "b2"},
		},
		{
			"on the same connection: not another server",
			hops{
				{seen(0, 90, "GET /", keyOne)},
				{seen(1, 20, "GET /", keyOne).answered(503).on(pooled, 0), seen(25, 80, "GET /", keyOne).on(pooled, 1)},
			},
			[]string{"a1 guess(Sec-WebSocket-Key order time) b2", "b1"},
		},
		{
			"a client tries again after 401, with another id",
			hops{
				{seen(0, 50, "GET /", "X-Request-Id: 7b2c").answered(401), seen(60, 90, "GET /", "X-Request-Id: 9f00")},
				{seen(1, 45, "GET /", "X-Request-Id: 7b2c").answered(401), seen(61, 85, "GET /", "X-Request-Id: 9f00")},
			},
			[]string{"a1 certain(X-Request-Id) b1", "a2 certain(X-Request-Id) b2"},
		},
		{
			"a client tries again with the same id",
			hops{
				{seen(0, 50, "GET /", "X-Request-Id: 7b2c").answered(503), seen(60, 90, "GET /", "X-Request-Id: 7b2c")},
				{seen(1, 45, "GET /", "X-Request-Id: 7b2c").answered(503), seen(61, 85, "GET /", "X-Request-Id: 7b2c")},
			},
			[]string{"a1 likely(X-Request-Id time) b1", "a2 likely(X-Request-Id time) b2"},
		},
		{
			"ten browsers behind one address, all alike",
			hops{
				{seen(0, 50, "GET /cable", "Cookie: s=1"), seen(5000, 5050, "GET /cable", "Cookie: s=1"), seen(9000, 9050, "GET /cable", "Cookie: s=1")},
				{seen(1, 45, "GET /cable", "Cookie: s=1"), seen(5001, 5045, "GET /cable", "Cookie: s=1"), seen(9001, 9045, "GET /cable", "Cookie: s=1")},
			},
			[]string{"a1 likely(head time) b1", "a2 likely(head time) b2", "a3 likely(head time) b3"},
		},
	})
}

// An attempt that failed may have been followed by another: its journey waits
// for that as long as a better partner may come.
func TestRetryInALaterBatch(t *testing.T) {
	var journeys []string
	m, add := oneByOne(&journeys)
	add(1, "b1", seen(1, 20, "GET /", keyOne).answered(503))
	add(0, "a1", seen(0, 90, "GET /", keyOne))
	require.Empty(t, journeys)
	add(1, "b2", seen(30, 80, "GET /", keyOne))
	require.Equal(t, []string{"a1 certain(Sec-WebSocket-Key) b2 after b1"}, journeys)

	add(0, "a2", seen(100, 190, "GET /x", keyTwo).answered(503))
	add(1, "b3", seen(101, 180, "GET /x", keyTwo).answered(503))
	require.Len(t, journeys, 1)
	add(0, "a3", seen(9000, 9090, "GET /y"))
	add(1, "b4", seen(9001, 9080, "GET /y"))
	assert.Equal(t, "a2 certain(Sec-WebSocket-Key) b3", journeys[1])
	m.Close()
	assert.EqualValues(t, 4, m.Stats().Hops[1].Matched)
}

// oneByOne is a matcher of two hops that matches after each exchange that is added, and
// tells journeys by the exchanges' names.
func oneByOne(journeys *[]string) (m *chain.Matcher, add func(hop int, name string, s sighting)) {
	names := map[*http1.Exchange]string{}
	m = chain.NewMatcher(2, chain.Options{Window: 1}, func(j *chain.Journey) { *journeys = append(*journeys, tell(j, names)) })
	return m, func(hop int, name string, s sighting) {
		names[s.Exchange] = name
		m.Add(hop, s.Exchange)
	}
}

// A second between two attempts, as HAProxy has it, is more than others wait for a
// better partner.
func TestRetryAfterASecond(t *testing.T) {
	var journeys []string
	_, add := oneByOne(&journeys)
	add(1, "b1", seen(1, 20, "GET /", keyOne).answered(503))
	add(1, "b2", seen(601, 690, "GET /z", keyTwo))
	add(0, "a2", seen(600, 700, "GET /z", keyTwo))
	require.Equal(t, []string{"a2 certain(Sec-WebSocket-Key) b2"}, journeys)
	add(0, "a1", seen(0, 1290, "GET /", keyOne))
	require.Len(t, journeys, 1, "another attempt may come")
	add(1, "b3", seen(1030, 1280, "GET /", keyOne))
	assert.Equal(t, "a1 certain(Sec-WebSocket-Key) b3 after b1", journeys[1])
}

// However often is looked, what waits alone waits until the other hops have moved on.
func TestWaitsHoweverOften(t *testing.T) {
	a, b := seen(0, 14_000, "GET /cable", keyOne), seen(1, 13_999, "GET /cable", keyOne)
	var journeys []string
	m := chain.NewMatcher(2, chain.Options{}, func(j *chain.Journey) {
		journeys = append(journeys, tell(j, map[*http1.Exchange]string{a.Exchange: "a1", b.Exchange: "b1"}))
	})
	m.Add(0, a.Exchange)
	for i := range int64(1000) {
		m.Advance(0, i*14e6)
		m.Advance(1, i*14e6)
		m.Match()
	}
	require.Empty(t, journeys)
	m.Add(1, b.Exchange)
	m.Close()
	assert.Equal(t, []string{"a1 certain(Sec-WebSocket-Key) b1"}, journeys)
}

// What a client sends through a tunnel passes unchanged, whatever became of
// the heads.
func TestWebSocketFrames(t *testing.T) {
	runCases(t, []matchCase{
		{
			"a new key and another path: nothing else in common",
			hops{
				{seen(0, 50, "GET /app/cable", keyOne).tunnelled(0x5eed), seen(1, 51, "GET /app/cable", keyOne).tunnelled(0xbeef)},
				{seen(2, 45, "GET /cable", keyTwo).tunnelled(0xbeef)},
			},
			[]string{"a1", "a2 certain(websocket-frames) b1"},
		},
		{
			"the sample key twice",
			hops{
				{seen(0, 90, "GET /cable", sampleKey).tunnelled(1), seen(1, 91, "GET /cable", sampleKey).tunnelled(2)},
				{seen(30, 45, "GET /cable", sampleKey).tunnelled(2), seen(40, 80, "GET /cable", sampleKey).tunnelled(1)},
			},
			[]string{"a1 certain(websocket-frames) b2", "a2 certain(websocket-frames) b1"},
		},
		{
			"CONNECT before, GET behind",
			hops{{seen(0, 50, "CONNECT /cable").tunnelled(7)}, {seen(2, 45, "GET /cable", keyTwo).tunnelled(7)}},
			[]string{"a1 certain(websocket-frames) b1"},
		},
		{
			"frames that are not random",
			hops{
				{seen(0, 50, "GET /x").tunnelled(7), seen(100, 150, "GET /x").tunnelled(7)},
				{seen(102, 145, "GET /y").tunnelled(7)},
			},
			[]string{"a1", "a2", "b1"},
		},
		{
			"too few bytes to tell",
			hops{{seen(0, 50, "GET /x").tunnelled(0)}, {seen(1, 45, "GET /y").tunnelled(0)}},
			[]string{"a1", "b1"},
		},
	})
}
