package http1

// openTunnel makes the connection a tunnel by the exchange b, whose final
// response h just read. Client bytes behind b's request are of the tunnel
// too, whatever they were taken for so far: a client may send before it has
// the response.
func (s *Stream) openTunnel(h *half, b *block) {
	b.Tunnel = &Tunnel{}
	s.tunnel = b
	s.orphan = nil
	h.state = stateTunnel
	s.mayResume = b.Request != nil && b.Request.Method == "CONNECT" && b.Response.Status != 101
	client := &s.halves[h.from.Other()]
	p := s.queue.find(b)
	switch {
	case p == nil:
		s.cutToTunnel(client)
	case p.sent:
		s.rewind(client, p)
	default:
		// The request's content comes first; finish goes on to the tunnel.
	}
	for i, w := 0, s.queue.waiting(); i < len(w) && w[i].block != b; i++ {
		w[i].sent, w[i].answered = true, true
	}
	s.giveFinished()
	s.queue = queue{}
	if s.info.Eager {
		s.giveTunnel()
	}
}

// giveTunnel gives out the exchange that opened the tunnel, if there is one
// that was not given out yet.
func (s *Stream) giveTunnel() {
	if s.tunnel == nil || s.tunnelGiven {
		return
	}
	s.tunnelGiven = true
	b := s.tunnel
	if s.info.Eager { // what goes on counting is not what is given out
		s.tunnel.block = nil
		given, count := *s.tunnel, *s.tunnel.Tunnel
		b, given.Tunnel = &given, &count
	}
	b.Tunnel.ClientStart = s.start.hash()
	s.give(b)
}

// rewind takes everything after p's request as tunnel bytes. Requests that
// were read from them never were any.
func (s *Stream) rewind(client *half, p *pending) {
	passed := client.count.Sum() + uint64(len(client.buf)) - p.before.Sum()
	s.mayResume = s.mayResume && passed <= uint64(len("\r\n")) && client.missing == p.missing
	client.count = p.before
	client.count.Tunnel += passed
	s.tunnel.Tunnel.FromClient = passed
	s.tunnel.Tunnel.Missing = client.missing - p.missing
	s.start = p.follows
	s.index = p.block.Index + 1
	s.turn(client)
}

// cutToTunnel ends what the client was sending when a tunnel opened whose
// request was not seen.
func (s *Stream) cutToTunnel(client *half) {
	if client.msg == nil {
		client.count.Tunnel += uint64(len(client.buf))
		s.tunnel.Tunnel.FromClient += uint64(len(client.buf))
		client.drop()
	}
	s.start.broken = true
	s.cut(client)
	s.turn(client)
}

// turn makes a half a tunnel.
func (s *Stream) turn(h *half) {
	h.drop()
	h.msg, h.block = nil, nil
	h.state = stateTunnel
}

// pass counts bytes of a tunnel.
func (s *Stream) pass(h *half, data []byte) int {
	if s.mayResume && s.resumes(h, data) {
		return 0
	}
	n := uint64(len(data))
	h.count.Tunnel += n
	if h.from == s.client {
		s.tunnel.Tunnel.FromClient += n
		s.start.write(data)
	} else {
		s.tunnel.Tunnel.FromServer += n
	}
	return len(data)
}
