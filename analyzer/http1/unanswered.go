package http1

// silent tells whether the server's direction was seen whole, up to its end,
// and holds nothing that could be a response not recognised, or one that was
// given out alone because it was not known which request it answers.
func (s *Stream) silent() bool {
	server := &s.halves[s.client.Other()]
	return s.conn.Whole && (s.end.Cause == EndFin || s.end.Cause == EndReset) &&
		server.missing == 0 && server.count.Unparsed == 0 && (s.orphan == nil || s.orphan.Unasked) && !s.ownerless
}

// unasked tells whether the response that is being read can belong to no
// request, none being open: the client's direction was seen whole so far, holds
// nothing that could be a request not recognised, and no request is on its way.
func (s *Stream) unasked() bool {
	client := &s.halves[s.client]
	return s.conn.Whole && s.order.asked && !s.order.unsure() && !s.order.responsesHidden && len(s.queue.open()) == 0 &&
		client.missing == 0 && client.count.Unparsed == 0 && client.state == stateHead && len(client.buf) == 0
}
