package http1

// silent tells whether the server's direction was seen whole, up to its end,
// and holds nothing that could be a response not recognised.
func (s *Stream) silent() bool {
	server := &s.halves[s.client.Other()]
	return s.conn.Whole && (s.end.Cause == EndFin || s.end.Cause == EndReset) &&
		server.missing == 0 && server.count.Unparsed == 0
}
