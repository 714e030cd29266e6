package analyzer

import (
	"hash/maphash"
	"net/netip"
	"slices"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// twins finds what several inputs of one hop hold of the same connections: a link
// that was captured at both ends, or on both sides of address translation. Each
// exchange is taken from one of them and passed over in the others.
//
// A connection that begins with the same sequence numbers in two inputs belongs
// to the one that shows it first. One that was open before the captures began has
// other numbers where another part of it was seen first; there an exchange is the
// same if it has the same addresses and the same head at the same time.
type twins struct {
	hops  []bool // whether several inputs have a part in the hop
	conns recent[connKey, *twin]
	heads recent[headKey, head]
	seed  maphash.Seed
}

type (
	// connKey tells a connection by the numbers that it began with.
	connKey struct {
		hop   int
		began [2]uint32
	}
	// headKey tells a message on a connection by its addresses and its head.
	headKey struct {
		hop            int
		client, server netip.AddrPort
		hash           uint64
		time           int64 // in units of apart
	}
)

// twin is a connection of a hop.
type twin struct {
	source int     // the input that showed it first
	others []int   // inputs that showed it too
	taken  []reach // by input, how far its exchanges were taken
}

// reach is how far the exchanges of a connection were taken from an input: one may end
// before another.
type reach struct {
	source int
	index  int // of the exchange, as Exchange.Index counts
}

// takes tells whether an exchange is to be taken, which no other input gave, and notes it.
func (t *twin) takes(source, index int) bool {
	if slices.ContainsFunc(t.taken, func(r reach) bool { return r.source != source && r.index >= index }) {
		return false
	}
	at := slices.IndexFunc(t.taken, func(r reach) bool { return r.source == source })
	if at < 0 {
		at, t.taken = len(t.taken), append(t.taken, reach{source, index})
	}
	t.taken[at].index = max(t.taken[at].index, index)
	return true
}

// head is a message of an exchange that was taken.
type head struct {
	source int
	whole  bool // its connection was seen from its first packet on
}

// apart is how long after one input another may show the same packet.
const apart = int64(100 * time.Millisecond)

// maxTwins bounds the connections, and the messages, that are remembered; each
// takes some 200 bytes.
const maxTwins = 1 << 14

// newTwins makes twins for hops of which some have a part in several inputs;
// nil if none has.
func newTwins(hops []chain.Hop, feeds []*feed) *twins {
	inputs := make([]int, len(hops))
	for _, f := range feeds {
		had := make([]bool, len(hops))
		for _, p := range f.places {
			if p.hop != leftOut && !had[p.hop] {
				had[p.hop] = true
				inputs[p.hop]++
			}
		}
	}
	if slices.Max(inputs) < 2 {
		return nil
	}
	t := &twins{seed: maphash.MakeSeed()}
	for _, n := range inputs {
		t.hops = append(t.hops, n > 1)
	}
	return t
}

// passOver tells whether the exchange was taken from another input, or will be,
// and counts it then.
func (t *twins) passOver(a arrival) bool {
	if t == nil || !t.hops[a.place.hop] {
		return false
	}
	return t.sameConnection(a) || t.sameHead(a)
}

func (t *twins) sameConnection(a arrival) bool {
	conn := a.exchange.Conn
	if conn.Began == [2]uint32{} {
		return false
	}
	key := connKey{a.place.hop, conn.Began}
	known, ok := t.conns.get(key)
	if !ok {
		known = &twin{source: conn.Source}
		t.conns.put(key, known)
	}
	if known.source != conn.Source && !slices.Contains(known.others, conn.Source) {
		known.others = append(known.others, conn.Source)
		a.place.twins.connections++
	}
	if known.takes(conn.Source, a.exchange.Index) {
		return false
	}
	a.place.twins.exchanges++
	return true
}

func (t *twins) sameHead(a arrival) bool {
	x := a.exchange
	first := true
	for _, m := range []*http1.Message{x.Request, x.Response} {
		if m == nil {
			continue
		}
		key := headKey{a.place.hop, x.Conn.Client, x.Conn.Server, maphash.String(t.seed, m.Head), m.Start / apart}
		if first && t.taken(key, x.Conn) {
			a.place.twins.exchanges++
			return true
		}
		first = false
		t.heads.put(key, head{x.Conn.Source, x.Conn.Whole})
	}
	return false
}

// taken tells whether a message was taken from another input, a little before
// or after.
func (t *twins) taken(key headKey, conn *http1.Conn) bool {
	for near := int64(-1); near <= 1; near++ {
		at := key
		at.time += near
		h, ok := t.heads.get(at)
		if ok && h.source != conn.Source && !(h.whole && conn.Whole) {
			return true
		}
	}
	return false
}

// recent is a map of the latest maxTwins keys.
type recent[K comparable, V any] struct {
	values map[K]V
	ring   []K
	next   int
}

func (r *recent[K, V]) get(key K) (V, bool) {
	value, ok := r.values[key]
	return value, ok
}

func (r *recent[K, V]) put(key K, value V) {
	if _, known := r.values[key]; known {
		r.values[key] = value
		return
	}
	if r.values == nil {
		r.values = map[K]V{}
	}
	if len(r.ring) < maxTwins {
		r.ring = append(r.ring, key)
	} else {
		delete(r.values, r.ring[r.next])
		r.ring[r.next] = key
		r.next = (r.next + 1) % maxTwins
	}
	r.values[key] = value
}
