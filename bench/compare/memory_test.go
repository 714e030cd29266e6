//go:build linux

package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/bench"
)

// Small versions of what make bench measures: memory does not follow what is
// read, and the report tells what was let go for it. Limits are so far from what
// is seen that the garbage collector's moods do not matter. Endless heads and
// idle connections are missing: they are bounded by the number of connections
// alone, which takes more memory than a test may.
func TestMemoryIsBounded(t *testing.T) {
	t.Chdir("../..")
	p := plan{dir: t.TempDir()}
	require.NoError(t, p.build(t.Context()))
	peak := func(t *testing.T, h heavy) (int64, *report) {
		t.Helper()
		c, said, err := p.read(t.Context(), h)
		require.NoError(t, err)
		require.Positive(t, c.anonymous)
		return c.anonymous, said
	}
	t.Run("a body costs nothing", func(t *testing.T) {
		for _, count := range []int64{50e6, 1e9} {
			got, said := peak(t, heavy{flood: bench.LongBody, count: count})
			assert.Less(t, got, int64(32e6), "%d bytes", count)
			assert.Greater(t, said.megabytes(), float64(count)/1e6)
			assert.Equal(t, "none", said.limits())
		}
	})
	t.Run("ten times as many bodies", func(t *testing.T) {
		for _, journeys := range []int{100, 1000} {
			got, _ := peak(t, heavy{load: load{kind: bench.Download, hops: 1, journeys: journeys}})
			assert.Less(t, got, int64(mostBodies), "%d bodies", journeys)
		}
	})
	t.Run("bytes behind a gap are held up to a limit", func(t *testing.T) {
		got, said := peak(t, heavy{flood: bench.OpenGap, count: 300e6})
		assert.Less(t, got, int64(32e6))
		assert.Contains(t, said.limits(), "bytes held of a connection 1")
	})
	t.Run("gaps of many connections share a limit", func(t *testing.T) {
		// 64 MiB are held, twice that before the garbage collector comes.
		got, said := peak(t, heavy{flood: bench.OpenGaps, count: 4000})
		assert.Less(t, got, int64(200e6))
		assert.Contains(t, said.limits(), "bytes held of all connections")
	})
	t.Run("connections that never open are forgotten", func(t *testing.T) {
		// Half as much again as the limit of connections, and thrice.
		few, said := peak(t, heavy{flood: bench.HalfOpen, count: 400_000})
		assert.Contains(t, said.limits(), "connections")
		many, said := peak(t, heavy{flood: bench.HalfOpen, count: 800_000})
		assert.Contains(t, said.limits(), "connections")
		assert.Less(t, float64(many), 1.5*float64(few))
		assert.Less(t, many, int64(250e6))
	})
}
