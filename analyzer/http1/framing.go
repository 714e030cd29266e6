package http1

import (
	"strconv"
	"strings"
)

// frame decides how the message's content ends (RFC 9112 §6.3) and writes it
// to m.Framing and m.Content.Declared. Where recipients differ it reads
// as whoever sent the message on must have read it, and notes the defect:
// Transfer-Encoding overrides Content-Length, in HTTP/1.0 too; a request's name
// with white space before its colon, or one that is only like these, is another
// name, for who understands it sends it on as it should be, or not at all. method is that of the request, "" if
// it is not known. It gives false if the end can't be known: a length that is
// no number, several that differ, or a request in an unknown transfer coding.
func (m *Message) frame(method string) bool {
	declared, lengthOK := m.contentLength()
	m.Content.Declared = declared
	chunked, coded := m.transferCoding()
	if coded && m.Has("Content-Length") {
		m.note(DefectLengthAndEncoding, "")
	}
	if m.IsRequest() {
		m.checkExpect(coded || declared > 0)
	}
	switch {
	case !m.IsRequest() && hasNoContent(method, m.Status):
		m.Framing = FramingNone
	case !m.IsRequest() && tunnels(method, m.Status):
		m.Framing = FramingTunnel
	case chunked:
		m.Framing = FramingChunked
	case coded && m.IsRequest():
		return false
	case coded:
		m.Framing = FramingClose
	case !lengthOK:
		return false
	case declared >= 0:
		m.Framing = FramingLength
	case m.IsRequest():
		m.Framing = FramingNone
	default:
		m.Framing = FramingClose
	}
	return true
}

// tunnels tells whether a response ends HTTP on its connection (RFC 9110
// §15.2.2, §9.3.6).
func tunnels(method string, status int) bool {
	return status == 101 || method == "CONNECT" && status/100 == 2
}

// hasNoContent tells the responses that end with their head, whatever their
// fields say.
func hasNoContent(method string, status int) bool {
	return method == "HEAD" && status != 101 || isInformational(status) || status == 204 || status == 304
}

// isInformational tells a response that another one follows.
func isInformational(status int) bool { return status/100 == 1 && status != 101 }

// contentLength reads all Content-Length fields: -1 if there is none; ok is
// false if they give no single number. The same number several times is one
// (RFC 9112 §6.3).
func (m *Message) contentLength() (length int64, ok bool) {
	length = -1
	if !m.names.mayHaveAny(nameContentLength) {
		return length, true
	}
	spaced := m.spaced()
	for i := range m.Fields {
		f := &m.Fields[i]
		if !sameName(f.Name, "Content-Length") || spaced[i] {
			continue
		}
		if n, ok := decimal(f.Value); ok && length < 0 {
			length = n
			continue
		}
		for element := range strings.SplitSeq(f.Value, ",") {
			n, ok := decimal(trimSpace(element))
			if !ok {
				m.note(DefectBadLength, f.Value)
				return -1, false
			}
			if length >= 0 && n != length {
				m.note(DefectConflictingLengths, f.Value)
				return -1, false
			}
			if length >= 0 {
				m.note(DefectRepeatedLength, f.Value)
			}
			length = n
		}
	}
	return length, true
}

// spaced gives the fields of a request, by their numbers, that have white space before the
// colon. In a response it is to be passed over (RFC 9112 §5.1).
func (m *Message) spaced() map[int]bool {
	if !m.IsRequest() || !m.hasDefect(DefectSpaceBeforeColon) {
		return nil
	}
	spaced := map[int]bool{}
	for i, line := range m.Lines {
		if name, _, _ := strings.Cut(line, ":"); name != "" && isSpace(name[len(name)-1]) {
			spaced[i] = true
		}
	}
	return spaced
}

// decimal reads 1*DIGIT; strconv alone would take a sign.
func decimal(s string) (int64, bool) {
	if s == "" || !isDigit(s[0]) {
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// transferCoding reads all Transfer-Encoding fields. coded tells that there is
// a coding; chunked that the last one is chunked, so that it marks the end of
// the content (RFC 9112 §6.1).
func (m *Message) transferCoding() (chunked, coded bool) {
	if !m.names.mayHaveAny(nameTransferEncoding) {
		return false, false
	}
	spaced := m.spaced()
	for i := range m.Fields {
		f := &m.Fields[i]
		if !sameName(f.Name, "Transfer-Encoding") || spaced[i] {
			continue
		}
		for element := range strings.SplitSeq(f.Value, ",") {
			coding := trimSpace(element)
			if coding == "" || strings.EqualFold(coding, "identity") {
				m.note(DefectBadTransferEncoding, f.Value) // identity: RFC 2616 only
				continue
			}
			if chunked {
				m.note(DefectBadTransferEncoding, f.Value) // not last, or repeated
			}
			coded = true
			chunked = strings.EqualFold(coding, "chunked")
		}
	}
	if coded && (m.Version == "HTTP/1.0" || m.IsRequest() && !chunked) {
		value, _ := m.Get("Transfer-Encoding")
		m.note(DefectBadTransferEncoding, value)
	}
	return chunked, coded
}

// checkExpect notes what a request says of its content that recipients read in
// different ways, other than by its length.
func (m *Message) checkExpect(content bool) {
	if content && (m.Method == "GET" || m.Method == "HEAD") {
		m.note(DefectContentInGet, m.Method)
	}
	for i := range m.Fields {
		if m.names.mayHaveAny(unknownNames) && resemblesFraming(m.Fields[i].Name) {
			m.note(DefectLookalike, m.Fields[i].Name)
		}
	}
	if expect, ok := m.Get("Expect"); ok && (!content || !strings.EqualFold(expect, "100-continue")) {
		m.note(DefectOddExpect, expect)
	}
}

// resemblesFraming tells names that are Content-Length or Transfer-Encoding
// once what is no letter in them is passed over: servers that hand fields on as
// environment variables (RFC 3875 §4.1.18) read Content_Length as such.
func resemblesFraming(name string) bool {
	var like string
	switch {
	case len(name) < len("ContentLength"):
		return false
	case name[0]|0x20 == 'c':
		like = "contentlength"
	case name[0]|0x20 == 't':
		like = "transferencoding"
	default:
		return false
	}
	n := 0
	for i := range len(name) {
		if !isLetter(name[i]) {
			continue
		}
		if n == len(like) || name[i]|0x20 != like[n] {
			return false
		}
		n++
	}
	return n == len(like) && !sameName(name, "Content-Length") && !sameName(name, "Transfer-Encoding")
}
