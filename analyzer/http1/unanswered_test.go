package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestUnanswered: that no response was captured says that none came only if
// nothing of the server's direction can have been missed.
func TestUnanswered(t *testing.T) {
	const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	fin := End{Cause: EndFin, By: SideServer}
	tests := []struct {
		name   string
		info   ConnInfo
		events []event
		end    End
		want   bool
	}{
		{"closed without a byte", whole, []event{client(get), serverFin}, fin, true},
		{"reset without a byte", whole, []event{client(get)}, End{Cause: EndReset, By: SideServer}, true},
		{"the capture ended first", whole, []event{client(get)}, End{}, false},
		{"given up", whole, []event{client(get)}, End{Cause: EndLost}, false},
		{"bytes of the server are missing", whole, []event{client(get), serverGap(100), serverFin}, fin, false},
		{"the server said something else", whole, []event{client(get), server("\x15\x03\x01\x00\x02\x02\x0a"), serverFin}, fin, false},
		{"a part of a response", whole, []event{client(get), server("HTTP/1.1 200 OK\r\nA: b\r\n"), serverFin}, fin, false},
		{"answered", whole, []event{client(get), server("HTTP/1.1 204 No Content\r\n\r\n"), serverFin}, fin, false},
		{"answered, but it is not known by which response", whole,
			[]event{clientGap(50), client(get), clientFin, server("HTTP/1.1 204 No Content\r\n\r\n"), serverFin}, fin, false},
		{"a response to nobody knows what", whole, []event{client("GE"), clientGap(12), server("HTTP/1.1 204 No Content\r\n\r\n"), client(get), clientFin, serverFin}, fin, false},
		{"a response that came first, if packets are in order", whole, []event{server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"), client(get), clientFin, serverFin}, fin, false},
		{"a response that nobody asked for", whole, []event{client(get), server("HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n"), client(get), clientFin, serverFin}, fin, true},
		{"the beginning was not seen", midway, []event{client(get), serverFin}, fin, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			exchanges, _ := play(tt.info, Limits{}, tt.events, tt.end)
			require.NotEmpty(t, exchanges)
			last := len(exchanges) - 1
			assert.Equal(t, tt.want, exchanges[0].Unanswered || exchanges[last].Unanswered)
		})
	}
}

// TestGivenUp: the client closed while it waited, and nothing of the server's can have
// been missed. The first to close is told, whatever comes later.
func TestGivenUp(t *testing.T) {
	const get, ok = "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"
	open := End{Cause: EndOpen, Time: 99, Packet: 99}
	for _, tt := range []struct {
		name   string
		events []event
		end    End
		want   bool
		by     Side
	}{
		{"and the capture ended", []event{client(get), clientFin}, open, true, SideClient},
		{"and then the server closed too", []event{client(get), clientFin, serverFin}, End{Cause: EndFin}, true, SideClient},
		{"and reset what came after", []event{client(get), clientFin}, End{Cause: EndReset, By: SideServer}, true, SideClient},
		{"the server closed first", []event{client(get), serverFin, clientFin}, End{Cause: EndFin}, false, SideServer},
		{"nobody closed", []event{client(get)}, open, false, SideNone},
		{"an answer came after all", []event{client(get), clientFin, server(ok)}, open, false, SideClient},
		{"bytes of the server are missing", []event{client(get), clientFin, serverGap(10)}, open, false, SideClient},
	} {
		t.Run(tt.name, func(t *testing.T) {
			exchanges, s := play(whole, Limits{}, tt.events, tt.end)
			require.Len(t, exchanges, 1)
			assert.Equal(t, tt.want, exchanges[0].GivenUp)
			assert.Equal(t, tt.by, s.end.By)
		})
	}
}
