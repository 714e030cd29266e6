package http1

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Behind a client's agreement with a SOCKS proxy there can be HTTP.
func TestBehindSOCKS(t *testing.T) {
	for _, c := range []struct {
		name  string
		talks []event
	}{
		{"version 4", []event{client("\x04\x01\x00\x50\x0a\x00\x00\x01me\x00"), server("\x00\x5a\x00\x50\x0a\x00\x00\x01")}},
		{"version 4 with a name", []event{client("\x04\x01\x00\x50\x00\x00\x00\x01\x00example.org\x00"), server("\x00\x5a\x00\x00\x00\x00\x00\x00")}},
		{"version 5", []event{client("\x05\x01\x00"), server("\x05\x00"),
			client("\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50"), server("\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50")}},
		{"version 5 with a password", []event{client("\x05\x02\x00\x02"), server("\x05\x02"), client("\x01\x02me\x02pw"), server("\x01\x00"),
			client("\x05\x01\x00\x03\x01a\x00\x50"), server("\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50")}},
	} {
		t.Run(c.name, func(t *testing.T) {
			events := append(c.talks, client(ws), server(switching))
			exchanges, s := play(whole, Limits{}, events, End{})
			assert.Equal(t, []string{"GET /ws -> 101 tunnel 0/0"}, briefs(exchanges))
			assert.Equal(t, written(events), s.Stats().Bytes.Sum())

			events = append(c.talks, client(get), server(ok0), client(getTwo), server(notFound))
			exchanges, _ = play(whole, Limits{}, events, End{})
			assert.Equal(t, []string{"GET / -> 200 length 0", "GET /2 -> 404 length 0"}, briefs(exchanges))
			assert.Equal(t, PairedByOrder, exchanges[0].Pairing)

			for i, e := range c.talks {
				for cut := 1; cut < len(e.data); cut++ {
					head, tail := e, e
					head.data, tail.data = e.data[:cut], e.data[cut:]
					events := slices.Concat(c.talks[:i], []event{head, tail}, c.talks[i+1:], []event{client(get), server(ok0)})
					exchanges, s := play(whole, Limits{}, events, End{})
					require.Equal(t, []string{"GET / -> 200 length 0"}, briefs(exchanges), "message %d cut after %d bytes", i, cut)
					require.Equal(t, written(events), s.Stats().Bytes.Sum())
				}
			}
		})
	}
}

// What comes before the first request may hide messages; then its response is
// not joined to it.
func TestPreambleThatHides(t *testing.T) {
	socks := []event{client("\x05\x01\x00"), server("\x05\x00")}
	apart := []string{"GET / -> ?", "? -> 200 length 0"}
	for _, c := range []struct {
		name   string
		events []event
	}{
		{"of the client alone: the response may be to it", []event{client("\x05\x01\x00")}},
		{"something like a message in it", append(socks, client("xGET / HTTP/1.1\r\n\r\n"))},
		{"a version may begin at its end", append(socks, client("\x05\x01 HT"))},
		{"a response in it", append(socks, server("xHTTP/1.1 200 OK\r\n"))},
		{"bytes of it are missing", append(socks, clientGap(3))},
		{"bytes of its answer are missing", append(socks, serverGap(3))},
		{"it is long", append(socks, client(string(make([]byte, maxPreamble))))},
	} {
		t.Run(c.name, func(t *testing.T) {
			exchanges, _ := play(whole, Limits{}, append(c.events, client(get), server(ok0)), End{})
			assert.Equal(t, apart, briefs(exchanges))
		})
	}
}

