package http1

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	get      = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
	getTwo   = "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
	getThree = "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n"
	head     = "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"
	post5    = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
	ok0      = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	ok5      = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
	okClose  = "HTTP/1.1 200 OK\r\n\r\n"
	okChunk  = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	notFound = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
	ws       = "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
	switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)

// conversations are connections seen whole, with the exchanges they hold.
var conversations = []struct {
	name   string
	events []event
	want   []string
	left   uint64 // unparsed bytes
}{
	{"one exchange", []event{client(get), server(ok5 + "hello")},
		[]string{"GET / -> 200 length 5"}, 0},
	{"keep-alive", []event{client(get), server(ok0), client(getTwo), server(notFound)},
		[]string{"GET / -> 200 length 0", "GET /2 -> 404 length 0"}, 0},
	{"pipelining", []event{client(get + getTwo + getThree), server(ok5 + "hello" + notFound), server(ok0)},
		[]string{"GET / -> 200 length 5", "GET /2 -> 404 length 0", "GET /3 -> 200 length 0"}, 0},
	{"content of a request", []event{client(post5), client("he"), client("llo"), server(ok0)},
		[]string{"POST / length 5 -> 200 length 0"}, 0},
	{"content that looks like a request", []event{client("POST / HTTP/1.1\r\nContent-Length: 27\r\n\r\n"), client(get), server(ok0)},
		[]string{"POST / length 27 -> 200 length 0"}, 0},

	// RFC 9112 §6.3
	{"HEAD has no content", []event{client(head), server(ok5), client(getTwo), server(notFound)},
		[]string{"HEAD / -> 200", "GET /2 -> 404 length 0"}, 0},
	{"204 and 304 have no content", []event{client(get), server("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"), client(getTwo),
		server("HTTP/1.1 204 No Content\r\n\r\n")},
		[]string{"GET / -> 304", "GET /2 -> 204"}, 0},
	{"until the connection closes", []event{client(get), server(okClose), server("12345"), server("HTTP/1.1 200 OK\r\n\r\n"), serverFin},
		[]string{"GET / -> 200 close 24"}, 0},
	{"until close, but the capture ended first", []event{client(get), server(okClose + "12345")},
		[]string{"GET / -> 200 close 5 unfinished"}, 0},
	{"HTTP/1.0 with keep-alive", []event{client("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
		server("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok"), client(getTwo), server(ok0)},
		[]string{"GET / -> 200 length 2", "GET /2 -> 200 length 0"}, 0},
	{"list of equal lengths", []event{client(get), server("HTTP/1.1 200 OK\r\nContent-Length: 5, 5\r\nContent-Length: 5\r\n\r\nhello")},
		[]string{"GET / -> 200 length 5 !repeated-length"}, 0},
	{"lengths that differ", []event{client(get), server("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello")},
		[]string{"GET / -> 200 unfinished !conflicting-lengths"}, 5},
	{"length that is no number", []event{client(get), server("HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello")},
		[]string{"GET / -> 200 unfinished !bad-length"}, 5},
	{"length beside chunked", []event{client(get), server("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")},
		[]string{"GET / -> 200 chunked 5 !length-and-encoding"}, 0},
	{"gzip without chunked ends with the connection", []event{client(get), server("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nxyz"), serverFin},
		[]string{"GET / -> 200 close 3"}, 0},
	{"chunked is not last, in a request", []event{client("POST / HTTP/1.1\r\nTransfer-Encoding: chunked, gzip\r\n\r\nxyz"), server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
		[]string{"POST / unfinished !bad-transfer-encoding -> 400 length 0"}, 3},
	{"identity is no coding", []event{client(get), server("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 2\r\n\r\nok")},
		[]string{"GET / -> 200 length 2 !bad-transfer-encoding"}, 0},
	{"chunked in HTTP/1.0", []event{client(get), server("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")},
		[]string{"GET / -> 200 chunked 0 !bad-transfer-encoding"}, 0},

	// RFC 9112 §7.1
	{"chunks", []event{client(get), server(okChunk + "5\r\nhello\r\n1A;name=\"v\"\r\n" + strings.Repeat("x", 26) + "\r\n000\r\n\r\n"), client(getTwo), server(ok0)},
		[]string{"GET / -> 200 chunked 31", "GET /2 -> 200 length 0"}, 0},
	{"trailers", []event{client(get), server(okChunk + "1 \r\nx\r\n0\r\nExpires: 0\r\nDigest: y\r\n\r\n" + "")},
		[]string{"GET / -> 200 chunked 1 !odd-chunk-size"}, 0},
	{"chunks with bare LF", []event{client(get), server(okChunk + "1\nx\n0\n\n"), client(getTwo), server(ok0)},
		[]string{"GET / -> 200 chunked 1 !bare-lf", "GET /2 -> 200 length 0"}, 0},
	{"chunk size that is none", []event{client(get), server(okChunk + "5\r\nhello\r\nzz\r\n"), client(getTwo), server(ok0)},
		[]string{"GET / -> 200 chunked 5 unfinished !bad-chunk", "GET /2 -> 200 length 0"}, 4},
	{"chunk size too large", []event{client(get), server(okChunk + "fffffffffffffffff\r\n")},
		[]string{"GET / -> 200 chunked 0 unfinished !bad-chunk"}, 4},
	{"chunk longer than its size", []event{client(get), server(okChunk + "3\r\nhello\r\n")},
		[]string{"GET / -> 200 chunked 3 unfinished !bad-chunk"}, 4},

	// RFC 9110 §15.2
	{"content that a refused client does not send", []event{client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\n"), server("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"), client(post5), client("hello"), server(ok0)},
		[]string{"POST / length 0 unfinished -> 401 length 0", "POST / length 5 -> 200 length 0"}, 0},
	{"content that looks like a request, sent before the answer", []event{client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 49\r\n\r\n"), client(post5), server("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")},
		[]string{"POST / length 47 unfinished -> 401 length 0"}, 0},
	{"100 Continue", []event{client("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"), server("HTTP/1.1 100 Continue\r\n\r\n"), client("hello"), server(ok0)},
		[]string{"POST / length 5 -> 100, 200 length 0"}, 0},
	{"several 1xx", []event{client(get), server("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok0)},
		[]string{"GET / -> 103, 103, 200 length 0"}, 0},
	{"answer before the request is over", []event{client(post5 + "he"), server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), client("llo" + getTwo), server(ok0)},
		[]string{"POST / length 5 -> 413 length 0", "GET /2 -> 200 length 0"}, 0},
	{"answer before the request is over, then closed", []event{client(post5 + "he"), server("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"), serverFin, clientFin},
		[]string{"POST / length 2 unfinished -> 413 length 0"}, 0},
	{"no answer", []event{client(get), clientFin, serverFin}, []string{"GET / -> ?"}, 0},
	{"answer nobody asked for", []event{server("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"), serverFin},
		[]string{"? -> 408 length 0"}, 0},

	// Tunnels
	{"websocket", []event{client(ws), server(switching + "\x81\x02hi"), client("\x81\x82abcdef"), server("\x88\x00"), clientFin, serverFin},
		[]string{"GET /ws -> 101 tunnel 8/6"}, 0},
	{"frames look like HTTP", []event{client(ws), server(switching), client(getTwo), server(ok0)},
		[]string{"GET /ws -> 101 tunnel 28/38"}, 0},
	{"frames sent before the 101", []event{client(ws + "\x81\x82abcdef"), client("more"), server(switching)},
		[]string{"GET /ws -> 101 tunnel 12/0"}, 0},
	{"a request sent before the 101 is none", []event{client(ws + getTwo), client("GET /par"), server(switching)},
		[]string{"GET /ws -> 101 tunnel 36/0"}, 0},
	{"a request behind a refused upgrade is one", []event{client(ws + getTwo), server(notFound + ok0)},
		[]string{"GET /ws -> 404 length 0", "GET /2 -> 200 length 0"}, 0},
	{"h2c", []event{client("GET / HTTP/1.1\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings:\r\n\r\n"),
		server("HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00"), client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")},
		[]string{"GET / -> 101 tunnel 24/9"}, 0},
	{"CONNECT", []event{client("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"), server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), client("\x16\x03\x01"), server("\x16\x03")},
		[]string{"CONNECT a:443 -> 200 tunnel 3/2"}, 0},
	{"CONNECT refused", []event{client("CONNECT a:443 HTTP/1.1\r\n\r\n"), server("HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n"), client(get), server(ok0)},
		[]string{"CONNECT a:443 -> 407 length 0", "GET / -> 200 length 0"}, 0},
	{"101 before the request's content", []event{client("POST / HTTP/1.1\r\nUpgrade: x\r\nContent-Length: 3\r\n\r\n"), server(switching), client("abctunnel"), server("t")},
		[]string{"POST / length 3 -> 101 tunnel 6/1"}, 0},
	{"exchanges before the tunnel", []event{client(get), server(ok0), client(ws), server(switching), client("x")},
		[]string{"GET / -> 200 length 0", "GET /ws -> 101 tunnel 1/0"}, 0},

	// Start lines
	{"line breaks before a request", []event{client("\r\n\n" + get), server(ok0)}, []string{"GET / -> 200 length 0"}, 0},
	{"line breaks before a response", []event{client(get), server("\r\n" + ok0)}, []string{"GET / -> 200 length 0 !leading-bytes"}, 0},
	{"lower-case version", []event{client("get / http/1.1\r\n\r\n"), server("http/1.1 200 ok\r\nContent-Length: 0\r\n\r\n")},
		[]string{"get / -> 200 length 0"}, 0},
	{"forms of target", []event{client("GET http://a/b?c HTTP/1.1\r\n\r\nOPTIONS * HTTP/1.1\r\n\r\nGET /a b HTTP/1.1\r\n\r\n")},
		[]string{"GET http://a/b?c -> ?", "OPTIONS * -> ?", "GET /a b !bad-start-line -> ?"}, 0},
	{"unknown methods", []event{client("PROPFIND / HTTP/1.1\r\n\r\nQUERY / HTTP/1.1\r\n\r\nCCM_POST / HTTP/1.1\r\n\r\n")},
		[]string{"PROPFIND / -> ?", "QUERY / -> ?", "CCM_POST / -> ?"}, 0},
	{"HTTP/0.9", []event{client("GET /old\r\n"), server("<html>"), serverFin}, []string{"GET /old -> ?"}, 6},
	{"no version, but fields", []event{client("GET /a\r\nHost: a\r\n\r\n" + "PUT /b\r\nContent-Length: 2\r\n\r\nhi" + get), server(ok0 + notFound + ok5 + "hello")},
		[]string{"GET /a -> 200 length 0", "PUT /b length 2 !bad-start-line -> 404 length 0", "GET / -> 200 length 5"}, 0},
	{"no version and no GET", []event{client("POST /old\r\n"), server("<html>"), serverFin}, []string{}, 17},
	{"no reason", []event{client(get), server("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n")}, []string{"GET / -> 200 length 0 !bad-start-line"}, 0},
	{"something that is no start line", []event{client("hello\r\n"), client(get), server(ok0)}, []string{"GET / -> ?", "? -> 200 length 0"}, 7},

	// Other protocols
	{"TLS to a plain port", []event{client("\x16\x03\x01\x02\x00\x01\x00"), server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
		[]string{"? -> 400 length 0"}, 7},
	{"HTTP/2 to an HTTP/1 port", []event{client("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")},
		[]string{"? -> 400 length 0"}, 24},
}

// Each conversation gives the exchanges it holds, and no byte is unaccounted
// for.
func TestConversations(t *testing.T) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			exchanges, s := play(whole, Limits{}, c.events, End{})
			assert.Equal(t, c.want, briefs(exchanges))
			assert.Equal(t, c.left, s.Unparsed(), "unparsed")
			assert.Equal(t, written(c.events), s.Stats().Bytes.Sum(), "every byte is of something")
			for i, x := range exchanges {
				assert.Equal(t, i, x.Index)
			}
		})
	}
}

func written(events []event) (n uint64) {
	for _, e := range events {
		n += uint64(len(e.data))
	}
	return n
}

// If nobody knows who opened the connection, its first message tells.
func TestRolesFromContent(t *testing.T) {
	for name, events := range map[string][]event{
		"request first":       {client(get), server(ok0)},
		"response line first": {server("HTTP/1.1 100 Continue\r\n\r\n")},
		"a byte at a time":    {client("G"), client("E"), client("T"), client(" / HTTP/1.1\r\n\r\n"), server("H"), server("TTP/1.1 200 OK\r\n\r\n")},
	} {
		for _, client := range []Direction{FromA, FromB} {
			t.Run(name, func(t *testing.T) {
				info := ConnInfo{A: addrA, B: addrB, Whole: true}
				mirrored := make([]event, len(events))
				for i, e := range events {
					e.from ^= client
					mirrored[i] = e
				}
				exchanges, s := play(info, Limits{}, mirrored, End{})
				require.Len(t, exchanges, 1)
				assert.Equal(t, SideClient, s.Side(client))
				assert.Equal(t, SideServer, s.Side(client.Other()))
				wantClient := map[Direction]any{FromA: addrA, FromB: addrB}[client]
				assert.Equal(t, wantClient, exchanges[0].Conn.Client)
			})
		}
	}
}

// A connection that is not HTTP/1 is told apart. It wants no more bytes once both
// directions have shown a protocol that goes on to the end; of others it is not known
// whether they do: HTTP that is beyond doubt is read behind them.
func TestOtherProtocols(t *testing.T) {
	for _, c := range []struct {
		name           string
		client, server string
		want           Protocol
	}{
		{"TLS", "\x16\x03\x01\x00\x05hello", "\x16\x03\x03\x00\x05hello", ProtocolTLS},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00\x04\x00\x00\x00\x00\x00", ProtocolHTTP2},
		{"Redis", "*1\r\n$4\r\nPING\r\n", "+PONG\r\n", ProtocolUnknown},
		{"SMTP", "EHLO a\r\n", "220 mail ESMTP\r\n", ProtocolUnknown},
		{"PostgreSQL", "\x00\x00\x00\x08\x04\xd2\x16\x2f", "N\x00", ProtocolUnknown},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", "SSH-2.0-OpenSSH_9.2 Debian\r\n", ProtocolUnknown},
	} {
		t.Run(c.name, func(t *testing.T) {
			var seen []*Exchange
			s := NewStream(whole, Limits{}, func(x *Exchange) { seen = append(seen, x) })
			s.Write(FromA, []byte(c.client), 1, 1)
			assert.False(t, s.Done(), "the server may still answer in HTTP")
			s.Write(FromB, []byte(c.server), 2, 2)
			assert.Equal(t, c.want != ProtocolUnknown, s.Done())
			assert.Equal(t, c.want, s.Protocol())
			s.Write(FromA, []byte(get), 4, 4)
			s.Write(FromB, []byte(ok0), 5, 5)
			s.Close(End{})
			if others := uint64(len(c.client) + len(c.server)); c.want == ProtocolUnknown {
				assert.Equal(t, []string{"GET / -> 200 length 0"}, briefs(seen))
				assert.Equal(t, others, s.Unparsed())
				assert.Equal(t, ProtocolHTTP1, s.Protocol())
			} else {
				assert.Empty(t, seen)
				assert.Equal(t, others+uint64(len(get)+len(ok0)), s.Unparsed())
			}
		})
	}
}

// An exchange tells how the connection stood when it was given out.
func TestEnd(t *testing.T) {
	fin := func(e End) End { e.Cause = EndFin; return e }
	for _, c := range []struct {
		name   string
		events []event
		close  End
		want   End
	}{
		{"it went on", []event{client(get), server(ok0)}, End{Cause: EndReset}, End{}},
		{"content ended by the server", []event{client(get), server(okClose), serverFin}, End{Cause: EndFin},
			fin(End{By: SideServer, Time: 3000, Packet: 3, Since: 3000, SincePacket: 3})},
		{"no answer, client closed first", []event{client(get), clientFin, serverFin}, End{Cause: EndFin, Time: 9, Packet: 9},
			fin(End{By: SideClient, Time: 9, Packet: 9, Since: 2000, SincePacket: 2})},
		{"reset", []event{client(get)}, End{Cause: EndReset, By: SideServer, Time: 9, Packet: 9}, End{Cause: EndReset, By: SideServer, Time: 9, Packet: 9, Since: 9, SincePacket: 9}},
		{"tunnel", []event{client(ws), server(switching), serverFin}, End{Cause: EndFin, Time: 9}, fin(End{By: SideServer, Time: 9, Since: 3000, SincePacket: 3})},
	} {
		t.Run(c.name, func(t *testing.T) {
			exchanges, _ := play(whole, Limits{}, c.events, c.close)
			require.Len(t, exchanges, 1)
			assert.Equal(t, c.want, exchanges[0].End)
		})
	}
}

// A message names the packets and times its head was read from.
func TestPackets(t *testing.T) {
	exchanges, _ := play(whole, Limits{}, []event{
		client("\r\n"), client("GET / HT"), client("TP/1.1\r\nA: b\r\n"), client("\r\n"),
		server("HTTP/1.1 200 OK\r\n"), server("\r\nbody"), server("more"),
	}, End{})
	require.Len(t, exchanges, 1)
	x := exchanges[0]
	assert.Equal(t, []uint64{2, 3, 4}, x.Request.Packets)
	assert.Equal(t, []int64{2000, 4000}, []int64{x.Request.Start, x.Request.End})
	assert.Equal(t, []uint64{5, 6}, x.Response.Packets)
	assert.Equal(t, []int64{5000, 6000}, []int64{x.Response.Start, x.Response.End})
}

// Limits hold, and say so.
func TestLimits(t *testing.T) {
	t.Run("head", func(t *testing.T) {
		long := "GET / HTTP/1.1\r\nA: b\r\nCookie: " + strings.Repeat("c", 100) + "\r\n\r\n"
		exchanges, s := play(whole, Limits{Head: 64}, []event{client(long), server("HTTP/1.1 431 Large\r\nContent-Length: 0\r\n\r\n")}, End{})
		assert.Equal(t, []string{"GET / cut !head-too-large -> 431 length 0"}, briefs(exchanges))
		assert.Equal(t, []Field{{"A", "b"}}, exchanges[0].Request.Fields)
		assert.Equal(t, 1, s.Stats().HeadLimit)
	})
	t.Run("fields", func(t *testing.T) {
		exchanges, s := play(whole, Limits{Fields: 2}, []event{client("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n")}, End{})
		assert.Equal(t, []string{"GET / cut !head-too-large -> ?"}, briefs(exchanges))
		assert.Len(t, exchanges[0].Request.Fields, 2)
		assert.Equal(t, 1, s.Stats().FieldLimit)
	})
	t.Run("pipeline", func(t *testing.T) {
		exchanges, s := play(whole, Limits{Pipeline: 2}, []event{client(get + getTwo + getThree), server(ok0 + notFound + ok0)}, End{})
		assert.Equal(t, []string{"GET / -> ?", "GET /2 -> ?", "GET /3 -> ?", "? -> 200 length 0", "? -> 404 length 0", "? -> 200 length 0"}, briefs(exchanges))
		assert.Equal(t, 1, s.Stats().PipelineLimit)
	})
}
