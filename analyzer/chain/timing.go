package chain

import (
	"math/bits"
	"time"
)

// timing is what was learned of the time that passes between two hops. It
// tells a request from another one like it that happened to run at the time.
type timing struct {
	delay spread // from the start at the earlier hop to the start at the later one
	slack spread // how much longer it took at the earlier hop; does not depend on clocks
}

// loose is how much longer the earlier exchange may take while nothing is
// known: what the network and a node need. Beyond it, and beyond the time that
// the later exchange takes, a request was held back or tried before.
const loose = int64(500 * time.Millisecond)

// jitter is how wrong the times of packets may be on one host.
const jitter = int64(time.Millisecond)

// nests tells whether b can be the cause of a's response and a the cause of b:
// a.start <= b.start and b's response <= a's response, as far as both are
// known, with a tolerance for clocks (RFC 9110 §3.7: an intermediary sends
// on what it received).
func nests(a, b *Entry, tolerance int64) bool {
	return a.start-tolerance <= b.start && b.start <= a.until+tolerance &&
		(!b.answered || a.latest() >= b.end-tolerance)
}

// fits tells whether the times of two exchanges that nest are those of one
// request between their hops.
func (t *pairTable) fits(a, b *Entry) bool {
	k, ok := t.knowledge(a.hop, b.hop)
	if !ok {
		return fitsAny(a, b)
	}
	if delay := b.start - a.start; delay > k.delay || delay < -jitter && k.inOrder {
		return false
	}
	slack, known := slackOf(a, b)
	return !known || -jitter <= slack && slack <= k.slack
}

// fitsAny is fits while nothing is known.
func fitsAny(a, b *Entry) bool {
	limit := max(loose, b.end-b.start)
	slack, known := slackOf(a, b)
	return b.start-a.start <= limit && (!known || -jitter <= slack && slack <= limit)
}

// knowledge is which durations between two hops are usual.
type knowledge struct {
	delay, slack int64 // at most
	inOrder      bool  // the clocks are no reason to accept a negative delay
}

// knowledge adds up what is known of neighbouring hops: links across a hop are
// few, and those that miss it for other reasons than a loss are fewer.
func (t *pairTable) knowledge(from, to int) (sum knowledge, ok bool) {
	sum.inOrder = true
	for hop := from; hop < to; hop++ {
		k := &t.at(hop, hop+1).timing
		if k.delay.n < many || k.slack.n < many {
			return sum, false
		}
		sum.delay += usual * k.delay.median
		sum.slack += usual * k.slack.median
		sum.inOrder = sum.inOrder && k.delay.inOrder()
	}
	return sum, true
}

// learn takes note of a link.
func (t *timing) learn(a, b *Entry) {
	t.delay.add(b.start - a.start)
	if slack, known := slackOf(a, b); known {
		t.slack.add(slack)
	}
}

func slackOf(a, b *Entry) (int64, bool) {
	known := a.answered && b.answered
	return (a.end - a.start) - (b.end - b.start), known
}

// spread counts durations by their order of magnitude.
type spread struct {
	n      int
	counts [65]int // by the number of bits of the duration in nanoseconds
	median int64   // to the next power of two
	early  int     // shorter than -jitter
}

// usual is how many times the median a duration may be; the few that take
// longer are not worth the mistakes they would hide.
const usual = 4

// many is how many durations must be known before they are relied on.
const many = 64

func (s *spread) add(d int64) {
	s.counts[bits.Len64(uint64(max(d, 0)))]++
	if d < -jitter {
		s.early++
	}
	if s.n++; s.n%many != 0 {
		return
	}
	seen, i := 0, 0
	for ; 2*seen < s.n; i++ {
		seen += s.counts[i]
	}
	s.median = int64(1) << (i - 1)
}

// inOrder tells that what comes later is not seen earlier.
func (s *spread) inOrder() bool { return s.early*100 <= s.n }