// Whoever was called can be the one that asks: behind a reverse tunnel.
func TestTurnsRound(t *testing.T) {
	back := ConnInfo{ID: 1, A: addrB, B: addrA, Start: 1, Whole: true, ClientKnown: true}
	for _, c := range []struct {
		name   string
		events []event // B asks
		want   []string
	}{
		{"at once", []event{server(get), client(ok0), server(getTwo), client(notFound)},
			[]string{"GET / -> 200 length 0", "GET /2 -> 404 length 0"}},
		{"behind SOCKS", []event{client("hello!"), server("\x05\x01\x00"), client("\x05\x00"), server(get), client(ok0)},
			[]string{"GET / -> 200 length 0"}},
		{"not while a request is on its way", []event{client("GET / HTTP/1.1\r\n"), server(getTwo), client("\r\n")},
			[]string{"GET / -> ?"}},
		{"not once there was a message", []event{client(get), server(getTwo)}, []string{"GET / -> ?"}},
		{"not by a request that only a lenient server takes", []event{server("GET /a b HTTP/1.1\n\n")}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			exchanges, s := play(back, Limits{}, c.events, End{})
			assert.Equal(t, c.want, briefs(exchanges))
			assert.Equal(t, written(c.events), s.Stats().Bytes.Sum())
			for _, x := range exchanges {
				if c.name == "at once" || c.name == "behind SOCKS" {
					assert.Equal(t, addrA, x.Conn.Client)
					assert.Equal(t, addrB, x.Conn.Server)
				}
				assert.Equal(t, x.Conn.Client == addrA, x.Conn.Turned, "the client is not who opened the connection")
			}
		})
	}
}

// A tunnel made by CONNECT can hold HTTP: a browser opens a WebSocket through a
// proxy so, without TLS too.
func TestThroughCONNECT(t *testing.T) {
	const connect = "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n"
	const established = "HTTP/1.1 200 Connection established\r\n\r\n"
	for _, c := range []struct {
		name   string
		events []event
		want   []string
	}{
		{"a handshake", []event{client(connect), server(established), client(ws), server(switching), client("frames"), server("fra"), server("mes")},
			[]string{"CONNECT a:80 -> 200 tunnel 0/0", "GET /ws -> 101 tunnel 6/6"}},
		{"requests", []event{client(connect), server(established), client(get), server(ok5 + "hello"), client(getTwo), server(notFound)},
			[]string{"CONNECT a:80 -> 200 tunnel 0/0", "GET / -> 200 length 5", "GET /2 -> 404 length 0"}},
		{"line breaks between", []event{client(connect + "\n"), server(established + "\r\n"), client(get), server(ok0)},
			[]string{"CONNECT a:80 -> 200 tunnel 1/2", "GET / -> 200 length 0"}},
		{"another tunnel within", []event{client(connect), server(established), client(connect), server(established), client("\x16\x03\x01")},
			[]string{"CONNECT a:80 -> 200 tunnel 0/0", "CONNECT a:80 -> 200 tunnel 3/0"}},
		{"TLS", []event{client(connect), server(established), client("\x16\x03\x01"), client(get), server(ok0)},
			[]string{"CONNECT a:80 -> 200 tunnel 30/38"}},
		{"a server that speaks first", []event{client(connect), server(established), server("220 hello\r\n"), client(get)},
			[]string{"CONNECT a:80 -> 200 tunnel 27/11"}},
		{"bytes are missing", []event{client(connect), server(established), clientGap(4), client(get)},
			[]string{"CONNECT a:80 -> 200 tunnel 27/0 missing 4"}},
		{"101 is no CONNECT", []event{client(ws), server(switching), client(get), server(ok0)},
			[]string{"GET /ws -> 101 tunnel 27/38"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, eager := range []bool{false, true} {
				info := whole
				info.Eager = eager
				exchanges, s := play(info, Limits{}, c.events, End{})
				if !eager {
					assert.Equal(t, c.want, briefs(exchanges))
				}
				assert.Len(t, exchanges, len(c.want))
				assert.Equal(t, written(c.events), s.Stats().Bytes.Sum())
				for i, x := range exchanges {
					assert.Equal(t, i, x.Index)
				}
			}
		})
	}
}
