package chain

import (
	"cmp"
	"math"
	"slices"
)

// pool holds the exchanges of one hop that wait for their partners.
type pool struct {
	entries []*Entry         // in the order they came
	sorted  []*Entry         // the same by start, as of the last batch
	fresh   []*Entry         // memory of begin
	present signalSet        // identifier fields that any of them has, frames and PROXY sources
	added   int              // of entries since the last batch: the last ones
	due     int              // entries that leave with the batch that is going on, or more
	timed   bool             // its times can be compared with those of all hops
	batches int              // batches that any of the entries took part in while many waited, at most
	newest  int64            // packet time that the hop has come to
	ripe    int64            // packet time before which no better partner is to be expected
	tried   int64            // the same for what failed: no other attempt is to be expected
	past    int64            // packet time before which no partner is to be expected at all
	given   memory           // identifiers of the exchanges that were given out
	repeats [firstTrait]bool // identifier fields of which a value was seen in several requests
	stats   HopStats
}

func newPool(limit int) *pool {
	return &pool{newest: math.MinInt64, given: memory{limit: limit}}
}

func (p *pool) add(e *Entry) {
	p.stats.see(e)
	p.newest = max(p.newest, e.came)
	e.came = p.newest
	p.entries = append(p.entries, e)
	p.added++
}

// begin prepares a batch. What came since the last one is sorted into what was there.
// Batches are counted while more than few entries wait: with less they cost little.
func (p *pool) begin(clock *clocks, few int) {
	counts := 0
	if len(p.entries) > few {
		counts = 1
	}
	p.fresh = append(p.fresh[:0], p.entries[len(p.entries)-p.added:]...)
	for _, e := range p.fresh {
		e.adjust(clock)
	}
	slices.SortFunc(p.fresh, compareEntries)
	p.mergeFresh()
	p.added, p.present, p.batches = 0, 0, 0
	for _, e := range p.entries {
		e.batches += counts
		p.batches = max(p.batches, e.batches)
		p.present |= e.has & identifiers
		if e.framed {
			p.present = p.present.with(byFrames)
		}
		if e.viaProxy {
			p.present = p.present.with(byProxySource)
		}
	}
}

// mergeFresh moves the sorted fresh entries into sorted, from the end: most come last.
func (p *pool) mergeFresh() {
	old, fresh := len(p.sorted), len(p.fresh)
	p.sorted = append(p.sorted, p.fresh...)
	for to := old + fresh - 1; fresh > 0; to-- {
		if old > 0 && compareEntries(p.sorted[old-1], p.fresh[fresh-1]) > 0 {
			old--
			p.sorted[to] = p.sorted[old]
		} else {
			fresh--
			p.sorted[to] = p.fresh[fresh]
		}
	}
	clear(p.fresh)
}

// setTimes gives the entries the times of the chain, and sorts them anew if that
// changed their order.
func (p *pool) setTimes(clock *clocks) {
	moved := false
	for _, e := range p.sorted {
		moved = e.adjust(clock) || moved
	}
	if moved && !slices.IsSortedFunc(p.sorted, compareEntries) {
		slices.SortFunc(p.sorted, compareEntries)
	}
}

// adjust gives an entry the times of the chain, and tells whether they are other ones.
func (e *Entry) adjust(clock *clocks) bool {
	t := e.start - e.shift
	shift := clock.at(e.hop, t) - t
	if shift == e.shift {
		return false
	}
	e.move(shift)
	return true
}

// sweep lets go of the entries that were given out. What refers to one was given
// out with it.
func (p *pool) sweep(recycle func(*Entry)) {
	p.sorted = slices.DeleteFunc(p.sorted, func(e *Entry) bool { return e.gone })
	p.entries = slices.DeleteFunc(p.entries, func(e *Entry) bool {
		if e.gone {
			recycle(e)
			return true
		}
		e.setApart()
		return false
	})
}

// setApart gives the exchange of an entry that is likely to wait for long memory of its
// own: others stand in the same piece, and do not wait.
func (e *Entry) setApart() {
	if e.ripe && !e.apart {
		e.x, e.apart = e.x.Apart(), true
	}
}

// compareEntries orders entries by the start of the exchange, the hop, and
// the place in the source, so that no other order shows in a result.
func compareEntries(a, b *Entry) int {
	if a.start != b.start {
		return cmp.Compare(a.start, b.start)
	}
	return cmp.Or(
		cmp.Compare(a.hop, b.hop),
		cmp.Compare(a.connID(), b.connID()),
		cmp.Compare(a.x.Index, b.x.Index),
	)
}

func (e *Entry) connID() uint64 {
	if e.x.Conn == nil {
		return 0
	}
	return e.x.Conn.ID
}

// memory remembers values that were seen, the last ones only: at least limit
// of them, at most twice as many.
type memory struct {
	limit         int
	recent, older map[uint64]struct{}
}

func (m *memory) add(v uint64) {
	if len(m.recent) >= m.limit {
		m.recent, m.older = m.older, m.recent
		clear(m.recent)
	}
	if m.recent == nil {
		m.recent = make(map[uint64]struct{})
	}
	m.recent[v] = struct{}{}
}

func (m *memory) has(v uint64) bool {
	if _, ok := m.recent[v]; ok {
		return true
	}
	_, ok := m.older[v]
	return ok
}

// remember keeps the identifiers of an entry that is given out: a value that
// comes again later is not unique to its request.
func (p *pool) remember(e *Entry) {
	for i, v := range e.values[:firstTrait] {
		if v != 0 {
			p.given.add(join(v, uint64(i)+1))
		}
	}
	if e.frames != 0 {
		p.given.add(join(e.frames, uint64(byFrames)+1))
	}
}

func (p *pool) remembers(signal int, v uint64) bool {
	return p.given.has(join(v, uint64(signal)+1))
}
