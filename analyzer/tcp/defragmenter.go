package tcp

import (
	"cmp"
	"slices"
)

const (
	maxDatagram      = 0xffff // bytes of payload of a fragmented datagram
	maxFragments     = 256    // of one datagram; 64 KiB in the smallest MTU of IPv4 in use makes 120
	datagramOverhead = 256    // bytes a datagram costs beside its payload, for the limit
)

// fragment is a piece of a datagram: bytes offset to end of its payload, of
// which data was captured.
type fragment struct {
	offset, end int
	data        []byte
}

// captured is the end of what was captured.
func (f *fragment) captured() int { return f.offset + len(f.data) }

// datagram is a fragmented IP datagram on its way to completeness.
type datagram struct {
	key       fragmentKey
	age       node[datagram]
	fragments []fragment // in the order of arrival; their data is copied
	got       int        // bytes in fragments
	bytes     int        // counted against the limit
	total     int        // bytes of its payload; -1 before the last fragment was seen
	protocol  uint8      // of the first fragment
	poisoned  bool       // dropped for overlaps; later fragments of it are dropped too
	payload   []byte     // when complete: what was captured without interruption from the start
}

// defragmenter puts IP fragments together. Its zero value is ready; limits
// must be set.
type defragmenter struct {
	maxDatagrams, maxBytes int

	datagrams map[fragmentKey]*datagram
	byAge     list[datagram]
	bytes     int
	done      []*datagram // completed by the packet before
	spare     []*datagram

	fragments, abandoned, lost, overlaps, evicted uint64 // lost: of abandoned, those that began with TCP
}

// recycle takes back the memory of datagrams that were completed by the last
// packet.
func (f *defragmenter) recycle() {
	if len(f.done) == 0 {
		return
	}
	for _, g := range f.done {
		f.reuse(g)
	}
	f.done = f.done[:0]
}

// add takes a fragment and returns its datagram if it is complete now, which
// is valid until recycle.
func (f *defragmenter) add(k fragmentKey, p fragment, more bool, protocol uint8, now int64) *datagram {
	f.fragments++
	f.expire(now)
	g := f.datagrams[k]
	if g == nil {
		g = f.begin(k, now)
	}
	if g.poisoned {
		return nil
	}
	switch g.place(p, more) {
	case placeDuplicate:
		return nil
	case placeOverlap:
		f.overlaps++
		if k.ipv6 { // RFC 5722 §4: the datagram and all its fragments, also those to come
			f.count(g)
			f.empty(g)
			g.poisoned = true
			return nil
		}
	case placeImpossible:
		f.count(g)
		f.empty(g)
		g.poisoned = true
		return nil
	}
	if p.offset == 0 {
		g.protocol = protocol
	}
	f.keep(g, p, more)
	if g.total < 0 || g.got < g.total || !g.complete() {
		f.makeRoom(g)
		return nil
	}
	g.assemble()
	f.remove(g)
	f.done = append(f.done, g)
	return g
}

// begin makes room for a datagram and enters it.
func (f *defragmenter) begin(k fragmentKey, now int64) *datagram {
	if len(f.datagrams) >= f.maxDatagrams {
		f.evicted++
		f.abandon(f.byAge.first.owner)
	}
	if f.datagrams == nil {
		f.datagrams = make(map[fragmentKey]*datagram)
	}
	g := new(datagram)
	if n := len(f.spare); n > 0 {
		g, f.spare = f.spare[n-1], f.spare[:n-1]
	}
	g.key, g.total, g.bytes = k, -1, datagramOverhead
	g.age.owner = g
	f.bytes += g.bytes
	f.datagrams[k] = g
	f.byAge.push(&g.age, now)
	return g
}

// keep copies a fragment into its datagram.
func (f *defragmenter) keep(g *datagram, p fragment, more bool) {
	if !more {
		g.total = p.end
	}
	p.data = append(g.slot(), p.data...)
	g.fragments = append(g.fragments, p)
	g.got += p.end - p.offset
	g.bytes += len(p.data)
	f.bytes += len(p.data)
}

