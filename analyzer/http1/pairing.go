package http1

// Pairing says on what grounds a response was joined to its request.
type Pairing uint8

const (
	// PairedByOrder: responses come in the order of requests (RFC 9112
	// §9.3.2), and nothing that is missing could have shifted it.
	PairedByOrder Pairing = iota
	// PairedByKey: the order was lost, but Sec-WebSocket-Accept answers the
	// request's Sec-WebSocket-Key.
	PairedByKey
	// PairedByHabit: nothing but the client's habit tells, which is to wait for
	// a response before it sends the next request. Either the order was lost
	// earlier on this connection, and since then the client has waited twice in
	// a row and without exception; or the beginning of the connection was not
	// seen, and the client was never seen not to wait. A client that always
	// keeps two requests on their way could look the same.
	PairedByHabit
)

// habitRounds is how often a client must be seen to wait for its response
// before it is believed to do so.
const habitRounds = 2

// order is what is known of which response belongs to which request.
type order struct {
	requestsHidden  bool // requests may have been missed since the last one seen
	responsesHidden bool // responses may have been missed since the last one seen
	owed            int  // at most so many responses belong to requests that were given out without
	owedUnknown     bool // or an unknown number

	basis Pairing // the grounds for joining by order

	asked       bool   // there was a request
	answers     int    // final responses since the last request
	requestLost bool   // the requests' position was lost since the last request
	passed      uint64 // half.passed of the responses at the last request
	rounds      int    // how often the client waited, since a position was lost
	pipelines   bool   // the client was seen not to wait
}

// unsure tells that the next response may belong to a request that is not in
// the queue.
func (o *order) unsure() bool { return o.requestsHidden || o.owed > 0 || o.owedUnknown }

// asked takes a new request into the queue.
func (s *Stream) asked(h *half, b *block) {
	s.learnHabit(h)
	if len(s.queue.waiting()) >= s.limits.Pipeline {
		s.letGoOldest(h)
	}
	s.queue.push(pending{block: b, hidden: s.order.requestsHidden})
	s.order.requestsHidden = false
}

// learnHabit watches whether the client waits for each response. If it does,
// a new request tells that all earlier ones were answered, seen or not.
func (s *Stream) learnHabit(h *half) {
	o := &s.order
	other := &s.halves[h.from.Other()]
	rest, lost := other.atRest(), other.state == stateLost
	passed := other.passed != o.passed
	opening := !o.asked && !s.info.Whole
	switch {
	case !o.asked || o.requestLost:
	case !rest || o.answers > 1 || o.answers == 0 && !passed:
		o.pipelines = true
		o.owedUnknown = o.owedUnknown || o.basis == PairedByHabit // it was believed to wait
	case !lost && !passed:
		o.rounds++
	}
	o.asked, o.requestLost, o.answers, o.passed = true, false, 0, other.passed
	if o.pipelines || o.rounds < habitRounds && !opening || !rest || !o.unsure() && len(s.queue.open()) == 0 {
		return // no ground, or no need
	}
	s.setApart(s.queue.open())
	o.requestsHidden, o.responsesHidden, o.owed, o.owedUnknown = false, lost, 0, false
	o.basis = PairedByHabit
}

// letGoOldest gives out the oldest request without a response, because too
// many wait.
func (s *Stream) letGoOldest(h *half) {
	s.stats.PipelineLimit++
	if other := &s.halves[h.from.Other()]; other.msg != nil {
		s.lose(other) // it is just being answered
		return
	}
	open := s.queue.open()
	if len(open) == 0 {
		return
	}
	if open[0].hidden {
		s.order.owedUnknown = true
	}
	s.order.owed++
	s.setApart(open[:1])
}

// setApart gives up finding the responses of some requests.
func (s *Stream) setApart(open []pending) {
	for i := range open {
		open[i].answered = true
	}
	s.giveFinished()
}

