package chain_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// Captures can hold any times and any parts of exchanges: every exchange still
// comes out once.
func TestAnyTimesAndParts(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	times := []int64{0, 1, -1, 1e18, 1e18 + 1e6, 1e18 - 3600e9, math.MaxInt64, math.MaxInt64 - 1, math.MinInt64, math.MinInt64 + 1}
	pick := func() int64 { return times[rng.IntN(len(times))] }
	ids := []string{"", "a", "b", "c"}
	conns := []*http1.Conn{{ID: 1, Whole: true}, {ID: 2}, {ID: 3, Proxy: []http1.ProxyHeader{{}}}}
	for range 300 {
		given, added := 0, 0
		m := chain.NewMatcher(3, chain.Options{Window: 1 + rng.IntN(40), Pool: 64}, func(j *chain.Journey) {
			for hop, x := range j.Exchanges {
				if x != nil {
					given++
				}
				if j.Retries != nil {
					given += len(j.Retries[hop])
				}
			}
		})
		for range rng.IntN(200) {
			x := &http1.Exchange{Conn: conns[rng.IntN(len(conns))], Index: rng.IntN(3), Unanswered: rng.IntN(2) == 0}
			if rng.IntN(8) > 0 {
				x.Request = &http1.Message{Method: "GET", Target: "/" + ids[rng.IntN(4)], Complete: rng.IntN(4) > 0, Start: pick(), End: pick(),
					Fields: []http1.Field{{Name: "X-Request-Id", Value: ids[rng.IntN(4)]}, {Name: "Sec-WebSocket-Key", Value: ids[rng.IntN(4)]}}}
			}
			if rng.IntN(3) > 0 {
				x.Response = &http1.Message{Status: 200 + 302*rng.IntN(2), Complete: true, Start: pick(), End: pick()}
			}
			x.End = http1.End{Cause: http1.EndCause(rng.IntN(4)), Time: pick()}
			m.Add(rng.IntN(3), x)
			added++
			if rng.IntN(20) == 0 {
				m.Advance(rng.IntN(3), pick())
			}
		}
		m.Close()
		m.Clocks()
		require.Equal(t, added, given)
		for hop, h := range m.Stats().Hops {
			m.Offset(hop)
			require.Equal(t, h.Exchanges, h.Matched+h.Unmatched)
		}
	}
}
