package http1

import (
	"bytes"
	"strings"
	"testing"
)

const (
	browserGet = "GET /cable HTTP/1.1\r\nHost: app.example.com\r\nConnection: keep-alive\r\nAccept: text/html,application/xhtml+xml\r\n" +
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/150.0.0.0 Safari/537.36\r\n" +
		"Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en\r\nCookie: _session=abcdefghijklmnopqrstuvwxyz0123456789\r\n" +
		"X-Request-Id: 026adf86-8f5c-4a32-9b1d-6a1f6f0f2b11\r\nX-Forwarded-For: 198.51.100.22\r\nX-Forwarded-Proto: https\r\n\r\n"
	smallOK = "HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Fri, 20 Nov 2026 10:00:00 GMT\r\nContent-Type: text/html; charset=utf-8\r\n" +
		"Content-Length: 12\r\nConnection: keep-alive\r\nX-Request-Id: 026adf86-8f5c-4a32-9b1d-6a1f6f0f2b11\r\n\r\nhello, world"
)

// benchmark writes the packets of one exchange over and over on one connection.
func benchmark(b *testing.B, packets []event) {
	exchanges := 0
	info := whole
	info.Arena = &Arena{}
	s := NewStream(info, Limits{}, func(x *Exchange) {
		exchanges++
		x.Release()
	})
	var data [][]byte
	size := 0
	for _, e := range packets {
		data = append(data, []byte(e.data))
		size += len(e.data)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	var released Released
	for b.Loop() {
		for i, e := range packets {
			s.Write(e.from, data[i], uint64(i), int64(i))
		}
		released = info.Arena.Released(released)
		info.Arena.Reuse(released)
	}
	if exchanges != b.N {
		b.Fatalf("%d exchanges of %d", exchanges, b.N)
	}
}

func segments(from Direction, data string, size int) []event {
	var events []event
	for data != "" {
		n := min(size, len(data))
		events = append(events, event{from: from, data: data[:n]})
		data = data[n:]
	}
	return events
}

func BenchmarkSmallExchange(b *testing.B) {
	benchmark(b, []event{client(browserGet), server(smallOK)})
}

func BenchmarkLargeContent(b *testing.B) {
	response := "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + strings.Repeat("x", 200000)
	benchmark(b, append([]event{client(browserGet)}, segments(FromB, response, 1448)...))
}

func BenchmarkChunkedContent(b *testing.B) {
	chunk := "1f40\r\n" + strings.Repeat("x", 8000) + "\r\n"
	response := "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat(chunk, 25) + "0\r\n\r\n"
	benchmark(b, append([]event{client(browserGet)}, segments(FromB, response, 1448)...))
}

func BenchmarkHeadOverTwoPackets(b *testing.B) {
	benchmark(b, []event{client(browserGet[:300]), client(browserGet[300:]), server(smallOK)})
}

// Packets of content cost no allocation, and neither do heads that lie within
// a packet each, once exchanges are released.
func TestAllocations(t *testing.T) {
	info := whole
	info.Arena = &Arena{}
	s := NewStream(info, Limits{}, func(x *Exchange) { x.Release() })
	request, response := []byte(browserGet), []byte(smallOK)
	var released Released
	perExchange := testing.AllocsPerRun(100, func() {
		s.Write(FromA, request, 1, 1)
		s.Write(FromB, response, 2, 2)
		released = info.Arena.Released(released)
		info.Arena.Reuse(released)
	})
	if perExchange > 0 && !poisoned {
		t.Errorf("%v allocations per exchange", perExchange)
	}
	s.Write(FromA, request, 1, 1)
	s.Write(FromB, []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), 2, 2)
	chunk := append([]byte("400\r\n"), bytes.Repeat([]byte("x"), 1024)...)
	chunk = append(chunk, '\r', '\n')
	if n := testing.AllocsPerRun(100, func() { s.Write(FromB, chunk, 3, 3) }); n > 0 {
		t.Errorf("%v allocations per packet of content", n)
	}
}
