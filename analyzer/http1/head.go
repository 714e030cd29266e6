package http1

import "bytes"

// head reads bytes of a head, or what stands before it: PROXY protocol
// headers at the beginning of the connection, line breaks before a start line
// (RFC 9112 §2.2). It gives the number of bytes of data it used up.
func (s *Stream) head(h *half, data []byte) int {
	kept := len(h.buf)
	view := h.view(data)
	if h.first && s.Side(h.from) != SideServer {
		n, more := s.proxy(h, view)
		if more {
			h.keep(view)
			return len(data)
		}
		if n > 0 {
			return n - kept
		}
	}
	h.first = false
	if n := lineBreaks(view); n > 0 {
		return s.passBreaks(h, n)
	}
	end, ok := s.scan(h, view)
	if !ok || end > s.limits.Head {
		switch v := s.open(h, view[:min(len(view), s.limits.Head)]); {
		case v == openSimple:
			end = bytes.IndexByte(view, '\n') + 1
			s.arena.feeds = append(s.arena.feeds[:0], end-1)
		case v == openNo || v == openMore && len(view) >= s.limits.Head:
			return s.reject(h, view, len(data))
		case len(view) >= s.limits.Head:
			s.tooLarge(h, view)
			return len(data)
		case s.arena.held+len(data) > s.limits.Held:
			s.crowdedOut(h, view)
			return len(data)
		default:
			h.keep(view)
			return len(data)
		}
	}
	shares := h.shares
	n := s.whole(h, view[:end])
	if n == 0 {
		return s.reject(h, view, len(data))
	}
	if n < kept { // a simple request; what follows it was waited for
		h.keepBehind(view[:kept], n, shares)
		return 0
	}
	return n - kept
}

// proxy reads a PROXY protocol header at the beginning of view and gives its
// length. more tells that it is not complete.
func (s *Stream) proxy(h *half, view []byte) (n int, more bool) {
	if len(s.conn.Proxy) >= maxProxyHeaders {
		return 0, false
	}
	header, n, more := proxyHeader(view)
	if n == 0 {
		return 0, more && len(view) < max(s.limits.Head, proxyV2Head+1<<16) && s.arena.held+len(view) <= s.limits.Held
	}
	var m Message
	h.mark(&m, n, nil)
	header.Packets = m.Packets
	s.conn.Proxy = append(s.conn.Proxy, header)
	s.setClient(h.from)
	h.count.Framing += uint64(n)
	h.drop()
	return n, false
}

// lineBreaks is the number of bytes of line breaks that b begins with.
func lineBreaks(b []byte) int {
	n := 0
	for n < len(b) {
		switch {
		case b[n] == '\n':
			n++
		case b[n] == '\r' && n+1 < len(b) && b[n+1] == '\n':
			n += 2
		default:
			return n
		}
	}
	return n
}

// passBreaks passes over n bytes of line breaks before a start line. They may
// begin in what was kept.
func (s *Stream) passBreaks(h *half, n int) int {
	h.count.Framing += uint64(n)
	h.breaks += n
	kept, shares := h.buf, h.shares
	h.drop()
	if n < len(kept) {
		h.keepBehind(kept, n, shares)
	}
	return max(0, n-len(kept))
}

// opening says what bytes can be the beginning of.
type opening uint8

const (
	openNo     opening = iota // no start line
	openMore                  // cannot be told yet
	openYes                   // begins with a start line
	openSimple                // begins with a request of HTTP/0.9, which is one line
)

