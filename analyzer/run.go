package analyzer

import (
	"context"
	"math"
	"sync"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/capture"
)

// slice is how much packet time of all inputs is analysed before the exchanges
// found in it are matched, so that an exchange meets its partners early and can
// be let go. Whoever watches is told sooner.
const (
	slice      = int64(time.Second) / 4
	watchSlice = int64(time.Second) / 10

	// sliceMost is how many exchanges of an input are matched at once.
	sliceMost = 4096

	// sliceAlone is the same if there is one hop: each is a journey of its own,
	// and what was read of few is still in the processor's cache.
	sliceAlone = 64
)

// Run reads all inputs to their ends and reports on them. The inputs' sources
// stay open. If no hops were asked for, the chain is drawn from the servers
// that were seen.
//
// It returns an error if the inputs cannot be used as they are, if nothing of
// one of them could be read, if hops were asked for in an order that is not
// that of the requests; what is broken or missing in a capture is no error but
// stands in the report. If ctx ends, so do the sources, and the report is
// about what was read until then.
func Run(ctx context.Context, inputs []Input, options Options) (*Report, error) {
	if err := validate(inputs); err != nil {
		return nil, err
	}
	a := &analysis{options: options}
	for i, input := range inputs {
		f := newFeed(i, input, options)
		a.feeds = append(a.feeds, f)
	}
	defer context.AfterFunc(ctx, a.closeSources)()
	if len(inputs[0].Hops) == 0 {
		a.draw()
	} else {
		a.hops = hopsOf(inputs)
		a.sortPlaces()
	}
	a.journal = newJournal(a.hops, options)
	a.matcher = chain.NewMatcher(len(a.hops), chain.Options{Clocks: a.clockOf()}, a.journal.add)
	a.journal.sources, a.journal.time, a.journal.nodes.Time = a.sources(), a.matcher.Time, a.matcher.Time
	a.offsets = make([]int64, len(a.hops))
	if len(a.hops) > 1 {
		for _, f := range a.feeds {
			f.reader = a.matcher.NewReader()
		}
	}
	if a.twins = newTwins(a.hops, a.feeds); a.twins != nil {
		a.journal.clocks = &sourceClocks{between: map[sourcePair]*bounds{}}
	}
	a.read(ctx)
	for _, f := range a.feeds {
		if err := f.unreadable(); err != nil {
			return nil, err
		}
	}
	return a.report()
}

// analysis is one run.
type analysis struct {
	options Options
	feeds   []*feed
	hops    []chain.Hop
	drawn   *Drawing // if no hops were asked for
	matcher *chain.Matcher
	journal *journal
	twins   *twins  // nil if every hop has one input
	offsets []int64 // per hop, what has to be added to its packet times, as of the slices matched so far

	interrupted bool // before the inputs came to their ends
}

// read reads the inputs side by side, in packet time as the first hop's clock
// would have it, slice by slice.
func (a *analysis) read(ctx context.Context) {
	if a.isAlone() && a.options.Watch == nil {
		if r := newRelay(a.feeds[0]); r != nil {
			a.readRelayed(r)
			a.interrupted = ctx.Err() != nil
			return
		}
	}
	step, most := slice, sliceMost
	switch {
	case a.options.Watch != nil:
		step = watchSlice
	case a.isAlone():
		most = sliceAlone
	}
	m := a.startMatching()
	defer m.stop()
	until := make([]int64, len(a.feeds))
	for {
		now, ok := a.earliest()
		for i, f := range a.feeds {
			until[i] = plus(plus(now, step), -a.offset(f))
			if next, ok := f.next(); ok && plus(next, a.offset(f)) == now {
				until[i] = max(until[i], next) // whoever is first goes on, at the ends of time too
			}
		}
		a.advance(until, most)
		found := m.batches()
		for i, f := range a.feeds {
			f.handOver(&found[i], until[i])
		}
		m.give(found)
		if !ok {
			m.stop()
			a.matcher.Close()
			a.interrupted = ctx.Err() != nil && a.options.Watch == nil
			return
		}
		if tick := a.tick(); tick != nil && !tick(a.summary()) {
			a.closeSources()
		}
	}
}

// readRelayed reads the only input, with its connections assembled in a goroutine of
// their own.
func (a *analysis) readRelayed(r *relay) {
	f, m := a.feeds[0], a.startMatching()
	slice := m.batches()
	settle := func() {
		f.moveTo(&slice[0])
		m.give(slice)
		slice = m.batches()
	}
	r.run(func() {
		if len(f.arrived) >= sliceAlone {
			settle()
		}
	})
	settle()
	a.matcher.Advance(0, math.MaxInt64)
	a.matcher.Close()
}

// isAlone tells of one hop that is seen in one input: nothing is to be waited for.
func (a *analysis) isAlone() bool { return len(a.feeds) == 1 && len(a.hops) == 1 }

// tick is what a watch wants to be called; nil if there is none that does.
func (a *analysis) tick() func(Summary) bool {
	if a.options.Watch == nil {
		return nil
	}
	return a.options.Watch.Tick
}

// advance has the inputs analysed up to their times, side by side if there are
// several.
func (a *analysis) advance(until []int64, most int) {
	if a.isAlone() {
		a.feeds[0].advance(until[0], most)
		return
	}
	each(a.due(until), func(f *feed) { f.advance(until[f.index], most) })()
}

// closeSources ends the sources, so that everything comes to its end. Of a live
// one what has come already is still read.
func (a *analysis) closeSources() {
	for _, f := range a.feeds {
		capture.Stop(f.input.Source)
	}
}

// earliest is the corrected time of the next packet of all inputs, in
// nanoseconds since the Unix epoch; false if there is none.
func (a *analysis) earliest() (int64, bool) {
	var first int64
	found := false
	for _, f := range a.feeds {
		if now, ok := f.next(); ok && (!found || plus(now, a.offset(f)) < first) {
			first, found = plus(now, a.offset(f)), true
		}
	}
	return first, found
}

// plus adds times and stays within what can be told: a capture may claim any,
// and time that turned negative would let nothing go on.
func plus(t, d int64) int64 {
	switch sum := t + d; {
	case d > 0 && sum < t:
		return math.MaxInt64
	case d < 0 && sum > t:
		return math.MinInt64
	default:
		return sum
	}
}

// due gives the inputs that have packets up to their times.
func (a *analysis) due(until []int64) []*feed {
	var due []*feed
	for i, f := range a.feeds {
		if t, ok := f.next(); ok && t <= until[i] {
			due = append(due, f)
		}
	}
	return due
}

// each does something with all of them side by side, such as to let inputs run, and gives
// a function that waits for it. They share nothing, and what becomes of them is taken in
// their order afterwards, so that the outcome does not depend on which is faster. A panic in
// one of them becomes one of whoever waits, who alone can recover from it.
func each[T any](all []T, do func(T)) (wait func()) {
	var group sync.WaitGroup
	panics := make([]*Panic, len(all))
	for i, one := range all {
		group.Go(func() { panics[i] = Caught(func() { do(one) }) })
	}
	return func() {
		group.Wait()
		for _, p := range panics {
			if p != nil {
				panic(p)
			}
		}
	}
}

// hopsOf lists the hops that were asked for, in chain order.
func hopsOf(inputs []Input) []chain.Hop {
	var hops []chain.Hop
	for _, input := range inputs {
		for _, h := range input.Hops {
			for len(hops) <= h.Index {
				hops = append(hops, chain.Hop{Index: len(hops)})
			}
			hops[h.Index].Name = h.Name
		}
	}
	return hops
}
