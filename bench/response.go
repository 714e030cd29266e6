package bench

import (
	"fmt"
	"strconv"
	"strings"
)

// application gives Puma's response to a request.
func (l *load) application(j *journey, m message) message {
	var r message
	switch {
	case j.upgraded():
		return switchingProtocols(m)
	case j.upgrade:
		r = notFound()
	case m.value("If-None-Match") != "":
		r = message{start: "HTTP/1.1 304 Not Modified", fields: []field{{"ETag", m.value("If-None-Match")}}}
	default:
		r = l.page(m)
	}
	if l.options.RequestIDs {
		r.fields = append(r.fields, field{"X-Request-Id", fmt.Sprintf("%08x-0000-4000-8000-%012x", epoch.Unix(), j.number)})
	}
	if j.once {
		r.fields = append(r.fields, field{"Connection", "close"})
	}
	return r
}

// switchingProtocols makes the connection a WebSocket (RFC 6455 §4.2.2).
func switchingProtocols(m message) message {
	return message{start: "HTTP/1.1 101 Switching Protocols", fields: []field{
		{"Upgrade", "websocket"},
		{"Connection", "Upgrade"},
		{"Sec-WebSocket-Accept", accept(m.value("Sec-WebSocket-Key"))},
		{"Sec-WebSocket-Protocol", "actioncable-v1-json"},
	}}
}

// notFound is how Action Cable answers a request that is no handshake.
func notFound() message {
	content := []byte("Page not found")
	return message{start: "HTTP/1.0 404 Not Found", content: content, fields: []field{
		{"Content-Type", "text/plain"},
		{"Content-Length", strconv.Itoa(len(content))},
	}}
}

// page is an ordinary response, as large as the kind of traffic wants it.
func (l *load) page(m message) message {
	r := message{start: "HTTP/1.1 200 OK", fields: []field{{"Content-Type", "text/html; charset=utf-8"}}}
	switch l.options.Kind {
	case Chunked:
		r.content, r.chunk = l.content.page(8<<10, 64<<10), 1024<<l.random.IntN(5)
		r.fields = append(r.fields, field{"Transfer-Encoding", "chunked"})
		return r
	case Download:
		r.content = l.content.page(100_000, 300_000)
	default:
		r.content = l.content.page(20, 400)
	}
	r.fields = append(r.fields, field{"Content-Length", strconv.Itoa(len(r.content))})
	if strings.HasPrefix(m.start, "HEAD ") {
		r.content = nil
	}
	return r
}
