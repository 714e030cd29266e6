package http1

import (
	"bytes"
	"strings"
)

// lose gives up the position in a half: what comes next is unknown, and
// messages may have been missed.
func (s *Stream) lose(h *half) {
	s.cut(h)
	if h.state == stateTunnel {
		return
	}
	h.state = stateLost
	s.stats.Lost++
	if !h.preamble {
		s.hide(h)
	}
}

// hide notes that messages of a half may have been missed.
func (s *Stream) hide(h *half) {
	o := &s.order
	o.rounds = 0
	if !s.clientKnown || h.from == s.client {
		o.requestsHidden, o.requestLost = true, true
	}
	if !s.clientKnown || h.from != s.client {
		o.responsesHidden = true
		if b := s.orphan; b != nil {
			s.orphan = nil
			s.give(b)
		}
	}
}

// search passes over bytes at an unknown position up to the next start line.
// It is believed only at the first byte of a packet's payload and if it is
// beyond doubt, so that content is never taken for a message.
func (s *Stream) search(h *half, data []byte) int {
	if h.fresh {
		if s.beginsMessage(h, data) || s.turnsRound(h, data) {
			s.agree(h)
			h.state = stateHead
			return 0
		}
		if s.mayBegin(h, data) {
			h.state = stateDoubt
			return 0
		}
		if !s.seen && looksLikeTLS(data) {
			s.classify(h, data)
		}
	}
	h.first = false
	h.passed += uint64(len(data))
	h.count.Unparsed += uint64(len(data))
	if h.preamble && (h.passed > maxPreamble || mentionsHTTP(data)) {
		h.preamble = false
		s.hide(h)
	}
	return len(data)
}

// beginsMessage tells whether a packet's payload begins with a start line, or
// at the beginning of a connection with a PROXY protocol header.
func (s *Stream) beginsMessage(h *half, data []byte) bool {
	if h.first && s.Side(h.from) != SideServer {
		if _, n, _ := proxyHeader(data); n > 0 {
			return true
		}
	}
	if s.expectsRequest(h, data) {
		return beginsRequest(data) || !s.seen && h.missing == 0 && beginsOddRequest(data)
	}
	return beginsResponse(data) && s.mayAnswer()
}

// isKnownMethod tells the registered methods
// (https://www.iana.org/assignments/http-methods) that are not the end of
// another of them, and some that are in use: a packet that begins within UNLOCK must not look like a LOCK,
// nor one that begins within GET like an ET.
func isKnownMethod(method string) bool {
	switch method {
	case "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY",
		"ACL", "COPY", "MOVE", "UNLOCK", "MKCOL", "PROPFIND", "PROPPATCH", "REPORT", "MERGE", "UPDATE",
		"MKCALENDAR", "MKACTIVITY", "MKWORKSPACE", "VERSION-CONTROL", "BASELINE-CONTROL", "LABEL",
		"ORDERPATCH", "REBIND", "UNBIND", "UNLINK", "CHECKIN", "UNCHECKOUT", "MKREDIRECTREF", "UPDATEREDIRECTREF",
		"BPROPFIND", "BPROPPATCH", "BCOPY", "BMOVE", "BDELETE", "RPC_CONNECT", "RPC_IN_DATA", "RPC_OUT_DATA",
		"SSTP_DUPLEX_POST", "CCM_POST", "BITS_POST", "POLL", // of Microsoft's servers
		"M-SEARCH", "NOTIFY", "UNSUBSCRIBE", // of UPnP
		"PURGE": // of caches
		return true
	}
	return false
}

// isEndOfMethod tells methods that are the end of others.
func isEndOfMethod(method string) bool {
	switch method {
	case "LOCK", "SEARCH", "BIND", "LINK", "CHECKOUT", "SUBSCRIBE":
		return true
	}
	return false
}

// beginsOddRequest is beginsRequest for the first message that was captured of a
// connection, of which no byte is missing: it hardly begins within a method. So it takes
// methods that are the end of others, targets of any form and any version too, if a field
// follows.
func beginsOddRequest(data []byte) bool {
	line, ok := cutLine(data)
	if !ok || !beginsField(data[bytes.IndexByte(data, '\n')+1:]) {
		return false
	}
	method, target, version, _, ok := requestLine(string(line))
	return ok && (isKnownMethod(method) || isEndOfMethod(method)) && version != "" && isVisible(target)
}

