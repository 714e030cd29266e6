package bench

import "strconv"

// message is a request or a response on its way.
type message struct {
	start   string // start line
	fields  []field
	content []byte
	chunk   int // content goes in chunks of so many bytes; 0: it goes as it is
}

// field is a field line.
type field struct{ name, value string }

// value gives the value of the first field line of that name, spelled so.
func (m *message) value(name string) string {
	for _, f := range m.fields {
		if f.name == name {
			return f.value
		}
	}
	return ""
}

// with gives a copy of m that has other fields.
func (m *message) with(fields []field) message {
	c := *m
	c.fields = fields
	return c
}

// wire gives the bytes of m, in parts: the content is not copied.
func (m *message) wire() [][]byte {
	size := len(m.start) + 4
	for _, f := range m.fields {
		size += len(f.name) + len(f.value) + 4
	}
	head := append(make([]byte, 0, size), m.start...)
	head = append(head, "\r\n"...)
	for _, f := range m.fields {
		head = append(head, f.name...)
		head = append(head, ": "...)
		head = append(head, f.value...)
		head = append(head, "\r\n"...)
	}
	head = append(head, "\r\n"...)
	switch {
	case m.chunk > 0:
		return appendChunks([][]byte{head}, m.content, m.chunk)
	case len(m.content) > 0:
		return [][]byte{head, m.content}
	}
	return [][]byte{head}
}

// appendChunks appends content in the chunked coding (RFC 9112 §7.1).
func appendChunks(parts [][]byte, content []byte, size int) [][]byte {
	crlf := ""
	for len(content) > 0 {
		n := min(size, len(content))
		line := append([]byte(crlf), strconv.FormatInt(int64(n), 16)...)
		parts = append(parts, append(line, "\r\n"...), content[:n])
		content, crlf = content[n:], "\r\n"
	}
	return append(parts, []byte(crlf+"0\r\n\r\n"))
}
