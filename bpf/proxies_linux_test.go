//go:build amd64 || arm64

package bpf_test

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/bpf"
	"github.com/hophound/hophound/capture"
)

// turn is what one end of a connection sends in one packet.
type turn struct {
	client  bool // the end that opened the connection
	payload string
}

// HTTP behind what the analysis looks through is seen in a trimmed capture as it
// is in a full one, and what it carries is trimmed.
func TestThroughOtherProxies(t *testing.T) {
	long := "Cookie: " + strings.Repeat("c", 3000) + "\r\n\r\n" // more than two packets
	handshake := "GET /cable HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: a\r\n" + long
	switching := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + long
	message := "\x82\x7e\xff\x00" + strings.Repeat("m", 0xff00)
	fetching := "GET / HTTP/1.1\r\nHost: a\r\n" + long
	fetched := "HTTP/1.1 200 OK\r\nContent-Length: 60000\r\n" + long + strings.Repeat("x", 60000)
	connect := "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"
	granted := "HTTP/1.1 200 Connection established\r\n\r\n"

	w := newWire(t, bpf.Options{Cooked: true})
	for _, test := range []struct {
		name  string
		turns []turn
		heads int
	}{
		{"a WebSocket through a CONNECT", []turn{{true, connect}, {false, granted}, {true, handshake}, {false, switching}, {false, message}}, 4},
		{"requests through a CONNECT", []turn{{true, connect}, {false, granted}, {true, fetching}, {false, fetched}, {true, fetching}, {false, fetched}}, 6},
		{"a CONNECT through a CONNECT", []turn{{true, connect}, {false, granted}, {true, connect}, {false, granted}, {true, fetching}, {false, fetched}}, 6},
		{"TLS through a CONNECT", []turn{{true, connect}, {false, granted}, {true, "\x16\x03\x01" + long}, {false, strings.Repeat("\x17", 60000)}}, 2},
		{"behind SOCKS", []turn{{true, "\x05\x01\x00"}, {false, "\x05\x00"}, {true, "\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50"},
			{false, "\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50"}, {true, handshake}, {false, switching}, {false, message}}, 2},
		{"from who was called", []turn{{false, handshake}, {true, switching}, {false, message}}, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.heads.Forget(t)
			full := headsIn(played(test.turns))
			var heads int
			for _, times := range full {
				heads += times
			}
			require.Equal(t, test.heads, heads)
			through := &passed{trimmed{Source: played(test.turns), wire: w}}
			assert.Equal(t, full, headsIn(through))
			assert.Less(t, through.left, through.whole/2)
		})
	}
}

// packets are a capture in memory.
type packets struct {
	capture.Source
	frames [][]byte
	number uint64
}

func (s *packets) Next(p *capture.Packet) error {
	if s.number == uint64(len(s.frames)) {
		return io.EOF
	}
	frame := s.frames[s.number]
	s.number++
	*p = capture.Packet{Number: s.number, Time: int64(s.number), Link: capture.LinkEthernet, Length: len(frame), Data: slices.Clone(frame)}
	return nil
}

// played is a connection on which the ends take turns, from its handshake on.
func played(turns []turn) *packets {
	const most, syn, ack = 1400, 2, 16
	s := &packets{}
	port := map[bool]uint16{true: 20000, false: 80}
	next := map[bool]uint32{true: 100, false: 5000}
	send := func(client bool, flags byte, payload string) {
		packet := ipv4(6, segmentOf(port[client], port[!client], next[client], next[!client], flags, payload))
		if !client {
			packet[15], packet[19] = packet[19], packet[15] // where addresses end
		}
		s.frames = append(s.frames, framed(packet))
		next[client] += uint32(len(payload) + int(flags&syn/syn))
	}
	send(true, syn, "")
	send(false, syn|ack, "")
	for _, turn := range turns {
		for part := range slices.Chunk([]byte(turn.payload), most) {
			send(turn.client, ack, string(part))
		}
	}
	return s
}