// beginsRequest tells a whole request line as clients write it: nothing that
// only a lenient server would take, but for spaces within a target that could
// be nothing else (nor the end of another request line), and for lines without CR if a field follows: a log of requests
// has such lines too.
func beginsRequest(data []byte) bool {
	if !isLetter(data[0]) { // as most packets of other protocols
		return false
	}
	feed := bytes.IndexByte(data, '\n')
	if feed < 1 {
		return false
	}
	line, after := data[:feed], data[feed+1:]
	if line[feed-1] == '\r' {
		line = line[:feed-1]
	} else if !beginsField(after) {
		return false
	}
	if len(line) < 14 || !isVersion(line[len(line)-8:]) || line[len(line)-3] != '1' {
		return false
	}
	method, target, version, clean, ok := requestLine(string(line))
	return ok && isKnownMethod(method) && strings.HasPrefix(version, "HTTP/1.") &&
		(isPrintable(target) && opensTarget(target) && !strings.Contains(target, " HTTP/") || clean && (target == "*" || method == "CONNECT")) &&
		continuesHead(after)
}

// continuesHead tells whether what follows a request line can be a field line or
// the end of the head, as far as it is there: a log of requests, sent as content,
// is full of request lines.
func continuesHead(data []byte) bool {
	line, _, whole := bytes.Cut(data, []byte("\n"))
	if len(line) == 0 || line[0] == '\r' {
		return true
	}
	name, _, colon := bytes.Cut(line, []byte(":"))
	return (colon || !whole) && isToken(bytes.TrimRight(name, " \t"))
}

// beginsField tells a whole field line.
func beginsField(data []byte) bool {
	line, _, whole := bytes.Cut(data, []byte("\n"))
	name, _, colon := bytes.Cut(line, []byte(":"))
	return whole && colon && isToken(name)
}

// beginsResponse tells the beginning of a status line: HTTP/1.1 200. With another
// version, or more spaces, a field must follow.
func beginsResponse(data []byte) bool {
	if !opensStatus(data) {
		return false
	}
	line, ok := cutLine(data)
	if !ok {
		return false
	}
	_, _, _, _, ok = statusLine(string(line))
	if !ok || len(line) >= len("HTTP/1.1 200") && string(line[:7]) == "HTTP/1." && isDigit(line[7]) && line[8] == ' ' && line[9] != ' ' {
		return ok
	}
	return beginsField(data[bytes.IndexByte(data, '\n')+1:])
}

// Content types of TLS records (RFC 8446 §5.1, Appendix B.1).
const (
	recordFirst     = 0x14
	recordHandshake = 0x16
	recordLast      = 0x17
)

// looksLikeTLS tells the head of a TLS record.
func looksLikeTLS(b []byte) bool {
	return len(b) >= 3 && recordFirst <= b[0] && b[0] <= recordLast && b[1] == 3 && b[2] <= 4
}

// looksLikeSOCKS tells a client's first words to a SOCKS proxy: version 4 with
// the command CONNECT, or version 5 (RFC 1928 §3) with the length of the list
// of methods that follows. Behind them there can be HTTP.
func looksLikeSOCKS(b []byte) bool {
	const version4, connect, version5 = 4, 1, 5
	switch {
	case len(b) >= 9 && b[0] == version4:
		return b[1] == connect && b[len(b)-1] == 0
	case len(b) >= 3 && b[0] == version5:
		return b[1] > 0 && len(b) == 2+int(b[1])
	}
	return false
}

// opensSOCKS tells the beginning of such words, which go on.
func opensSOCKS(b []byte) bool {
	const version4, connect, version5, longest = 4, 1, 5, 512
	if len(b) == 0 || looksLikeSOCKS(b) {
		return false
	}
	switch b[0] {
	case version4:
		return len(b) < longest && (len(b) == 1 || b[1] == connect)
	case version5:
		return len(b) == 1 || len(b) < 2+int(b[1])
	}
	return false
}

// classify notes what a half that does not begin with HTTP/1 looks like. Once both are
// so, and it is a protocol behind which there can be none, the stream is done.
func (s *Stream) classify(h *half, view []byte) {
	h.other = true
	protocol := ProtocolUnknown
	switch {
	case len(view) >= 2 && view[0] == recordHandshake && view[1] == 3, looksLikeTLS(view):
		protocol = ProtocolTLS
	case bytes.HasPrefix(view, []byte("PRI * HTTP/2.0\r\n")):
		protocol = ProtocolHTTP2
	}
	if s.protocol == ProtocolNone || s.protocol == ProtocolUnknown {
		s.protocol = protocol
	}
	s.done = !s.seen && s.protocol != ProtocolUnknown && h.other && s.halves[h.from.Other()].other
}
