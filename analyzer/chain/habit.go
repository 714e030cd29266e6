package chain

import "math/bits"

// pair is two hops between which exchanges are matched, and what was learned
// of the nodes between them.
type pair struct {
	from, to int
	fields   [headFieldCount]habit
	timing   timing
}

// habit counts how a field fared in requests known to be the same for other
// reasons: some nodes replace an identifier or a User-Agent by their own.
type habit struct{ same, differ int }

// enough is how many cases make a habit.
const enough = 16

// replaced tells that a node between the two hops was seen to write its own
// value, more often than not.
func (h habit) replaced() bool { return h.differ >= enough && h.differ > h.same }

// kept tells that the value was seen to travel unchanged.
func (h habit) kept() bool { return h.same > 0 && !h.replaced() }

// learn takes note of a link that does not rest on traits or times.
func (p *pair) learn(a, b *Entry) {
	for i := range p.fields {
		switch before, after := a.values[i], b.values[i]; {
		case before == 0 || after == 0:
		case before == after:
			p.fields[i].same++
		default:
			p.fields[i].differ++
		}
	}
}

func (p *pair) gap() int { return p.to - p.from }

// pairTable finds the pair of two hops.
type pairTable struct {
	hops  int
	pairs []pair
}

func newPairTable(hops int) *pairTable {
	t := &pairTable{hops: hops, pairs: make([]pair, hops*hops)}
	for i := range t.pairs {
		t.pairs[i].from, t.pairs[i].to = i/hops, i%hops
	}
	return t
}

func (t *pairTable) at(from, to int) *pair { return &t.pairs[from*t.hops+to] }

// replaced tells whether any node between two hops replaces a field.
func (t *pairTable) replaced(from, to, field int) bool {
	if t.at(from, to).fields[field].replaced() {
		return true
	}
	for hop := from; hop < to; hop++ {
		if t.at(hop, hop+1).fields[field].replaced() {
			return true
		}
	}
	return false
}

// differ tells whether both entries have the field and the values contradict
// each other.
func (t *pairTable) differ(a, b *Entry, field int) bool {
	before, after := a.values[field], b.values[field]
	return before != 0 && after != 0 && before != after && !t.replaced(a.hop, b.hop, field)
}

// allows tells whether two entries can be the same request, and how sure a
// link can be that rests on signals that requests may share. A field that one
// of the two does not have is no contradiction. Their targets and methods are
// equal, as all these signals ask for that.
func (t *pairTable) allows(a, b *Entry) (Confidence, bool) {
	if t.anyDiffer(a, b, traits) {
		return Guess, false
	}
	// What the journeys of the two are made of must agree as well.
	confidence := Likely
	// The only two that are left need not belong together where others are
	// missing, or if their answers do not fit.
	if answeredOtherwise(a, b) || mayBeAskedTwice(a, b) || mayBeCheck(a, b) || (a.lossy || b.lossy || answersClash(a, b)) && !shareAny(a, b, identifiers) {
		confidence = Guess
	}
	for p := a; p != nil; p = p.previous() {
		for q := b; q != nil; q = q.next() {
			if t.anyDiffer(p, q, identifiers&^(1<<keyField)) {
				return Guess, false
			}
			// A node may make its own key (HAProxy does from HTTP/2 to
			// HTTP/1), but hardly one that passed on other keys. Where it is
			// not known for that, and the answers do not agree, packets may be
			// missing in which the other of each key was. Nor does a node that makes
			// a key make it for half a handshake.
			if t.differ(p, q, keyField) && (t.at(p.hop, q.hop).fields[keyField].kept() || !answeredAlike(p, q) || p.asksUpgrade() != q.asksUpgrade()) {
				confidence = Guess
			}
		}
	}
	return confidence, true
}

// mayBeCheck tells of a handshake, and a request that has no key and nothing else that the
// handshake has, but its target: one by which somebody looks whether the server is there
// while the node answers the handshake itself.
func mayBeCheck(a, b *Entry) bool {
	return a.values[keyField] != 0 && b.values[keyField] == 0 && a.asksUpgrade() && !b.asksUpgrade() && !shareAny(a, b, 1<<headFieldCount-1)
}

// shareAny tells whether both have the same value in any of the fields.
func shareAny(a, b *Entry, of signalSet) bool {
	for both := a.has & b.has & of; both != 0; both &= both - 1 {
		if i := bits.TrailingZeros64(uint64(both)); a.values[i] == b.values[i] {
			return true
		}
	}
	return false
}

// answersClash tells whether no node is known to make the earlier exchange's answer of
// the later one's: they answer with errors of their own, with what they stored (200,
// 206 and 304, RFC 9111 §4.3), and some cannot pass a 101 on.
func answersClash(a, b *Entry) bool {
	stored := func(status int32) bool { return status == 200 || status == 206 || status == 304 }
	return a.answered && b.answered && a.status != b.status && a.status < 500 && b.status != 101 &&
		!(stored(a.status) && stored(b.status))
}

// asksUpgrade tells whether the request has both fields that ask for an upgrade.
func (e *Entry) asksUpgrade() bool {
	m := e.x.Request
	return m != nil && m.Has("Upgrade") && m.HasToken("Connection", "upgrade")
}

// answeredAlike tells whether both were seen to get the same answer.
func answeredAlike(a, b *Entry) bool {
	return a.answered && b.answered && a.status == b.status
}

// anyDiffer tells whether the entries contradict each other in any of the fields.
func (t *pairTable) anyDiffer(a, b *Entry, of signalSet) bool {
	for both := a.has & b.has & of; both != 0; both &= both - 1 {
		i := bits.TrailingZeros64(uint64(both))
		if a.values[i] != b.values[i] && !t.replaced(a.hop, b.hop, i) {
			return true
		}
	}
	return false
}

func methodsDiffer(a, b *Entry) bool {
	before, after := a.method(), b.method()
	return before != "" && after != "" && before != after
}

func (e *Entry) previous() *Entry {
	if e.up == nil {
		return nil
	}
	return e.up.from
}

func (e *Entry) next() *Entry {
	if e.down == nil {
		return nil
	}
	return e.down.to
}
