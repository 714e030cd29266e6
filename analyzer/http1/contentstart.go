package http1

import "strings"

// maxStart bounds Content.Start, in bytes.
const maxStart = 2 << 10

// keepStart keeps the next bytes of the content if it is that of a request with
// defects and nothing before them is missing. It is to be called before they are
// counted.
func (m *Message) keepStart(data []byte) {
	c := &m.Content
	if len(m.Defects) == 0 || !m.IsRequest() || c.Missing > 0 || len(c.Start) >= maxStart {
		return
	}
	c.Start += string(data[:min(len(data), maxStart-len(c.Start))])
}

// Hidden gives the first request line that stands in the content of a request
// with defects, as far as it was kept: what a recipient would read as the next
// request that takes the head's end, or the content's, to be elsewhere. ok is
// false if there is none that is beyond doubt. The strings share the memory of
// m.Content.Start.
func (m *Message) Hidden() (method, target string, ok bool) {
	for text := m.Content.Start; text != ""; {
		line, rest, found := strings.Cut(text, "\n")
		if !found {
			return "", "", false
		}
		line = strings.TrimSuffix(line, "\r")
		method, target, version, clean, ok := requestLine(line)
		if ok && clean && version != "" && isKnownMethod(method) && opensTarget(target) {
			return method, target, true
		}
		text = rest
	}
	return "", "", false
}
