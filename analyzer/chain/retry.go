package chain

import (
	"slices"

	"github.com/hophound/hophound/analyzer/http1"
)

// mostAttempts is how many attempts at one request are looked for.
const mostAttempts = 8

// failed tells whether a node may try another server after such an answer, or
// after none (nginx, proxy_next_upstream; Envoy, retry_on).
func (e *Entry) failed() bool {
	status := e.status
	return !e.answered || status >= 500 || status == 403 || status == 404 || status == 429
}

// answeredOtherwise tells whether the earlier exchange got another answer than
// the later one, and may have got it from another attempt.
func answeredOtherwise(a, b *Entry) bool {
	if !a.answered || !b.failed() || a.status == b.status {
		return false
	}
	return b.answered || a.status < 502 || a.status > 504
}

// mayBeAbandoned tells whether an exchange can be an attempt that the node
// before gave up: its answer was not seen, nor that there was none.
func mayBeAbandoned(a *Entry) bool {
	return a.hop > 0 && !a.answered && !a.unanswered
}

// mayBeRetried tells whether another attempt at the request of an entry can
// still turn up.
func (e *Entry) mayBeRetried() bool { return e.up != nil && !e.ripe && e.failed() }

// aside tells whether an entry belongs to an attempt that was not the last.
func (e *Entry) aside() bool {
	for ; e != nil; e = e.previous() {
		if e.retried != nil {
			return true
		}
	}
	return false
}

// lastAttempt looks whether the later exchanges that share an identifier with
// one earlier exchange, and with no other, are attempts at its request: one
// after the other, each on a connection of its own, all but the last failed,
// and all of it within the time that the earlier one took. If so it gives the
// last one, and the others go with it; otherwise nil.
func (m *Matcher) lastAttempt(a *Entry, s slot) *Entry {
	if s.nLater > mostAttempts || a.down != nil && !sharesKey(s, a.down.to) {
		return nil
	}
	attempts := make([]*Entry, 0, s.nLater)
	for b := s.later; b != nil; b = b.twin {
		if b.up != nil && b.up.from != a || b.candidate != nil && b.candidate != a && b.candidate.retried != a {
			return nil // a stronger signal says otherwise
		}
		attempts = append(attempts, b)
	}
	slices.SortFunc(attempts, compareEntries)
	if !oneByOne(attempts) || !m.within(a, attempts) {
		return nil
	}
	return gather(attempts)
}

// gather makes several attempts one, and gives the last.
func gather(attempts []*Entry) *Entry {
	last := attempts[len(attempts)-1]
	for _, b := range attempts[:len(attempts)-1] {
		if b.up != nil {
			b.up.from.down, b.up = nil, nil
		}
		b.retried = last
		last.retries = append(append(last.retries, b.retries...), b)
		for _, r := range b.retries {
			r.retried = last
		}
		b.retries = nil
	}
	return last
}

func sharesKey(s slot, e *Entry) bool {
	for b := s.later; b != nil; b = b.twin {
		if b == e {
			return true
		}
	}
	return false
}

// oneByOne tells whether exchanges look like attempts at one request.
func oneByOne(attempts []*Entry) bool {
	for i, b := range attempts[1:] {
		a := attempts[i]
		if !a.failed() || a.end > b.start+jitter || !sameRequest(a, b) {
			return false
		}
		for _, other := range attempts[:i+1] {
			if other.x.Conn == b.x.Conn {
				return false
			}
		}
	}
	return true
}

// sameRequest tells whether what was seen of two heads at one hop is the same.
func sameRequest(a, b *Entry) bool {
	for i, v := range a.values {
		if v != 0 && b.values[i] != 0 && v != b.values[i] {
			return false
		}
	}
	return a.target == b.target // with the method
}

// within tells whether attempts fit into the time that the earlier exchange
// took with all attempts at it, or had a connection for. That needs no clocks; if they are known, it
// must lie there too.
func (m *Matcher) within(a *Entry, attempts []*Entry) bool {
	first, last := attempts[0], attempts[len(attempts)-1]
	start := a.start
	if len(a.retries) > 0 {
		start = min(start, a.retries[0].start)
	}
	if last.end-first.start > a.until-start+jitter {
		return false
	}
	t := m.tolerance(a, last)
	return !m.clock.comparable(a.hop, last.hop) || first.start >= start-t && last.end <= a.until+t
}

// linkRetried links, of a group that shares a weak signal, each request with
// the attempts at it where nothing else could have caused them. It gives what
// is left of the group.
func (m *Matcher) linkRetried(t pass, g group, by int) group {
	if !slices.ContainsFunc(g.later, (*Entry).gaveUp) {
		return g
	}
	m.findEdges(g, false)
	for _, a := range g.earlier {
		if a.visited || len(a.edges) < 2 {
			continue
		}
		c := m.component(a)
		if c.crowded || len(c.earlier) > 1 || !t.mayLink(c) || !m.retriedBy(a, c.later) {
			continue
		}
		m.linkEdge(a, gather(c.later), Likely, signalSet(0).with(by).with(byTime))
	}
	dropEdges(g.earlier)
	dropEdges(g.later)
	g.earlier = slices.DeleteFunc(g.earlier, func(e *Entry) bool { return e.down != nil })
	g.later = slices.DeleteFunc(g.later, func(e *Entry) bool { return e.up != nil || e.retried != nil })
	return g
}

// gaveUp tells whether an attempt failed beyond doubt.
func (e *Entry) gaveUp() bool { return e.unanswered || e.status >= 500 }

// retriedBy tells whether exchanges that look like a request, and that nothing
// but it can have caused, are attempts at it: the last gave it its answer, the
// others gave up.
func (m *Matcher) retriedBy(a *Entry, attempts []*Entry) bool {
	n := len(attempts) - 1
	return n < mostAttempts && a.answered && a.status == attempts[n].status &&
		!slices.ContainsFunc(attempts[:n], func(b *Entry) bool { return !b.gaveUp() || b.up != nil }) &&
		oneByOne(attempts) && m.within(a, attempts)
}

// attemptOf gives the attempt at a request that caused a later exchange: the
// one that it lies within, or else the last one.
func (m *Matcher) attemptOf(a, b *Entry) *Entry {
	if len(a.retries) == 0 || !m.clock.comparable(a.hop, b.hop) {
		return a
	}
	for _, tolerance := range []int64{m.clock.err(a.hop, b.hop), m.tolerance(a, b)} {
		for _, r := range append([]*Entry{a}, a.retries...) {
			if nests(r, b, tolerance) {
				return r
			}
		}
	}
	return a
}

// dropAttempts takes apart attempts that were not linked after all.
func dropAttempts(entries []*Entry) {
	for _, e := range entries {
		if len(e.retries) == 0 || e.up != nil {
			continue
		}
		for _, r := range e.retries {
			r.retried = nil
		}
		e.retries = nil
	}
}

// giveRetries adds the attempts before an entry to a journey, and gives them
// out with all that they caused at later hops.
func (m *Matcher) giveRetries(j *Journey, last *Entry, letGo bool) {
	for _, r := range last.retries {
		if j.Retries == nil {
			j.Retries = make([][]*http1.Exchange, len(m.pools))
		}
		for e := r; e != nil; e = e.next() {
			j.Retries[e.hop] = append(j.Retries[e.hop], e.x)
			m.pools[e.hop].takeOut(e, true, letGo)
			m.giveRetries(j, e, letGo)
		}
	}
}
