package chain_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
)

// Every exchange is given out in one journey, and the counts say so.
func TestEveryExchangeOnce(t *testing.T) {
	w := newWorld(7, load{gap: 1e6, users: 300, plain: 0.4, alike: 0.05, lost: 0.05})
	captured := w.live(5000)
	given := make(map[any]int)
	for _, pool := range []int{0, 2000} {
		clear(given)
		m := chain.NewMatcher(worldHops, chain.Options{Window: 1000, Pool: pool}, func(j *chain.Journey) {
			for _, x := range j.Exchanges {
				if x != nil {
					given[x]++
				}
			}
		})
		for _, c := range captured {
			m.Add(c.hop, c.x)
		}
		m.Close()
		require.Len(t, given, len(captured))
		for _, n := range given {
			require.Equal(t, 1, n)
		}
		for _, h := range m.Stats().Hops {
			assert.Equal(t, h.Exchanges, h.Matched+h.Unmatched)
		}
	}
}

// Within a batch it doesn't matter which hop was read first.
func TestOrderBetweenHopsDoesNotShow(t *testing.T) {
	w := newWorld(11, load{gap: 1e6, users: 300, plain: 0.5, alike: 0.1, lost: 0.05})
	captured := w.live(3000)
	names := make(map[any]int)
	for i, c := range captured {
		names[c.x] = i
	}
	run := func(captured []capturedExchange) [][]any {
		var all [][]any
		m := chain.NewMatcher(worldHops, chain.Options{}, func(j *chain.Journey) {
			line := []any{j.Links}
			for _, x := range j.Exchanges {
				if x != nil {
					line = append(line, names[x])
				} else {
					line = append(line, nil)
				}
			}
			all = append(all, line)
		})
		for _, c := range captured {
			m.Add(c.hop, c.x)
		}
		m.Close()
		return all
	}
	want := run(captured)
	for _, order := range [][]int{{0, 1, 2}, {2, 1, 0}, {1, 2, 0}} {
		var permuted []capturedExchange
		for _, hop := range order {
			for _, c := range captured {
				if c.hop == hop {
					permuted = append(permuted, c)
				}
			}
		}
		require.Equal(t, want, run(permuted), "hops in the order %v", order)
	}
}

// What can't match any more is let go: by age, without a word; by the limit of
// the pool, counted.
func TestLettingGo(t *testing.T) {
	stream := func(options chain.Options, hops int, gap int) (int, chain.Stats) {
		given := 0
		m := chain.NewMatcher(2, options, func(*chain.Journey) { given++ })
		for i := range 10_000 {
			for hop := range hops {
				m.Add(hop, seen(i*gap, i*gap+1, "GET /of/"+string(rune('a'+hop))).Exchange)
			}
		}
		return given, m.Stats()
	}
	t.Run("by age", func(t *testing.T) {
		given, s := stream(chain.Options{Window: 100, Skew: 10 * time.Second}, 2, 100)
		assert.Greater(t, given, 18_000)
		assert.Zero(t, s.Hops[0].LetGo)
	})
	t.Run("by age, where nothing is known of the clocks for long", func(t *testing.T) {
		given, s := stream(chain.Options{Window: 100}, 2, 1000)
		assert.Greater(t, given, 17_000)
		assert.Zero(t, s.Hops[0].LetGo)
	})
	t.Run("by the limit, where the other hop is silent", func(t *testing.T) {
		given, s := stream(chain.Options{Window: 100, Pool: 1000}, 1, 100)
		assert.InDelta(t, 9375, given, 126) // between a half and three quarters of the pool wait
		assert.EqualValues(t, given, s.Hops[0].LetGo)
	})
	t.Run("by age, where the other hop is known to have ended", func(t *testing.T) {
		given := 0
		m := chain.NewMatcher(2, chain.Options{Window: 100, Pool: 1000}, func(*chain.Journey) { given++ })
		m.Advance(1, 1<<63-1)
		for i := range 10_000 {
			m.Add(0, seen(i*1000, i*1000+1, "GET /").Exchange)
		}
		assert.Greater(t, given, 9_800)
		assert.Zero(t, m.Stats().Hops[0].LetGo)
	})
}

// Journeys come out by the start of their first exchange.
func TestOrderOfJourneys(t *testing.T) {
	w := newWorld(3, load{gap: 1e6, users: 300, plain: 0.4, lost: 0.1})
	captured := w.live(2000)
	var starts []int64
	m := chain.NewMatcher(worldHops, chain.Options{}, func(j *chain.Journey) {
		for _, x := range j.Exchanges {
			if x != nil {
				starts = append(starts, x.Start())
				return
			}
		}
	})
	for _, c := range captured {
		m.Add(c.hop, c.x)
	}
	m.Close()
	assert.True(t, slices.IsSorted(starts))
}

// A value that was unique in its batch and comes again in a later one is not
// believed any more.
func TestValuesThatComeAgain(t *testing.T) {
	var journeys []string
	m, add := oneByOne(&journeys)
	add(0, "a1", seen(0, 50, "GET /x", "X-Request-Id: 7b2c"))
	add(1, "b1", seen(1, 45, "GET /x", "X-Request-Id: 7b2c"))
	require.Equal(t, []string{"a1 certain(X-Request-Id) b1"}, journeys)
	add(0, "a2", seen(100, 150, "GET /y", "X-Request-Id: 7b2c"))
	add(1, "b2", seen(101, 145, "GET /z", "X-Request-Id: 7b2c"))
	add(0, "a3", seen(200, 250, "GET /y", "X-Request-Id: 7b2c"))
	add(1, "b3", seen(201, 245, "GET /y", "X-Request-Id: 7b2c"))
	m.Close()
	assert.Equal(t, []string{"a2", "b2", "a3 likely(X-Request-Id time) b3"}, journeys[1:])
}
