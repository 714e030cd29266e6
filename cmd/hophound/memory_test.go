package main

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The heap may grow as long as it is small, and ever less as it gets large.
func TestGrowth(t *testing.T) {
	for _, c := range []struct {
		live, heap uint64 // MiB: in use, and when the next collection begins
	}{
		{0, 40}, {6, 40}, {12, 40}, {24, 48}, {48, 96}, {72, 96}, {100, 112}, {400, 450},
	} {
		live := c.live << 20
		assert.InDelta(t, c.heap<<20, max(live, smallestHeap)*uint64(100+growth(live))/100, 2<<20, "%d MiB in use", c.live)
	}
}

// Something is done after each collection, not only after the first.
func TestAfterEachCollection(t *testing.T) {
	done := make(chan struct{}, 100)
	afterEachCollection(func() { done <- struct{}{} })
	<-done
	for range 3 {
		runtime.GC()
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			require.Fail(t, "nothing was done after a collection")
		}
	}
}