// open looks at the beginning of a head that is not complete.
func (s *Stream) open(h *half, view []byte) opening {
	if h.started {
		return openYes
	}
	if s.info.Whole && h.count == (Bytes{}) && h.missing == 0 && opensSOCKS(view) {
		return openMore
	}
	request := s.expectsRequest(h, view)
	line, ok := cutLine(view)
	switch {
	case !ok && len(view) == 1 && (view[0] == '\r' || view[0] == recordHandshake):
		return openMore
	case !ok && request && mayOpenRequest(view), !ok && !request && opensStatus(view):
		return openMore
	case !ok:
		return openNo
	}
	if request {
		method, target, version, _, ok := requestLine(string(line))
		if !ok || isPreface(method, target, version) {
			return openNo
		}
		if version == "" {
			if v := versionless(method, view[bytes.IndexByte(view, '\n')+1:]); v != openYes {
				return v
			}
		}
	} else if _, _, _, _, ok := statusLine(string(line)); !ok {
		return openNo
	}
	h.started = true
	s.accept(h, request)
	return openYes
}

// expectsRequest tells whether the next message of a half is a request. As
// long as that is not known, the first bytes tell: no method can begin a
// status line.
func (s *Stream) expectsRequest(h *half, view []byte) bool {
	if s.clientKnown {
		return h.from == s.client
	}
	return !opensVersion(view) && !bytes.HasPrefix(view, []byte("ICY "))
}

// accept notes that a half carries messages.
func (s *Stream) accept(h *half, request bool) {
	s.seen = true
	client := h.from
	if !request {
		client = client.Other()
	}
	s.setClient(client)
}

// scan looks for the end of the head in view. If it is there, the places of all
// line feeds up to it are in the arena's feeds.
func (s *Stream) scan(h *half, view []byte) (end int, ok bool) {
	before := h.scan.seen
	end, s.arena.feeds, ok = h.scan.end(view, s.arena.feeds[:0])
	if ok && before > 0 { // some were met in earlier packets
		s.arena.feeds = appendFeeds(s.arena.feeds[:0], view[:end])
	}
	return end, ok
}

// whole reads the complete head in view and enters its content. It gives the
// length of the head, 0 if it is none. The arena's feeds are those of view.
func (s *Stream) whole(h *half, view []byte) int {
	if s.expectsRequest(h, view) {
		return s.request(h, view, s.arena.feeds, true)
	}
	return s.response(h, view, s.arena.feeds, true)
}

// partial reads a head that breaks off at the end of view. Only its whole
// lines count, and the last of them only if the next one does not continue it.
func (s *Stream) partial(h *half, view []byte) {
	n := 0
	switch v := s.open(h, view); {
	case v == openNo:
	case v != openYes && bytes.IndexByte(view, '\n') >= 0: // a line that may be all there is
		feed := bytes.IndexByte(view, '\n')
		n = s.request(h, view[:feed+1], []int{feed}, true)
	case s.expectsRequest(h, view):
		n = s.request(h, view, appendFeeds(nil, view), false)
	default:
		n = s.response(h, view, appendFeeds(nil, view), false)
	}
	h.count.Unparsed += uint64(len(view) - n)
	h.drop()
}

// tooLarge lets go the rest of a head that is longer than Limits.Head.
func (s *Stream) tooLarge(h *half, view []byte) {
	s.stats.HeadLimit++
	h.count.Unparsed += uint64(len(view) - s.limits.Head)
	h.tooLarge = true
	s.partial(h, view[:s.limits.Head])
	h.tooLarge = false
	s.lose(h)
}

// crowdedOut gives up a head because the streams of the arena hold too much.
// Nothing of it is kept: a great many may be like it.
func (s *Stream) crowdedOut(h *half, view []byte) {
	s.stats.HeldLimit++
	h.count.Unparsed += uint64(len(view))
	h.passed += uint64(len(view))
	h.drop()
	s.lose(h)
}

// reject passes over bytes that should have been a head and are none.
func (s *Stream) reject(h *half, view []byte, used int) int {
	if len(h.buf) == 0 && s.turnsRound(h, view) {
		return 0
	}
	h.count.Unparsed += uint64(len(view))
	h.passed += uint64(len(view))
	begins := h.count.Head == 0 && h.count.Unparsed == uint64(len(view)) && h.missing == 0
	h.drop()
	h.breaks = 0
	if begins {
		s.classify(h, view)
		h.preamble = s.info.Whole && !mentionsHTTP(view)
	}
	s.lose(h)
	return used
}
