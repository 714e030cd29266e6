package tcp

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"

	"github.com/hophound/hophound/capture"
)

// Assembler puts the bytes of the TCP connections of one source in order. It
// is used by one goroutine; the Handler is called from within Add, Flush and
// Close and must not call back.
type Assembler struct {
	handler Handler
	limits  Limits
	decoder decoder
	segment segment
	flows   table
	pool    pool
	count   counters
	seed    maphash.Seed

	started  bool
	clock    int64 // the latest packet time so far
	deadline int64 // clock at which something in the lists may be due

	// Flows by the time of their last packet. A flow is in one of these.
	open, told, lingering, resets, closed list[flow]
	known                                 int // flows that the Handler knows and that have not ended
	// What is held back, by the time at which the wait began.
	opening, acked, lost list[held]
}

// NewAssembler makes an Assembler that tells h.
func NewAssembler(h Handler, limits Limits) *Assembler {
	l := limits.withDefaults()
	a := &Assembler{handler: h, limits: l, flows: newTable(), deadline: math.MaxInt64, seed: maphash.MakeSeed()}
	a.decoder.fragments.maxDatagrams = l.Datagrams
	a.decoder.fragments.maxBytes = l.DatagramBytes
	a.decoder.fragments.byAge.delay = delay(l.DatagramAge)
	a.decoder.also = func(s *segment) {
		a.count.Segments++
		a.take(s)
	}
	a.open.delay = delay(l.Idle) + agingStep
	a.told.delay = a.open.delay
	a.lingering.delay = delay(l.Linger) + agingStep
	a.resets.delay = int64(resetWait) + agingStep
	a.closed.delay = delay(l.Linger) + agingStep
	a.opening.delay = int64(openingWait)
	a.acked.delay = int64(ackedWait)
	a.lost.delay = int64(lostWait)
	return a
}

// Add takes the next packet of the source. Whatever is not TCP is counted and
// passed over. The packet and its memory are not used after the call.
func (a *Assembler) Add(p *capture.Packet) {
	a.count.Packets++
	a.advance(p.Time)
	a.decoder.now = a.clock
	if kind := a.decoder.decode(p, &a.segment); kind != KindTCP {
		a.count.other[kind]++
		return
	}
	a.count.Segments++
	a.take(&a.segment)
}

// Tell has h told all that follows.
func (a *Assembler) Tell(h Handler) { a.handler = h }

// Flush says that it is now (nanoseconds since the Unix epoch, of the packets'
// clock) although no packet came: for live sources that fall silent.
func (a *Assembler) Flush(now int64) {
	if a.started {
		a.advance(now)
	}
}

// Close tells everything that is still held back and ends all connections, in
// the order of their IDs. The Assembler is of no use afterwards.
func (a *Assembler) Close() {
	var live []*flow
	for _, l := range []*list[flow]{&a.open, &a.told, &a.lingering, &a.resets} {
		for n := l.first; n != nil; n = n.next {
			live = append(live, n.owner)
		}
	}
	slices.SortFunc(live, func(f, g *flow) int { return cmp.Compare(f.id, g.id) })
	for _, f := range live {
		a.finish(f, End{Mark: f.last, Cause: EndCapture})
	}
	a.decoder.fragments.close()
}

// take gives a segment to its flow.
func (a *Assembler) take(s *segment) {
	k, side := s.key()
	f := a.flows.find(&k, side, s.tunnel)
	if f != nil && f.fast(side, s) {
		a.touch(f, s)
		h := &f.half[side]
		h.seen = true
		if s.length == 0 {
			return
		}
		off := h.next
		h.next += int64(s.length)
		a.remember(f.conn, side, off, s.payload)
		a.handler.Chunk(f.conn, f.direction(side), Chunk{Mark: s.Mark, Offset: uint64(off), Data: s.payload})
		return
	}
	if f == nil {
		if f = a.flows.findOtherWay(&k, side, s); f != nil {
			f.tunnel[side] = s.tunnel
		}
	}
	if f != nil && f.replaced(side, s) {
		a.finish(f, End{Mark: s.Mark, Cause: EndReused})
		a.forget(f)
		f = nil
	}
	if f == nil {
		if f = a.enter(k, side, s); f == nil {
			return
		}
	}
	a.touch(f, s)
	a.arrive(f, side, s)
}

// touch notes a flow's last packet.
func (a *Assembler) touch(f *flow, s *segment) {
	f.last = s.Mark
	if a.clock-f.age.at >= agingStep {
		a.push(f.age.list, f)
	}
}

// fast tells whether a segment is just the next bytes or none, with nothing to
// wait for and nothing else to say.
func (f *flow) fast(side int, s *segment) bool {
	me, other := &f.half[side], &f.half[side^1]
	return f.phase == phaseRunning && f.held == nil && f.conn != nil &&
		s.flags&(flagACK|flagSYN|flagFIN|flagRST) == flagACK &&
		s.length == len(s.payload) &&
		me.known && s.seq == me.base+uint32(me.next) && me.end == noEnd &&
		other.known && int32(s.ack-other.base-uint32(other.next)) <= 0
}

// enter makes a flow for a segment whose connection is not known. A RST alone
// makes none: nothing comes after it.
func (a *Assembler) enter(k key, side int, s *segment) *flow {
	if s.has(flagRST) {
		a.count.Stray++
		return nil
	}
	if a.flows.count >= a.limits.Conns {
		a.evict()
	}
	a.count.Conns++
	f := &flow{key: k, tunnel: [2]uint32{s.tunnel, s.tunnel}, id: a.count.Conns, start: s.Time, opener: uint8(side)}
	f.half[0].end, f.half[1].end = noEnd, noEnd
	f.age.owner = f
	a.flows.add(f)
	a.push(&a.open, f)
	return f
}

// evict makes room for a flow: the closed one that was silent for longest, or the one
// that was reset, or else the live one.
func (a *Assembler) evict() {
	if n := a.closed.first; n != nil {
		a.forget(n.owner)
		return
	}
	if n := a.resets.first; n != nil {
		a.finish(n.owner, End{})
		a.forget(n.owner)
		return
	}
	a.count.Limits.Conns++
	f := longestSilent(&a.open, &a.told, &a.lingering)
	a.finish(f, End{Mark: f.last, Cause: EndLimit})
	a.forget(f)
}

// evictTold makes room for one more flow that the Handler knows: the one that
// was silent for longest ends.
func (a *Assembler) evictTold() {
	a.count.Limits.Told++
	f := longestSilent(&a.told, &a.lingering, &a.resets)
	a.finish(f, End{Mark: f.last, Cause: EndLimit})
}

// longestSilent gives the flow that stands first in any of the lists, of which
// one must not be empty.
func longestSilent(lists ...*list[flow]) *flow {
	var first *node[flow]
	for _, l := range lists {
		if n := l.first; n != nil && (first == nil || n.at < first.at) {
			first = n
		}
	}
	return first.owner
}

// forget drops a flow altogether.
func (a *Assembler) forget(f *flow) {
	a.pool.drop(f)
	f.age.remove()
	a.flows.remove(f)
}
