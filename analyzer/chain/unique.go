package chain

// matchUnique links what has an identifier that occurs once at each of the two
// hops. With dueOnly only pairs of which one is leaving are linked.
func (m *Matcher) matchUnique(p *pair, dueOnly bool) {
	earlier, later := m.pools[p.from].sorted, m.pools[p.to].sorted
	if m.absent(byProxyClient, p) { // which may come with any request at the earlier hop
		m.named.earlier = appendNamed(m.named.earlier[:0], earlier)
		m.named.later = appendNamed(m.named.later[:0], later)
		earlier, later = m.named.earlier, m.named.later
	}
	for i := range byForwardedFor {
		m.proposeBy(i, p, earlier, later)
	}
	proposed := m.proposed[:0]
	for _, a := range earlier {
		if b := a.candidate; b != nil && (!dueOnly || a.due || b.due) && (a.found.has(byFrames) || !methodsDiffer(a, b)) {
			p.learn(a, b)
			proposed = append(proposed, a)
		}
	}
	for _, a := range proposed {
		if c, ok := m.judgeUnique(a, a.candidate); ok {
			m.connectUnique(a, a.candidate, c, a.found)
		}
	}
	forget(earlier)
	forget(later)
	clear(proposed)
	m.proposed = proposed[:0]
	dropAttempts(later)
	clear(m.named.earlier)
	clear(m.named.later)
}

// appendNamed appends the entries that have anything that may be unique to them, and
// attempts before others, which may stand in for these.
func appendNamed(named, entries []*Entry) []*Entry {
	for _, e := range entries {
		if e.has&identifiers != 0 || e.framed || e.viaProxy || e.retried != nil {
			named = append(named, e)
		}
	}
	return named
}

func forget(entries []*Entry) {
	for _, e := range entries {
		e.candidate, e.found, e.disputed = nil, 0, false
	}
}

// absent tells whether no exchange at one of two hops has a signal that is to be met
// at both.
func (m *Matcher) absent(i int, p *pair) bool {
	from, to := m.pools[p.from].present, m.pools[p.to].present
	if i == byProxyClient {
		return !to.has(byProxySource)
	}
	return !(from & to).has(i)
}

// proposeBy lets one signal propose its pairs. All exchanges count for
// whether a value is unique, also those that are linked already or were given
// out before.
func (m *Matcher) proposeBy(i int, p *pair, earlier, later []*Entry) {
	if m.absent(i, p) {
		return
	}
	s, gap := &m.signals[i], p.gap()
	m.resetSlots(len(later))
	nEarlier, nLater, common := 0, 0, 0
	for _, b := range later {
		if k := s.later(b, gap); k != 0 && !b.aside() {
			nLater++
			c := m.slotOf(k)
			b.twin = nil
			if c.nLater++; c.nLater == 1 {
				c.later = b
			} else {
				c.last.twin = b
			}
			c.last = b
		}
	}
	if nLater == 0 {
		return
	}
	for _, a := range earlier {
		if k := s.earlier(a, gap); k != 0 && !a.aside() {
			nEarlier++
			c := m.knownSlot(k)
			if c == nil {
				continue // nothing to meet
			}
			if c.nEarlier++; c.nEarlier == 1 {
				c.earlier = a
				common++
			}
		}
	}
	if s.field >= 0 && common == 0 && min(nEarlier, nLater) >= enough && p.fields[s.field].same == 0 {
		p.fields[s.field].differ += enough
	}
	for _, a := range earlier {
		met := m.knownSlot(s.earlier(a, gap))
		if met == nil || met.earlier != a {
			continue
		}
		c := *met
		if c.nEarlier == 1 && c.nLater > 1 && s.field >= 0 && m.trusts(i, a, c.later) {
			if last := m.lastAttempt(a, c); last != nil {
				c.later, c.nLater = last, 1
			}
		}
		m.noteRepeats(s, p, c)
		if c.nEarlier == 1 && c.nLater == 1 && m.trusts(i, a, c.later) {
			propose(i, m.attemptOf(a, c.later), c.later)
		}
	}
}

// noteRepeats remembers that a field was seen not to be one value per request.
func (m *Matcher) noteRepeats(s *signal, p *pair, c slot) {
	if s.field < 0 {
		return
	}
	from, to := m.pools[p.from], m.pools[p.to]
	if c.nEarlier > 1 || from.remembers(s.field, c.earlier.values[s.field]) {
		from.repeats[s.field] = true
	}
	if c.nLater > 1 || to.remembers(s.field, c.later.values[s.field]) {
		to.repeats[s.field] = true
	}
}

// trusts tells whether a key that is unique in the pools can be relied on.
func (m *Matcher) trusts(i int, a, b *Entry) bool {
	v := a.frames
	switch {
	case i < firstTrait:
		v = a.values[i]
	case i != byFrames:
		// A proxy that answers a request itself, other than the server does,
		// has shifted the positions behind it.
		return a.status == 0 || b.status == 0 || a.status == b.status
	}
	if i == keyField && a.sampleKey {
		return false
	}
	return !m.pools[a.hop].remembers(i, v) && !m.pools[b.hop].remembers(i, v)
}

