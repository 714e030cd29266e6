package tcp

import (
	"hash/maphash"
	"math/bits"
)

// table finds flows by key: a hash table with chains through the flows
// themselves, so that a look-up touches a bucket and a flow, which is needed
// anyway. The seed keeps outsiders from choosing addresses that collide; the
// order of chains never shows in what is told.
type table struct {
	buckets []*flow // their number is a power of two
	count   int
	seed    [4]uint64
}

func newTable() table {
	t := table{buckets: make([]*flow, 1<<6)}
	seed := maphash.MakeSeed()
	for i := range t.seed {
		t.seed[i] = maphash.Comparable(seed, i)
	}
	return t
}

// find gives the flow of a key whose side sends through a tunnel, nil if there
// is none. It moves to the front of its chain: those behind are most often over.
func (t *table) find(k *key, side int, tunnel uint32) *flow {
	first := t.bucket(k)
	at := first
	for *at != nil && ((*at).tunnel[side] != tunnel || !(*at).key.equal(k)) {
		at = &(*at).chain
	}
	f := *at
	if at != first && f != nil {
		*at, f.chain, *first = f.chain, *first, f
	}
	return f
}

// findOtherWay gives the flow of which a segment is the first one of its
// direction although it came through another tunnel: some networks give each
// direction an identity of its own. The numbers must fit closely, as two
// virtual networks may use the same addresses.
func (t *table) findOtherWay(k *key, side int, s *segment) *flow {
	if !s.has(flagACK) || s.has(flagRST) {
		return nil
	}
	for f := *t.bucket(k); f != nil; f = f.chain {
		if other := &f.half[side^1]; f.key.equal(k) && !f.half[side].seen && other.known && f.phase != phaseClosed {
			if ahead := other.offset(s.ack) - max(other.next, other.acked); -maxEarly < ahead && ahead < maxEarly {
				return f
			}
		}
	}
	return nil
}

// add enters a flow whose key is not in the table.
func (t *table) add(f *flow) {
	if t.count >= len(t.buckets) {
		t.grow()
	}
	t.count++
	b := t.bucket(&f.key)
	f.chain, *b = *b, f
}

// remove takes a flow out.
func (t *table) remove(f *flow) {
	at := t.bucket(&f.key)
	for *at != f {
		at = &(*at).chain
	}
	*at, f.chain = f.chain, nil
	t.count--
}

// grow doubles the number of buckets.
func (t *table) grow() {
	old := t.buckets
	t.buckets = make([]*flow, 2*len(old))
	for _, f := range old {
		for f != nil {
			next := f.chain
			b := t.bucket(&f.key)
			f.chain, *b = *b, f
			f = next
		}
	}
}

// bucket gives the head of a key's chain. The hash multiplies and folds the
// words of the key in pairs, as wyhash does.
func (t *table) bucket(k *key) **flow {
	ports := uint64(k.aPort)<<16 | uint64(k.bPort)
	h := fold(k.a.lo^t.seed[0], k.b.lo^t.seed[1])
	h = fold(h^ports, t.seed[2])
	if k.a.hi|k.b.hi != 0 {
		h = fold(h^k.a.hi, k.b.hi^t.seed[3])
	}
	return &t.buckets[h&uint64(len(t.buckets)-1)]
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