// answered finds the exchange a response head belongs to: that of the request
// it certainly answers, or one without a request. method is the request's, or
// the likeliest guess. draft is where m stands.
func (s *Stream) answered(m *Message, draft *block) (b *block, method string) {
	o := &s.order
	if !isInformational(m.Status) {
		o.answers++
	}
	if b = s.orphan; b != nil {
		return b, ""
	}
	open := s.queue.open()
	if i, pairing, ok := s.match(m, open); ok {
		o.responsesHidden = false
		b = open[i].block
		b.Pairing = pairing
		if i > 0 {
			s.setApart(open[:i])
		}
		return b, b.request.Method
	}
	if len(open) > 0 {
		method = open[0].block.request.Method
	}
	unasked := s.unasked()
	s.answerApart(open)
	if b = draft; b.Request != nil {
		b = s.arena.block()
	}
	s.number(b)
	b.Unasked = unasked
	s.orphan = b
	return b, method
}

// match finds which open request a response answers, if there is no doubt.
func (s *Stream) match(m *Message, open []pending) (i int, by Pairing, ok bool) {
	o := &s.order
	inOrder := len(open) > 0 && !open[0].hidden && o.owed == 0 && !o.owedUnknown
	if inOrder && (!o.responsesHidden || len(open) == 1 && !o.requestsHidden) {
		return 0, o.basis, true
	}
	if m.Status != 101 {
		return 0, 0, false
	}
	for i := range open {
		if accepts(m, &open[i].block.request) {
			o.owed, o.owedUnknown = 0, false
			return i, PairedByKey, true
		}
	}
	return 0, 0, false
}

// answerApart takes note of a response that could belong to any of the open
// requests, or to none of them: none can be joined with a response by order
// alone until every one that may be owed has come. A response that nobody
// asked for may be the early answer to a request whose head is on its way.
func (s *Stream) answerApart(open []pending) {
	o := &s.order
	hidden := o.requestsHidden || len(open) == 0 && o.owed == 0
	for i := range open {
		hidden = hidden || open[i].hidden
	}
	if hidden {
		o.owedUnknown = true
	}
	o.owed = max(0, o.owed+len(open)-1)
	o.requestsHidden, o.responsesHidden = false, false
	s.setApart(open)
}

// mayAnswer tells whether there is a request that a response could answer.
func (s *Stream) mayAnswer() bool {
	return !s.clientKnown || s.order.requestsHidden || s.order.owed > 0 || s.order.owedUnknown ||
		s.orphan != nil || len(s.queue.open()) > 0 || !s.order.asked
}

// requested notes that a request's content is over.
func (s *Stream) requested(b *block) {
	p := s.queue.find(b)
	if p == nil {
		return
	}
	h := &s.halves[s.client]
	p.sent, p.before, p.missing = true, h.count, h.missing
	p.follows.broken = !b.request.Complete || !b.request.Content.Complete
	s.giveFinished()
}

// responded notes that a response's content is over.
func (s *Stream) responded(b *block) {
	if b.Response == nil {
		return // informational
	}
	if b == s.orphan {
		s.orphan = nil
		s.give(b)
		return
	}
	if p := s.queue.find(b); p != nil {
		p.answered = true
		s.giveFinished()
	}
}

// giveFinished gives out the exchanges at the front that nothing can be added to.
func (s *Stream) giveFinished() {
	for w := s.queue.waiting(); len(w) > 0 && w[0].sent && w[0].answered; w = s.queue.waiting() {
		b := w[0].block
		s.queue.pop()
		s.give(b)
	}
}

// giveAll gives out everything, at the end of the connection.
func (s *Stream) giveAll() {
	for w := s.queue.waiting(); len(w) > 0; w = s.queue.waiting() {
		b := w[0].block
		if !w[0].answered && b.Response == nil {
			b.Unanswered, b.GivenUp = s.silent(), s.givenUp()
		}
		s.queue.pop()
		s.give(b)
	}
	if s.orphan != nil {
		s.give(s.orphan)
	}
	s.orphan = nil
	s.giveTunnel()
}

// give hands an exchange out. Nothing of it is touched from here on.
func (s *Stream) give(b *block) {
	b.End, b.Lossy = s.end, s.stats.Lost > 0
	b.room = nil
	b.learnOrdinary()
	s.stats.Exchanges++
	if b.Request != nil {
		s.stats.Requests++
	} else if !b.Unasked {
		s.ownerless = true
	}
	if b.Response != nil {
		s.stats.Responses++
	}
	s.emit(&b.Exchange)
}
