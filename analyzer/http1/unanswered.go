package http1

// silent tells whether the server said nothing up to the end of its direction.
func (s *Stream) silent() bool {
	return (s.end.Cause == EndFin || s.end.Cause == EndReset) && s.saidNothing()
}

// givenUp tells whether the client closed first, and the server said nothing up to the
// end of what was seen.
func (s *Stream) givenUp() bool {
	return s.end.By == SideClient && s.end.Cause != EndLost && s.saidNothing()
}

// saidNothing tells whether the server's direction was seen whole so far, and holds
// nothing that could be a response not recognised, or one that was given out alone
// because it was not known which request it answers.
func (s *Stream) saidNothing() bool {
	server := &s.halves[s.client.Other()]
	return s.conn.Whole && server.missing == 0 && server.count.Unparsed == 0 && (s.orphan == nil || s.orphan.Unasked) && !s.ownerless
}

// unasked tells whether the response that is being read can belong to no
// request, none being open: the client's direction was seen whole so far, holds
// nothing that could be a request not recognised, and no request is on its way.
func (s *Stream) unasked() bool {
	client := &s.halves[s.client]
	return s.conn.Whole && s.order.asked && !s.order.unsure() && !s.order.responsesHidden && len(s.queue.open()) == 0 &&
		client.missing == 0 && client.count.Unparsed == 0 && client.state == stateHead && len(client.buf) == 0
}
