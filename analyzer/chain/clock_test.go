package chain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
)

// clocksOf runs a matcher and gives what it found out about the clocks.
func clocksOf(l load, n int, options chain.Options) []chain.Clock {
	w := newWorld(17, l)
	return judge(w, w.live(n), options).clocks
}

// The true offset lies within what is said of it.
func TestOffsets(t *testing.T) {
	skew := [3]int64{0, 300e9, -3e6}
	drift := [3]float64{0, 50e-6, 0}
	traffic := map[string]load{
		"certain links": {gap: 10e6, users: 200, plain: 0.5, lost: 0.02, retried: 0.02},
		"heads alone":   {gap: 10e6, users: 2000, plain: 1, lost: 0.02, retried: 0.02},
	}
	for name, l := range traffic {
		t.Run(name, func(t *testing.T) {
			l.skew, l.drift = skew, drift
			clocks := clocksOf(l, 20_000, chain.Options{})
			require.Len(t, clocks, worldHops)
			assert.Equal(t, chain.Clock{Known: true, At: clocks[0].At}, clocks[0])
			for hop := 1; hop < worldHops; hop++ {
				c := clocks[hop]
				require.True(t, c.Known)
				assert.Zero(t, c.To)
				assert.NotZero(t, c.Links)
				inTruth := float64(c.At-1e18-skew[hop]) / (1 + drift[hop])
				offset := int64(inTruth) + 1e18 - c.At
				assert.InDelta(t, offset, c.Offset, float64(c.Error), "hop %d", hop)
				assert.Less(t, c.Error, int64(2*time.Millisecond))
				assert.InDelta(t, -1e9*drift[hop]/(1+drift[hop]), c.Drift, 1000, "ns per s")
			}
		})
	}
}

// Clocks that are not shown to differ are taken as equal: on one host nothing
// needs correction.
func TestClocksThatAgree(t *testing.T) {
	for _, c := range clocksOf(load{gap: 10e6, users: 200, plain: 0.5, lost: 0.02}, 5000, chain.Options{}) {
		assert.True(t, c.Known)
		assert.Zero(t, c.Offset)
		assert.Zero(t, c.Drift)
	}
	t.Run("one clock, as was said", func(t *testing.T) {
		for _, c := range clocksOf(load{gap: 10e6, users: 200, plain: 1}, 1000, chain.Options{Clocks: []int{4, 4, 4}}) {
			assert.Equal(t, chain.Clock{Hop: c.Hop, At: c.At, Known: true}, c)
		}
	})
}

// Where nothing tells how the clocks stand, nothing is linked by time: what is
// alike everywhere fits at any offset.
func TestClocksNotKnown(t *testing.T) {
	w := newWorld(23, load{gap: 5e6, users: 1, alike: 1, skew: [3]int64{0, 7e9, 0}})
	s := judge(w, w.live(5000), chain.Options{})
	assert.Zero(t, s.right[chain.Likely]+s.wrong[chain.Likely])
	assert.Zero(t, s.right[chain.Certain]+s.wrong[chain.Certain])
	for _, c := range s.clocks[1:] {
		assert.False(t, c.Known)
		assert.Zero(t, c.Offset)
	}
}

// Requests at regular intervals in captures that have no time in common are
// not the same, however alike they are.
func TestCapturesThatDoNotOverlap(t *testing.T) {
	var h hops
	for _, begin := range []int{0, 3_600_000} {
		var seenHere []sighting
		for i := range 30 {
			at := begin + 5000*i
			seenHere = append(seenHere, seen(at, at+50, fmt.Sprintf("GET /report/%d", i), "Cookie: s=1"))
		}
		h = append(h, seenHere)
	}
	for _, journey := range match(h, chain.Options{}) {
		assert.NotContains(t, journey, " ", "a journey of more than one hop")
	}
}

// A matcher tells on the way by how much the sources must be shifted to be read
// side by side, and how far each hop's exchanges reach.
func TestOffsetOnTheWay(t *testing.T) {
	m := chain.NewMatcher(2, chain.Options{Window: 1}, func(*chain.Journey) {})
	m.Add(0, seen(0, 50, "GET /", keyOne).Exchange)
	assert.Zero(t, m.Offset(1))
	m.Add(1, seen(60_002, 60_048, "GET /", keyOne).Exchange)
	assert.Equal(t, ms(-60_000), m.Offset(1))
	assert.Equal(t, ms(5), m.Time(1, ms(60_005)))
	c := m.Clocks()[1]
	assert.Equal(t, ms(-60_000), c.Offset)
	assert.Equal(t, ms(2)+int64(50*time.Microsecond), c.Error)
	assert.Equal(t, 1, c.Links)
	h := m.Stats().Hops[1]
	assert.Equal(t, ms(60_002), h.First)
	assert.Equal(t, ms(60_048), h.Last)
}
