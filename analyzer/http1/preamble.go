package http1

import "bytes"

// A connection need not begin with HTTP to carry it: a SOCKS proxy is told
// first where to connect to (RFC 1928), a CONNECT is answered before the client
// begins to speak to the server behind the proxy, and who opened the connection
// may be the one that is asked. In all three HTTP is believed to begin only at
// the first byte of a packet, with a request that is beyond doubt.

// maxPreamble is how many bytes that are not HTTP may come before it without
// that messages might be hidden among them.
const maxPreamble = 4 << 10

// mentionsHTTP tells whether a message could be among bytes that are not read
// as one: each has a version in its start line. A version may begin at the end.
func mentionsHTTP(data []byte) bool {
	for rest := data; ; {
		i := bytes.IndexAny(rest, "Hh")
		if i < 0 {
			return false
		}
		if opensVersion(rest[i:]) {
			return true
		}
		rest = rest[i+1:]
	}
}

// agree is told that behind a preamble a message begins. If both ends had one
// they agreed on something, and no message is hidden; if only the client had, it
// may be what the first response answers.
func (s *Stream) agree(h *half) {
	if !h.preamble {
		return
	}
	h.preamble = false
	if s.agreed = s.agreed || s.halves[h.from.Other()].preamble; !s.agreed {
		s.hide(h)
	}
}

// turnsRound makes the end that was opened the client if it sends a request
// before there was any message, as behind a reverse tunnel. It tells whether
// data, the beginning of a packet, does so.
func (s *Stream) turnsRound(h *half, data []byte) bool {
	other := &s.halves[h.from.Other()]
	if s.seen || !s.clientKnown || h.from == s.client || !h.fresh || len(other.buf) > 0 ||
		len(s.conn.Proxy) > 0 || !beginsRequest(data) {
		return false
	}
	o := &s.order
	o.requestsHidden, o.responsesHidden, o.requestLost = o.responsesHidden, o.requestsHidden, false
	s.clientKnown = false
	s.setClient(h.from)
	s.conn.Turned = true
	h.drop()
	s.stats.Lost++
	return true
}

// resumes ends the tunnel of a CONNECT if the first that the client sends
// through it is a request. That and what follows are read like those outside of
// it: a browser does so to open a WebSocket through a proxy (RFC 6455 §4.1).
func (s *Stream) resumes(h *half, data []byte) bool {
	if h.from != s.client || !h.fresh || !beginsRequest(data) {
		s.mayResume = lineBreaks(data) == len(data)
		return false
	}
	s.giveTunnel()
	s.tunnel, s.tunnelGiven, s.mayResume, s.start = nil, false, false, tunnelStart{}
	for d := range s.halves {
		s.halves[d].drop()
		s.halves[d].state, s.halves[d].breaks = stateHead, 0
	}
	s.stats.Lost++ // by the content of packets alone it is not known where
	return true
}