// slot gives the memory of a fragment that a former use of the datagram left.
func (g *datagram) slot() []byte {
	n := len(g.fragments)
	if n < cap(g.fragments) {
		return g.fragments[:n+1][n].data[:0]
	}
	return nil
}

// makeRoom lets the oldest datagrams go until the limit on bytes holds.
func (f *defragmenter) makeRoom(keep *datagram) {
	for f.bytes > f.maxBytes && f.byAge.first.owner != keep {
		f.evicted++
		f.abandon(f.byAge.first.owner)
	}
}

// expire lets datagrams go that waited too long.
func (f *defragmenter) expire(now int64) {
	for f.byAge.due(now) {
		f.abandon(f.byAge.first.owner)
	}
}

// close gives up what is not complete.
func (f *defragmenter) close() {
	for f.byAge.first != nil {
		f.abandon(f.byAge.first.owner)
	}
}

// abandon gives up a datagram.
func (f *defragmenter) abandon(g *datagram) {
	if !g.poisoned { // those were counted
		f.count(g)
	}
	f.remove(g)
	f.reuse(g)
}

// count counts a datagram that is not to be whole.
func (f *defragmenter) count(g *datagram) {
	f.abandoned++
	if g.protocol == protoTCP {
		f.lost++
	}
}

// remove takes a datagram out of the table.
func (f *defragmenter) remove(g *datagram) {
	delete(f.datagrams, g.key)
	g.age.remove()
	f.bytes -= g.bytes
}

// empty drops the payload of a datagram that stays in the table.
func (f *defragmenter) empty(g *datagram) {
	f.bytes -= g.bytes - datagramOverhead
	g.bytes = datagramOverhead
	g.fragments = nil
}

// reuse keeps a datagram's memory for another one. A few are enough.
func (f *defragmenter) reuse(g *datagram) {
	const enough, fewFragments = 16, 64
	if len(f.spare) >= enough || cap(g.fragments) > fewFragments {
		return
	}
	*g = datagram{fragments: g.fragments[:0], payload: g.payload[:0]}
	f.spare = append(f.spare, g)
}

// place says how a fragment fits in with those that are there.
type place uint8

const (
	placeNew place = iota
	placeDuplicate
	placeOverlap
	placeImpossible // it contradicts the datagram's length, or there are too many
)

func (g *datagram) place(p fragment, more bool) place {
	if len(g.fragments) >= maxFragments {
		return placeImpossible
	}
	if g.total >= 0 && (p.end > g.total || !more && p.end != g.total) {
		return placeImpossible
	}
	result := placeNew
	for i := range g.fragments {
		q := &g.fragments[i]
		switch {
		case q.offset == p.offset && q.end == p.end:
			return placeDuplicate
		case !more && q.end > p.end:
			return placeImpossible
		case q.offset < p.end && p.offset < q.end:
			result = placeOverlap
		}
	}
	return result
}

// complete tells whether the fragments cover the whole payload.
func (g *datagram) complete() bool {
	return g.reach((*fragment).wireEnd) >= g.total
}

func (f *fragment) wireEnd() int { return f.end }

// reach says how far the fragments go without a hole, each up to its end as
// the function gives it.
func (g *datagram) reach(end func(*fragment) int) int {
	var room [maxFragments]int
	order := room[:0]
	for i := range g.fragments {
		order = append(order, i)
	}
	slices.SortFunc(order, func(i, j int) int {
		return cmp.Compare(g.fragments[i].offset, g.fragments[j].offset)
	})
	reach := 0
	for _, i := range order {
		f := &g.fragments[i]
		if f.offset > reach {
			break
		}
		reach = max(reach, end(f))
	}
	return reach
}

// assemble writes the payload. Where fragments overlap the first one wins, so
// the latest are written first.
func (g *datagram) assemble() {
	g.payload = slices.Grow(g.payload[:0], g.total)[:g.total]
	for _, f := range slices.Backward(g.fragments) {
		copy(g.payload[f.offset:], f.data)
	}
	g.payload = g.payload[:min(g.total, g.reach((*fragment).captured))]
}
