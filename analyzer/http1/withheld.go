package http1

import "bytes"

// A client that waits for a response before it sends content may be refused, and send its
// next request instead of the content that it announced (RFC 9110 §10.1.1): so do those
// that are asked to log in (RFC 4559 §6). It is believed in place of the first byte only,
// and where the request line is beyond doubt.

// mayWithhold tells whether the next byte is the first of the content of a request that
// was refused.
func (s *Stream) mayWithhold(h *half) bool {
	if h.state != stateLength || h.from != s.client || h.msg.Content.Bytes > 0 || h.msg.Content.Missing > 0 || h.sent {
		return false
	}
	answer := h.block.Response
	return answer != nil && answer.Status >= 300
}

// withheld finds out which it is.
func (s *Stream) withheld(h *half, data []byte) int {
	const longest = 8 << 10
	view := h.view(data)
	switch {
	case beginsRequest(view):
		buf, shares := h.buf, h.shares
		h.buf, h.shares = nil, nil // which are the next message's
		s.finish(h, false)
		h.buf, h.shares = buf, shares
		return 0
	case bytes.IndexByte(view, '\n') < 0 && mayOpenRequest(view) && len(view) < longest && uint64(len(view)) < h.left &&
		s.arena.held+len(data) <= s.limits.Held:
		h.keep(view)
		return len(data)
	}
	s.settle(h)
	return 0
}

// settle takes what was held for a request line for content.
func (s *Stream) settle(h *half) {
	if h.state != stateWithheld {
		return
	}
	h.state, h.sent = stateLength, true
	held := h.buf
	h.hold(nil)
	h.shares = nil
	if len(held) > 0 {
		s.content(h, held)
	}
}
