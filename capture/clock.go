package capture

import (
	"math"
	"math/bits"
)

// defaultResolution is the if_tsresol of an interface that does not say it:
// microseconds.
const defaultResolution = 6

// clock turns the times of one pcapng interface into nanoseconds.
type clock struct {
	perTick   uint64 // nanoseconds per tick, if that is a whole number; otherwise 0
	perSecond uint64 // ticks per second
	offset    int64  // nanoseconds to add
}

// newClock takes if_tsresol (the negative power of ten, or of two if the high
// bit is set, that a tick is of a second) and if_tsoffset (seconds to add). A
// resolution finer than 64 bits can count is taken as the finest one they can.
func newClock(resolution uint8, seconds int64) clock {
	c := clock{perSecond: 1, offset: saturatingMul(seconds, 1e9)}
	if exponent := resolution & 0x7f; resolution&0x80 != 0 {
		c.perSecond = 1 << min(exponent, 63)
	} else {
		for range min(exponent, 19) {
			c.perSecond *= 10
		}
	}
	if 1e9%c.perSecond == 0 {
		c.perTick = 1e9 / c.perSecond
	}
	return c
}

// nanoseconds since the epoch; a time that 64 bits cannot hold (before 1677,
// after 2262) becomes the nearest that they can.
func (c *clock) nanoseconds(ticks uint64) int64 {
	hi, ns := bits.Mul64(ticks, c.perTick)
	if c.perTick == 0 {
		hi, ns = bits.Mul64(ticks, 1e9)
		if hi < c.perSecond {
			ns, _ = bits.Div64(hi, ns, c.perSecond)
			hi = 0
		}
	}
	if hi != 0 || ns > math.MaxInt64 {
		ns = math.MaxInt64
	}
	return saturatingAdd(int64(ns), c.offset)
}

func saturatingAdd(a, b int64) int64 {
	sum := a + b
	switch {
	case a > 0 && b > 0 && sum < 0:
		return math.MaxInt64
	case a < 0 && b < 0 && sum >= 0:
		return math.MinInt64
	}
	return sum
}

func saturatingMul(a, factor int64) int64 {
	switch {
	case a > math.MaxInt64/factor:
		return math.MaxInt64
	case a < math.MinInt64/factor:
		return math.MinInt64
	}
	return a * factor
}
