// Package chain finds the same request at every hop of a chain of proxies and
// says how sure it is.
//
// Exchanges go into a pool per hop (pool.go, entry.go). A batch (batch.go)
// links what has an identifier that is unique at two hops (unique.go). These
// links tell how the hops' clocks stand to each other (clock.go, skew.go), or
// else the requests as a whole do (rhythm.go). Then it links what nothing else
// can be the partner of: by the signals of the table (signal.go, field.go,
// weak.go), by time (nesting.go, timing.go) and by order (order.go). Attempts
// at one request go together (retry.go). What a node does to fields is learned
// on the way (habit.go), age.go says what is old, and batch.go gives out what is old or settled.
//
// docs/MATCHING.md says how well it does that.
package chain

import (
	"hash/maphash"

	"github.com/hophound/hophound/analyzer/http1"
)

// Matcher finds the same request at every hop. Exchanges wait in a pool per
// hop; when a pool has taken in Options.Window of them or more, all pools are matched
// in one batch, and the journeys that nothing can be added to are given out.
// The same exchanges in the same order per hop, and the same batches, give the
// same journeys in the same order.
//
// A Matcher is not for concurrent use.
type Matcher struct {
	options Options
	emit    func(*Journey)
	seed    maphash.Seed
	reader  *Reader // for Add
	clock   *clocks
	signals [signalCount]signal
	pools   []*pool
	pairs   *pairTable
	names   map[signalSet][]string

	// Memory that passes use again.
	keys     keys
	slots    []slot // by the number of their key
	proposed []*Entry
	named    group   // entries that have something unique
	again    bool    // unique identifiers wait for the clocks
	fresh    []*link // links that no clock had a part in, of which nothing was learned yet
	groups   grouping
	running  []*Entry
	free     group
	part     component
	queue    []*Entry
	roots    []*Entry
	pairing  [][2]*Entry
	used     []*Entry // to be used again
	links    []*link  // the same
	released []*journeyPiece
}

// NewMatcher makes a matcher for a chain of that many hops. It calls emit for
// each journey, within Add and Close; the journey is the callee's,
// its exchanges those that were added, or what [http1.Exchange.Apart] gave for them.
func NewMatcher(hops int, options Options, emit func(*Journey)) *Matcher {
	options = options.withDefaults()
	m := &Matcher{
		options: options,
		emit:    emit,
		clock:   newClocks(hops, options.Clocks),
		seed:    maphash.MakeSeed(),
		signals: signals(),
		pairs:   newPairTable(hops),
		names:   make(map[signalSet][]string),
	}
	m.reader = m.NewReader()
	for range hops {
		m.pools = append(m.pools, newPool(options.Pool))
	}
	return m
}

// Add takes in an exchange that was seen at a hop. Exchanges of one hop should
// come in the order in which their connections gave them out; the hops may
// take turns in any way, but the closer in packet time the less memory it
// takes and the less is let go. The matcher keeps x until its journey is given
// out, and never changes it.
func (m *Matcher) Add(hop int, x *http1.Exchange) {
	if len(m.pools) == 1 {
		m.alone(x)
		return
	}
	if len(m.reader.free) == 0 {
		m.reader.Reuse(m.Used(nil, 1))
	}
	m.AddEntry(m.reader.Read(hop, x))
}

// NewReader makes a reader for what is to be added to m.
func (m *Matcher) NewReader() *Reader { return newReader(m.seed, m.options.Horizon.Nanoseconds()) }

// AddEntry is Add for an exchange that was read. The entry must not be used
// after that.
func (m *Matcher) AddEntry(e *Entry) {
	p := m.pools[e.hop]
	p.add(e)
	if m.enoughFor(p) {
		m.batch(false)
	}
}

// Used is entries that are used no more, on their way to a [Reader].
type Used []*Entry

// Used gives the entries that are used no more, or one share of several. The memory
// of a list that is not needed any more is for this one.
func (m *Matcher) Used(old Used, share int) Used {
	rest := len(m.used) - (len(m.used)+share-1)/share
	used := append(old[:0], m.used[rest:]...)
	clear(m.used[rest:])
	m.used = m.used[:rest]
	return used
}

// Reuse lets a reader use entries again.
func (r *Reader) Reuse(used Used) {
	r.free = append(r.free, used[:min(len(used), max(0, mostFree-len(r.free)))]...)
}

// mostFree is how many entries, or journeys, are kept to be used again at most.
const mostFree = 4096

// recycle takes back an entry that nothing refers to any more.
func (m *Matcher) recycle(e *Entry) {
	if l := e.down; l != nil && len(m.links) < mostFree {
		l.from, l.to = nil, nil
		m.links = append(m.links, l)
	}
	m.used = append(m.used, e) // emptied by the reader, which writes to it anyway
}

// alone gives out an exchange of a chain that has one hop only: there is
// nothing to wait for.
func (m *Matcher) alone(x *http1.Exchange) {
	e := Entry{x: x}
	m.reader.readOutline(&e)
	s := &m.pools[0].stats
	s.see(&e)
	s.Matched++ // with all hops that there are
	j := m.newJourney()
	j.Exchanges[0] = x
	m.emit(j)
}

// enoughFor tells whether a pool calls for a batch. What waits is looked at
// again in every batch, so the more waits, the more must be new. Clocks are found out
// from many; once they are known, half as many find their partners as well and stay
// in the processor's cache.
func (m *Matcher) enoughFor(p *pool) bool {
	window := m.options.Window
	if p.timed {
		window /= 2
	}
	return len(p.entries) >= m.options.Pool || p.added >= window && p.added >= len(p.entries)/4
}

// Advance says that a hop's source has been read up to a packet time, in
// nanoseconds since the Unix epoch; math.MaxInt64 says that it has ended. It
// lets journeys go on time although a hop sees few requests or none.
func (m *Matcher) Advance(hop int, t int64) {
	p := m.pools[hop]
	p.newest = max(p.newest, t)
}

// Match matches what waits now instead of when Options.Window is full, for
// whoever wants journeys soon and can afford to look at what waits again.
func (m *Matcher) Match() { m.batch(false) }

// Close matches what is left and gives it out.
func (m *Matcher) Close() { m.batch(true) }

// Stats counts what was done so far.
func (m *Matcher) Stats() Stats {
	s := Stats{Hops: make([]HopStats, len(m.pools))}
	for i, p := range m.pools {
		s.Hops[i] = p.stats
	}
	return s
}
