package http1

import "bytes"

// A request line without a version is all of a request of HTTP/0.9, which knows
// GET alone. If fields follow it, its version was forgotten. What follows may
// still be on its way.

// versionless tells what a request line without a version begins, by what
// follows it.
func versionless(method string, rest []byte) opening {
	line, whole := cutLine(rest)
	switch {
	case whole && opensField(line):
		return openYes
	case !whole && mayOpenField(rest):
		return openMore
	case method == "GET":
		return openSimple
	}
	return openNo
}

// opensField tells whether a field line begins text.
func opensField[T string | []byte](text T) bool {
	for i := range len(text) {
		if !isTokenChar[text[i]] {
			return i > 0 && text[i] == ':'
		}
	}
	return false
}

// mayOpenField tells whether bytes without a line break can still become a
// field line, or the empty line that ends a head.
func mayOpenField(b []byte) bool {
	return opensField(b) || isToken(b) || len(b) == 0 || b[0] == '\r'
}

// endSimple ends a request line without a version that is still waited for what
// follows it: it is being answered.
func (s *Stream) endSimple() {
	if !s.clientKnown {
		return
	}
	client := &s.halves[s.client]
	if client.state == stateHead && !client.first && !client.started && bytes.IndexByte(client.buf, '\n') >= 0 {
		s.partial(client, client.buf)
	}
}
