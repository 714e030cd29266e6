//go:build amd64 || arm64

package bpf

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	get       = "GET /cable HTTP/1.1\r\nHost: a\r\n\r\n"
	head      = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
	upgrade   = "GET /cable HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
	ok        = "HTTP/1.1 200 OK\r\nServer: x\r\n"
	switching = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"
	chunked   = ok + "Transfer-Encoding: chunked\r\n\r\n"
	connect   = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"
	granted   = "HTTP/1.1 200 Connection established\r\n\r\n"
)

func length(n int) string { return fmt.Sprintf("%sContent-Length: %d\r\n\r\n", ok, n) }

func body(n int) string { return strings.Repeat("x", n) }

// said is one packet and how many bytes of its payload go up.
type said struct {
	from    side
	payload string
	want    int
}

// conversations are played from the SYN on.
var conversations = []struct {
	name    string
	packets []said
}{
	{"content of known length is trimmed", []said{
		{client, get, all}, {server, length(3000), all}, {server, body(1448), 0}, {server, body(1448), 0}, {server, body(104), 0},
		{client, get, all}, {server, length(0), all}}},
	{"content in the packet of its head is trimmed", []said{
		{client, get, all}, {server, length(500) + body(500), len(length(500))}, {client, get, all}}},
	{"a head behind content in one packet goes up", []said{
		{client, get, all}, {client, get, all}, {server, length(1000), all}, {server, body(500), 0},
		{server, body(500) + length(700) + body(600), 500 + len(length(700))}, {server, body(100), 0}, {server, length(5), all}}},
	{"a head of many segments", []said{
		{client, "GET / HT", all}, {client, "TP/1.1\r\nCookie: " + body(1400), all}, {client, body(1448), all}, {client, "\r", all},
		{client, "\nContent-Le", all}, {client, "ngth: 10", all}, {client, "00\r\n\r", all}, {client, "\n" + body(400), 1}, {client, body(600), 0}, {client, get, all}}},
	{"field names in any case, space around values", []said{
		{client, "POST / HTTP/1.1\r\nCONTENT-length:\t 1000 \r\n\r\n", all}, {client, body(1000), 0}, {client, get, all}}},
	{"the end of another field's name", []said{
		{client, "POST / HTTP/1.1\r\nX-Content-Length: 1000\r\n\r\n", all}, {client, get, all}, {client, get + get, all}}},
	{"the same length twice", []said{
		{client, "POST / HTTP/1.1\r\nContent-Length: 1000\r\nContent-Length: 1000\r\n\r\n", all}, {client, body(1000), 0}}},
	{"two lengths: nobody knows", []said{
		{client, "POST / HTTP/1.1\r\nContent-Length: 1000\r\nContent-Length: 0\r\n\r\n", all}, {client, body(1000), all}}},
	{"bare line feeds", []said{
		{client, "POST / HTTP/1.1\nContent-Length: 1000\n\n" + body(900), 38}, {client, body(100), 0}, {client, get, all}}},
	{"line breaks before a start line", []said{
		{client, "\r\n\r\n" + get, all}, {client, "\r\nPOST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n", all}, {client, body(100), 0}}},
	{"no content, whatever the fields say: HEAD, 1xx, 204, 304", []said{
		{client, head, all}, {client, get, all}, {client, get, all}, {client, get, all},
		{server, length(1000), all}, {server, "HTTP/1.1 100 Continue\r\n\r\n" + "HTTP/1.1 103 Early Hints\r\nContent-Length: 9\r\n\r\n", all},
		{server, "HTTP/1.1 204 No Content\r\nContent-Length: 1000\r\n\r\n" + "HTTP/1.1 304 Not Modified\r\nContent-Length: 1000\r\n\r\n", all},
		{server, length(100), all}, {server, body(100), 0}}},
	{"content until the connection ends", []said{
		{client, get, all}, {server, "HTTP/1.0 200 OK\r\n\r\n" + body(500), 19}, {server, body(1448), 0}, {server, body(1448), 0}}},
	{"chunks: up to the last size line", []said{
		{client, get, all}, {server, chunked + "400\r\n" + body(500), len(chunked) + 5}, {server, body(500), 0},
		{server, body(24) + "\r\n10;ext=1\r\n" + body(16) + "\r\n", all}, {server, "3E8\r", all}, {server, "\n" + body(1000), 1}, {server, "\r", all}, {server, "\n", all},
		{server, "0\r\nTrailer: x\r\n", all}, {server, "\r\n", all}, {server, length(100) + body(100), len(length(100))}}},
	{"chunks: no trailer", []said{
		{client, get, all}, {client, get, all}, {server, chunked + "1\r\nx\r\n0\r\n\r\n" + length(90) + body(90), len(chunked) + 11 + len(length(90))}}},
	{"chunks: broken ones cannot be judged", []said{
		{client, get, all}, {server, chunked + "zz\r\n" + body(500), all}, {server, body(1000), all}, {server, length(100) + body(100), len(length(100))}}},
	{"chunks: more than can be followed", []said{
		{client, get, all}, {server, chunked + strings.Repeat("1\r\nx\r\n", 300), all}, {server, body(1000), all}, {server, length(100) + body(100), len(length(100))}}},
	{"an upgrade: the first bytes of the tunnel, then frame headers", []said{
		{client, upgrade, all}, {server, switching + "\x81\x05hello", all},
		{client, "\x81\xfe\x03\xe8mask" + body(1000), 8 + 256}, {client, "\x82\xfe\x03\xe8mask" + body(500), 8}, {client, body(500), 0},
		{client, "\x81\x85mask" + body(5) + "\x82\x85mask" + body(5) + "\x88\x82mask\x03\xe8", all}, {client, "\x82\xff\x00\x00\x00", all}, {client, "\x00\x00\x01\x00\x00m", all}, {client, "ask" + body(90), 3}}},
	{"an upgrade: control frames whole", []said{
		{client, upgrade, all}, {server, switching, all}, {server, "\x82\x7e\x01\x00" + body(256), all},
		{server, "\x88\x20\x03\xe8" + body(30), all}, {server, "\x82\x7e\x01\x00" + body(256) + "\x89\x02hi" + "\x82\x7e\x01\x00" + body(200), 4 + 256 + 4 + 4}}},
	{"an upgrade to something else", []said{
		{client, upgrade, all}, {server, switching, all}, {client, "\xff" + body(999), 256}, {client, body(1000), 16}}},
	{"an upgrade that is refused", []said{
		{client, upgrade, all}, {server, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\n", all}, {server, body(100), 0}, {client, get, all}}},
	{"CONNECT", []said{
		{client, "CONNECT a:443 HTTP/1.1\r\n\r\n", all}, {server, "HTTP/1.1 200 OK\r\n\r\n", all}, {server, body(300), 256}, {server, body(300), 16}, {client, body(300), 256}, {client, body(300), 16}}},
	{"CONNECT: a handshake through it", []said{
		{client, connect, all}, {server, granted, all},
		{client, "GET /cable HTTP/1.1\r\nCookie: " + body(1400), all}, {client, body(1400) + "\r\nUpgrade: websocket\r\n\r\n", all},
		{server, "HTTP/1.1 101 Switching Protocols\r\nX: " + body(1400), all}, {server, body(1400) + "\r\n\r\n", all},
		{client, "\x81\xfe\x03\xe8mask" + body(1000), 8 + 256}, {client, "\x82\xfe\x03\xe8mask" + body(500), 8}, {client, body(500), 0}}},
	{"CONNECT: requests through it", []said{
		{client, connect, all}, {server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", all},
		{client, head, all}, {server, length(900), all},
		{client, "POST / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n" + body(900), 41}, {client, body(100) + get + get, all},
		{server, length(500) + body(500) + length(900) + body(900), 2*len(length(500)) + 500}, {server, length(3000), all}, {server, body(3000), 0}}},
	{"CONNECT: another one through it, line breaks first", []said{
		{client, connect, all}, {server, granted, all}, {client, "\r\n", all}, {client, connect, all}, {server, granted, all},
		{client, get, all}, {server, length(500) + body(500), len(length(500))}}},
	{"CONNECT: TLS through it", []said{
		{client, connect, all}, {server, granted, all}, {client, "\x16\x03\x01" + body(497), 256}, {server, "\x16\x03\x03" + body(1397), 256}, {server, body(1400), 16}}},
	{"CONNECT: refused, then asked again", []said{
		{client, connect, all}, {server, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 500\r\n\r\n" + body(500), 67}, {client, connect, all}, {server, granted, all},
		{client, body(600), 256}, {client, body(600), 16}}},
	{"SOCKS", []said{
		{client, "\x05\x01\x00", all}, {server, "\x05\x00", all}, {client, "\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50", all}, {server, "\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50", all},
		{client, get, all}, {server, length(500) + body(500), len(length(500))}, {client, get, all}, {server, length(3000), all}, {server, body(3000), 0}}},
	{"TLS", []said{
		{client, "\x16\x03\x01" + body(1400), all}, {server, "\x16\x03\x03" + body(2500), all}, {server, body(2500), 3000 - 2503}, {server, body(1000), 16}, {client, "\x17\x03\x03", all}}},
	{"PROXY protocol", []said{
		{client, "PROXY TCP4 10.0.0.9 10.0.0.1 1 2\r\n" + get, all}, {server, length(100) + body(100), len(length(100))}, {client, get, all}}},
	{"PROXY protocol v2", []said{
		{client, "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + "\r\n\r\n\r\n\r\n\r\n\r\n" + "POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n" + body(10), 28 + 39}, {client, get, all}}},
	{"content that looks like a message", []said{
		{client, "PUT / HTTP/1.1\r\nContent-Length: 1000\r\n\r\n", all}, {client, get + body(1000-len(get)-100), all}, {client, body(100), 0}, {client, get, all}}},
	{"something else, for a while", []said{
		{client, "\x00\x01" + body(2998), all}, {client, body(2000), 16}, {client, get, all}}},
}

func TestConversations(t *testing.T) {
	h := load(t, Options{StartLimit: 3000})
	for i, c := range conversations {
		for v, v6 := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, IPv6 %v", c.name, v6), func(t *testing.T) {
				s := play(t, h, 2*i+v)
				s.v6 = v6
				s.opened()
				for _, p := range c.packets {
					s.says(p.from, p.payload, p.want)
				}
			})
		}
	}
}

// Wherever a conversation is cut into packets, the bytes that do not go up are
// the same: all of them content.
func TestCutAnywhere(t *testing.T) {
	stream := length(60) + body(60) + chunked + "20\r\n" + body(32) + "\r\n5\r\nhello\r\n0\r\nTrailer: x\r\n\r\n" + length(30) + body(30)
	h := load(t, Options{})
	for cut := 1; cut < len(stream); cut++ {
		s := play(t, h, cut).opened()
		for range 3 {
			s.says(client, get, all)
		}
		first, second := stream[:cut], stream[cut:]
		seen := first[:s.sent(server, first)] + second[:s.sent(server, second)]
		require.Equal(t, strings.Count(stream, "\n"), strings.Count(seen, "\n"), "cut at %d", cut)
		s.says(client, get, all)
		s.says(server, body(10), all) // a message is expected: what is none goes up
	}
}

func TestMidway(t *testing.T) {
	s := play(t, load(t, Options{StartLimit: 2000}), 0)
	s.says(server, body(1500), all)
	s.says(server, body(1000), 500)
	s.says(server, body(1000), 16)
	s.says(server, length(1000)+body(900), len(length(1000)))
	s.says(server, body(100), 0)
	s.says(server, length(0), all)
	s.says(client, "EXIT the content", all)
	s.says(client, get, all)
}

func TestLoss(t *testing.T) {
	h := load(t, Options{StartLimit: 2000})
	t.Run("in content", func(t *testing.T) {
		s := play(t, h, 1).opened()
		s.says(client, get, all)
		s.says(server, length(4000), all)
		s.loses(server, body(1000))
		s.says(server, body(1000), all) // out of order
		s.says(server, body(1000), 0)
		s.says(server, body(1000)+length(5), all)
	})
	t.Run("again", func(t *testing.T) {
		s := play(t, h, 2).opened()
		s.says(client, get, all)
		s.says(client, get, all)
		begin := s.next[server]
		s.says(server, length(2000)+body(1000), len(length(2000)))
		require.Equal(t, 700, s.at(server, begin, (length(2000) + body(1000))[:700]))
		s.says(server, body(900), 0)
		overlapping := body(1000) + body(100) + length(500) // 1000 bytes of it again
		require.Equal(t, len(overlapping), s.at(server, s.next[server]-1000, overlapping))
		s.loses(server, overlapping[1000:])
		s.says(server, body(500), 0)
	})
	t.Run("of a head's end", func(t *testing.T) {
		s := play(t, h, 3).opened()
		s.says(client, "GET / HTTP/1.1\r\nCookie: ", all)
		s.loses(client, "x\r\n")
		s.says(client, "Host: a\r\n\r\n", all)
		s.says(client, body(1500), all)
		s.says(client, body(1500), 2000-1500-11)
		s.says(client, get, all)
	})
	t.Run("the end of content and a head came too early", func(t *testing.T) {
		s := play(t, h, 4).opened()
		s.says(client, get, all)
		s.says(server, length(2000)+body(1000), len(length(2000)))
		late := s.next[server]
		s.loses(server, body(1000)+ok)
		s.says(server, "Content-Length: 1000\r\n\r\n", all)
		require.Equal(t, 1000+len(ok), s.at(server, late, body(1000)+ok))
	})
}

func TestHeadLimit(t *testing.T) {
	s := play(t, load(t, Options{HeadLimit: 4000, StartLimit: 100}), 0).opened()
	s.says(client, "GET / HTTP/1.1\r\nCookie: "+body(1976), all)
	s.says(client, body(3000), 2000+16)
	s.says(client, body(1000), 16)
	s.says(client, get, all)
}

func TestCounters(t *testing.T) {
	h := load(t, Options{Ports: []uint16{80}})
	s := play(t, h, 5).opened()
	s.says(client, get, all)
	s.says(server, length(500)+body(500), len(length(500)))
	s.says(server, length(500)+body(500), len(length(500)))
	s.at(server, 1, body(10))
	c, err := h.Counters()
	require.NoError(t, err)
	assert.Equal(t, uint64(6), c.Seen)
	assert.Equal(t, uint64(3), c.Heads)
	assert.Equal(t, uint64(2), c.Trimmed)
	assert.Equal(t, uint64(1), c.Unjudged)
	assert.Zero(t, c.Other)
	assert.Equal(t, uint64(1000), c.Bytes-c.Copied)
}