// propose takes note of a pair. Signals come strongest first; a later one that
// says otherwise puts all of them in doubt.
func propose(i int, a, b *Entry) {
	switch {
	case a.candidate == b && b.candidate == a:
		a.found = a.found.with(i)
	case a.down != nil || b.up != nil:
	case a.candidate == nil && b.candidate == nil:
		a.candidate, b.candidate = b, a
		a.found = a.found.with(i)
	default:
		for _, e := range []*Entry{a, b} {
			e.disputed = true
			if e.candidate != nil {
				e.candidate.disputed = true
			}
		}
	}
}

// judgeUnique judges a pair by the strongest of its signals.
func (m *Matcher) judgeUnique(a, b *Entry) (c Confidence, ok bool) {
	best := trait
	for i := range firstTrait {
		if a.found.has(i) {
			best = max(best, headFields[i].says)
		}
	}
	// Which attempt reached the later hop is told by times only.
	if len(a.retries) > len(b.retries) && !m.clock.comparable(a.hop, b.hop) {
		m.again = true
		return Guess, false
	}
	// The requests of one trace are told apart by their targets, and by their
	// times where traces were seen to be of several requests.
	if best == ofTrace && m.tracesRepeat(a, b) && !m.sameTime(a, b) {
		return Guess, false
	}
	switch {
	case a.found.has(byFrames):
		return certainUnless(a.disputed || b.disputed), true
	case mayBeAskedTwice(a, b):
		return Guess, true
	case len(b.retries) > 0 && best == ofTrace,
		answeredOtherwise(a, b) && len(b.retries) == 0,
		mayBeAbandoned(a) && b.answered,
		len(a.retries) > len(b.retries) && !m.sameTime(a, b),
		m.inDoubt(a, b, best),
		best == ofTrace && (a.target == 0 || a.target != b.target),
		best == trait && !sameBytes(a, b): // only the PROXY protocol: the node may have answered some itself
		return Likely, true
	}
	return Certain, true
}

// mayBeAskedTwice tells whether the two have nothing but the key in common, and are a
// handshake and half of one on connections of which messages were lost, or come from
// different ends: a client may ask twice with one key, and a server send back what it
// was asked, and the other of each may be what was lost.
func mayBeAskedTwice(a, b *Entry) bool {
	if answeredAlike(a, b) || shareAny(a, b, identifiers&^(1<<keyField)) {
		return false
	}
	return a.turned != b.turned || a.lossy && b.lossy && a.asksUpgrade() != b.asksUpgrade()
}

// inDoubt tells whether another signal that is as good says otherwise. A new
// key is legal, but a reason to doubt.
func (m *Matcher) inDoubt(a, b *Entry, best evidence) bool {
	before, after := a.values[keyField], b.values[keyField]
	if a.disputed || b.disputed || before != 0 && after != 0 && before != after {
		return true
	}
	for i := range firstTrait {
		if headFields[i].says >= best && !a.found.has(i) && m.pairs.differ(a, b, i) {
			return true
		}
	}
	return false
}

// tracesRepeat tells whether all trace fields that the pair rests on were seen
// with one value in several requests.
func (m *Matcher) tracesRepeat(a, b *Entry) bool {
	for i := range firstTrait {
		if a.found.has(i) && !m.pools[a.hop].repeats[i] && !m.pools[b.hop].repeats[i] {
			return false
		}
	}
	return true
}

func (m *Matcher) sameTime(a, b *Entry) bool {
	return m.clock.comparable(a.hop, b.hop) && nests(a, b, m.tolerance(a, b)) && m.pairs.fits(a, b)
}

// sameBytes tells that the node between the two passes on bytes, not messages.
func sameBytes(a, b *Entry) bool {
	return a.asked && b.asked && a.answered && b.answered &&
		a.x.Request.Complete && a.x.Request.Head == b.x.Request.Head &&
		a.x.Response.Complete && a.x.Response.Head == b.x.Response.Head
}

// connectUnique links two entries without regard to clocks: they are learned
// from such links.
func (m *Matcher) connectUnique(a, b *Entry, c Confidence, found signalSet) {
	m.fresh = append(m.fresh, m.tie(a, b, c, found))
}

// connect links two entries whose times were compared.
func (m *Matcher) connect(a, b *Entry, c Confidence, found signalSet) {
	m.tie(a, b, c, found)
	if c > Guess {
		m.pairs.at(a.hop, b.hop).timing.learn(a, b)
	}
}

func (m *Matcher) tie(a, b *Entry, c Confidence, found signalSet) *link {
	var l *link
	if n := len(m.links); n > 0 {
		l, m.links = m.links[n-1], m.links[:n-1]
	} else {
		l = new(link)
	}
	*l = link{from: a, to: b, confidence: c, found: found}
	a.down, b.up = l, l
	return l
}

func certainUnless(disputed bool) Confidence {
	if disputed {
		return Likely
	}
	return Certain
}
