package chain

import "math"

// clocks is the one place that knows how the clocks of the hops differ.
// Everything that compares times of two hops uses times that went through at.
type clocks struct {
	offsets []int64 // per hop, nanoseconds to add to its packet times
}

func newClocks(hops int) clocks { return clocks{offsets: make([]int64, hops)} }

// at turns a packet time of a hop into the time of the chain.
func (c clocks) at(hop int, t int64) int64 {
	if t == math.MaxInt64 {
		return t
	}
	return t + c.offsets[hop]
}
