package chain

import "time"

// Options are the limits of a Matcher. Times are packet time. A zero field
// stands for its default.
type Options struct {
	// Window is how many exchanges a hop takes in between two batches at
	// least, half as many when its clock is known; default 4096.
	Window int
	// Pool is how many exchanges may wait at one hop; default 65536, at least
	// twice Window. When it is reached those that came first are let go.
	Pool int
	// Horizon is how far every hop must have moved on before an exchange
	// without all its partners is given up; default 60 s.
	Horizon time.Duration
	// Settle is how far every hop must have moved on before an exchange is
	// paired by signals that other exchanges may share: until then a better
	// partner may still come. Default half a second.
	Settle time.Duration
	// Retry is the same for an exchange that failed: another attempt may still
	// come (HAProxy waits a second before it tries the same server again, see its
	// "retries"). Default 2 s, at least Settle.
	Retry time.Duration
	// Tolerance is how much the clocks of two hops may differ where times are
	// compared and requests do not show how they differ; default 5 ms.
	Tolerance time.Duration
	// Skew is how far the clocks of two hops may be apart while nothing is
	// known of them: for the first two spans of it at each hop exchanges wait
	// for each other so much longer, and clocks that are said to be further
	// apart are believed only on certain links. Default 10 min.
	Skew time.Duration
	// Clocks tells by hop index which clock stamped its packets: hops with
	// the same number were captured by one machine. Without it each hop has a
	// clock of its own.
	Clocks []int
}

const (
	defaultWindow    = 4096
	defaultPool      = 65536
	defaultHorizon   = 60 * time.Second
	defaultSettle    = time.Second / 2
	defaultRetry     = 2 * time.Second
	defaultTolerance = 5 * time.Millisecond

	// DefaultSkew is that of Options.
	DefaultSkew = 10 * time.Minute
)

func (o Options) withDefaults() Options {
	orDefault(&o.Window, defaultWindow)
	orDefault(&o.Pool, max(defaultPool, 2*o.Window))
	orDefault(&o.Horizon, defaultHorizon)
	orDefault(&o.Settle, defaultSettle)
	orDefault(&o.Retry, defaultRetry)
	orDefault(&o.Tolerance, defaultTolerance)
	orDefault(&o.Skew, DefaultSkew)
	o.Pool = max(o.Pool, 2*o.Window)
	o.Retry = max(o.Retry, o.Settle)
	return o
}

func orDefault[T int | time.Duration](value *T, otherwise T) {
	if *value <= 0 {
		*value = otherwise
	}
}

// batches is how many batches an exchange may take part in while more than Window wait
// with it, so that what waits long costs little.
func (o Options) batches() int { return 4 * o.Pool / o.Window }
