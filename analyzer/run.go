package analyzer

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
)

// slice is how much packet time of all inputs is analysed before the exchanges
// found in it are matched, so that an exchange meets its partners early and can
// be let go.
const slice = int64(time.Second)

// Run reads all inputs to their ends and reports on them. The inputs' sources
// stay open. It returns an error if the inputs cannot be used as they are, if
// nothing of one of them could be read, or if ctx ended; what is broken or
// missing in a capture is no error but stands in the report.
func Run(ctx context.Context, inputs []Input, options Options) (*Report, error) {
	if err := validate(inputs); err != nil {
		return nil, err
	}
	var feeds []*feed
	for _, input := range inputs {
		feeds = append(feeds, newFeed(input))
	}
	hops := hopsOf(inputs)
	journeys := newJournal(hops, options)
	matcher := chain.NewMatcher(len(hops), chain.Options{}, journeys.add)
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("analyse: %w", context.Cause(ctx))
		}
		until, ok := earliest(feeds)
		advance(feeds, until+slice)
		for _, f := range feeds {
			f.handOver(matcher, until+slice)
		}
		if !ok {
			break
		}
	}
	matcher.Close()
	for _, f := range feeds {
		if err := f.unreadable(); err != nil {
			return nil, err
		}
	}
	return journeys.report(feeds, matcher.Stats())
}

// earliest is the time of the next packet of all inputs, in nanoseconds since
// the Unix epoch; false if there is none.
func earliest(feeds []*feed) (int64, bool) {
	var first int64
	found := false
	for _, f := range feeds {
		if now, ok := f.next(); ok && (!found || now < first) {
			first, found = now, true
		}
	}
	return first, found
}

// advance lets the inputs run side by side. They share nothing, and their
// exchanges are taken in the inputs' order afterwards, so that the outcome does
// not depend on which is faster.
func advance(feeds []*feed, until int64) {
	var wait sync.WaitGroup
	for _, f := range feeds[1:] {
		wait.Go(func() { f.advance(until) })
	}
	feeds[0].advance(until)
	wait.Wait()
}

// hopsOf lists the hops of all inputs in chain order.
func hopsOf(inputs []Input) []chain.Hop {
	n := 0
	for _, input := range inputs {
		n += len(input.Hops)
	}
	hops := make([]chain.Hop, n)
	for _, input := range inputs {
		for _, h := range input.Hops {
			hops[h.Index] = chain.Hop{Index: h.Index, Name: h.Name}
		}
	}
	return hops
}
