package http1

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask and answer make messages that name each other: the request for /k is
// answered with the reason k.
func ask(k int) string {
	return fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: a\r\nX-Request: %d\r\n\r\n", k, k)
}

func post(k int, content string) string {
	return fmt.Sprintf("POST /%d HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%s", k, len(content), content)
}

func postChunks(k int, chunks ...string) string {
	return fmt.Sprintf("POST /%d HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", k) + chunked(chunks)
}

func answer(k int, content string) string {
	return fmt.Sprintf("HTTP/1.1 200 %d\r\nServer: s\r\nContent-Length: %d\r\n\r\n%s", k, len(content), content)
}

func answerChunks(k int, chunks ...string) string {
	return fmt.Sprintf("HTTP/1.1 200 %d\r\nServer: s\r\nTransfer-Encoding: chunked\r\n\r\n", k) + chunked(chunks)
}

func chunked(chunks []string) string {
	var b strings.Builder
	for _, c := range append(chunks, "") {
		fmt.Fprintf(&b, "%x\r\n%s", len(c), c)
		if c != "" {
			b.WriteString("\r\n")
		}
	}
	return b.String() + "\r\n"
}

// lossy are connections from which bytes are taken away. waits tells that the
// client waits for each response or shows that it doesn't; the others are made
// to look as if it did.
var lossy = []struct {
	name      string
	waits     bool // never is a response joined wrongly, also not by habit
	pipelines bool // but by habit, if the beginning of the connection was not seen
	events    []event
}{
	{"one after the other", true, false, []event{client(ask(1)), server(answer(1, "one")), client(ask(2)), server(answer(2, "two")),
		client(post(3, "hello")), server(answer(3, "")), client(ask(4)), server(answer(4, "four")), client(ask(5)), server(answer(5, "5")),
		client(ask(6)), server(answer(6, "6")), client(ask(7)), server(answer(7, "7"))}},
	{"all at once", true, true, []event{client(ask(1) + ask(2)), client(ask(3) + ask(4)), server(answer(1, "one")), server(answer(2, "two") + answer(3, "three")), server(answer(4, ""))}},
	{"waiting, then not", true, true, []event{client(ask(1)), server(answer(1, "")), client(ask(2)), server(answer(2, "")), client(ask(3)), server(answer(3, "")),
		client(ask(4)), client(ask(5)), client(ask(6)), server(answer(4, "four")), server(answer(5, "")), server(answer(6, "six"))}},
	{"chunks", true, false, []event{client(postChunks(1, "hello", "world")), server(answerChunks(1, "one", "more")), client(ask(2)),
		server(answerChunks(2, strings.Repeat("x", 40))), client(ask(3)), server(answer(3, ""))}},
	{"1xx and early answers", true, false, []event{client(post(1, "")), server("HTTP/1.1 103 1\r\nLink: x\r\n\r\n"), server(answer(1, "one")),
		client("POST /2 HTTP/1.1\r\nContent-Length: 6\r\n\r\n"), server("HTTP/1.1 100 2\r\n\r\n"), client("abc"), server(answer(2, "")), client("def"),
		client(ask(3)), server(answer(3, "three"))}},
	{"websocket", true, false, []event{client(ask(1)), server(answer(1, "one")), client(strings.Replace(ws, "/ws", "/2", 1)),
		server(strings.Replace(switching, "Switching Protocols", "2", 1)), server("\x81\x05hello"), client("\x81\x85abcdefghi")}},
	{"until close", true, false, []event{client(ask(1)), server(answer(1, "one")), client(ask(2)), server("HTTP/1.1 200 2\r\n\r\ncontent"), serverFin}},
	{"always two on their way", false, true, []event{client(ask(1)), client(ask(2)), server(answer(1, "")), client(ask(3)), server(answer(2, "")), client(ask(4)),
		server(answer(3, "")), client(ask(5)), server(answer(4, "")), client(ask(6)), server(answer(5, "")), server(answer(6, ""))}},
}

// truth holds the true heads of a conversation.
type truth struct{ requests, responses map[string]string }

func truthOf(t *testing.T, events []event) truth {
	t.Helper()
	exchanges, _ := play(whole, Limits{}, events, End{})
	tr := truth{map[string]string{}, map[string]string{}}
	for _, x := range exchanges {
		require.NotNil(t, x.Request)
		require.NotNil(t, x.Response)
		require.Equal(t, x.Request.Target, "/"+x.Response.Reason, "the conversation itself is paired right")
		tr.requests[x.Request.Target] = x.Request.Head
		for _, m := range append(x.Informational, x.Response) {
			tr.responses[fmt.Sprint(m.Status, m.Reason)] = m.Head
		}
	}
	return tr
}

// check holds exchanges against the truth: every head was there, what is said
// to be complete is, fields are true, and what is joined belongs together.
func (tr truth) check(t *testing.T, exchanges []*Exchange, waits bool) {
	t.Helper()
	for _, x := range exchanges {
		if m := x.Request; m != nil && m.StartCut {
			require.True(t, begins(tr.requests, m.Head), "a message that never was: %q", m.Head)
			require.False(t, m.Complete)
		} else if m != nil {
			tr.checkHead(t, m, tr.requests[m.Target])
		}
		responses := x.Informational
		if x.Response != nil {
			responses = append(slices.Clip(responses), x.Response)
		}
		for _, m := range responses {
			if m.StartCut { // cut before the reason's end, which names it
				require.True(t, begins(tr.responses, m.Head), "a message that never was: %q", m.Head)
				require.False(t, m.Complete)
				continue
			}
			tr.checkHead(t, m, tr.responses[fmt.Sprint(m.Status, m.Reason)])
			if x.Request != nil && !x.Request.StartCut && (waits || x.Pairing != PairedByHabit) {
				require.Equal(t, x.Request.Target, "/"+m.Reason, "joined with the wrong one")
			}
		}
	}
}

// begins tells whether one of the heads began so.
func begins(heads map[string]string, head string) bool {
	for _, whole := range heads {
		if strings.HasPrefix(whole, head) {
			return true
		}
	}
	return false
}

func (tr truth) checkHead(t *testing.T, m *Message, want string) {
	t.Helper()
	require.NotEmpty(t, want, "a message that never was: %q", m.Head)
	require.True(t, strings.HasPrefix(want, m.Head), "%q is not the beginning of %q", m.Head, want)
	require.Equal(t, want == m.Head, m.Complete)
	wanted := strings.Split(strings.TrimSuffix(want, "\r\n\r\n"), "\r\n")[1:]
	require.LessOrEqual(t, len(m.Fields), len(wanted))
	for i := range m.Fields {
		require.Equal(t, wanted[i], m.Line(i))
	}
}

// without takes the bytes [begin, end) of one direction away.
func without(events []event, from Direction, begin, end int) []event {
	var left []event
	at := 0
	for _, e := range events {
		if e.from != from || e.data == "" {
			left = append(left, e)
			continue
		}
		lo, hi := min(max(begin-at, 0), len(e.data)), min(max(end-at, 0), len(e.data))
		at += len(e.data)
		for _, piece := range []event{{from: from, data: e.data[:lo]}, {from: from, gap: uint64(hi - lo)}, {from: from, data: e.data[hi:]}} {
			if piece.data != "" || piece.gap > 0 {
				left = append(left, piece)
			}
		}
	}
	return left
}

// Whatever run of bytes is missing: no message is invented, none is joined
// with one it does not belong to, and every byte is accounted for.
func TestGapAnywhere(t *testing.T) {
	for _, c := range lossy {
		t.Run(c.name, func(t *testing.T) {
			tr := truthOf(t, c.events)
			for _, from := range []Direction{FromA, FromB} {
				size := 0
				for _, e := range c.events {
					if e.from == from {
						size += len(e.data)
					}
				}
				for begin := range size {
					for _, n := range []int{1, 2, 3, 7, 20, 50, 51, 60, 70, 100, 110, 150, size} {
						events := without(c.events, from, begin, min(begin+n, size))
						exchanges, s := play(whole, Limits{}, events, End{})
						tr.check(t, exchanges, c.waits)
						require.Equal(t, written(events), s.Stats().Bytes.Sum())
					}
				}
			}
		})
	}
}

// The same with packets of every size, any of which may be lost or cut short,
// in both directions, and with connections whose beginning was not seen.
func TestPacketsLost(t *testing.T) {
	for _, c := range lossy {
		t.Run(c.name, func(t *testing.T) {
			tr := truthOf(t, c.events)
			random := rand.New(rand.NewPCG(3, 4))
			for range 3000 {
				events := losePackets(cutRandomly(c.events, random.IntN), random)
				info := whole
				if random.IntN(4) == 0 {
					info = midway
				}
				exchanges, s := play(info, Limits{}, events, End{})
				tr.check(t, exchanges, c.waits && (info.Whole || !c.pipelines))
				require.Equal(t, written(events), s.Stats().Bytes.Sum())
			}
		})
	}
}

func losePackets(events []event, random *rand.Rand) []event {
	var left []event
	for _, e := range events {
		switch size := len(e.data); {
		case size > 0 && random.IntN(6) == 0: // lost
			left = append(left, event{from: e.from, gap: uint64(size)})
		case size > 1 && random.IntN(10) == 0: // cut short
			at := 1 + random.IntN(size-1)
			left = append(left, event{from: e.from, data: e.data[:at]}, event{from: e.from, gap: uint64(size - at)})
		default:
			left = append(left, e)
		}
	}
	return left
}

// What becomes of messages around missing bytes.
func TestGaps(t *testing.T) {
	for _, c := range []struct {
		name   string
		info   ConnInfo
		events []event
		want   []string
		left   uint64
	}{
		{"within content of known length", whole, []event{client(ask(1)), server(answer(1, "hello!")[:50]), serverGap(4), client(ask(2)), server(answer(2, ""))},
			[]string{"GET /1 -> 200 length 2 missing 4", "GET /2 -> 200 length 0"}, 0},
		{"all content of known length", whole, []event{client(post5), clientGap(5), server(ok0), client(getTwo), server(notFound)},
			[]string{"POST / length 0 missing 5 -> 200 length 0", "GET /2 -> 404 length 0"}, 0},
		{"within a chunk", whole, []event{client(get), server(okChunk + "8\r\nab"), serverGap(4), server("gh\r\n0\r\n\r\n"), client(getTwo), server(ok0)},
			[]string{"GET / -> 200 chunked 4 missing 4", "GET /2 -> 200 length 0"}, 0},
		{"up to the end of a chunk's data", whole, []event{client(get), server(okChunk + "8\r\nab"), serverGap(6), server("\r\n0\r\n\r\n")},
			[]string{"GET / -> 200 chunked 2 missing 6"}, 0},
		{"beyond a chunk", whole, []event{client(get), server(okChunk + "8\r\nab"), serverGap(7), server("\n0\r\n\r\n"), client(getTwo), server(ok0)},
			[]string{"GET / -> 200 chunked 2 missing 6 unfinished", "GET /2 -> 200 length 0"}, 6},
		{"content until close", whole, []event{client(get), server(okClose + "abc"), serverGap(10), server("def"), serverFin},
			[]string{"GET / -> 200 close 6 missing 10"}, 0},
		{"within a tunnel", whole, []event{client(ws), server(switching), serverGap(7), clientGap(8), server("x")},
			[]string{"GET /ws -> 101 tunnel 0/1 missing 15"}, 0},
		{"within a head", whole, []event{client("GET / HTTP/1.1\r\nHost: a\r\nUpgr"), clientGap(9), client("x\r\n\r\n"), server(ok0)},
			[]string{"GET / cut -> 200 length 0"}, 5},
		{"within a start line", whole, []event{client("GET /"), clientGap(9), client("x\r\n\r\n"), server(ok0)},
			[]string{"GET / cut -> 200 length 0"}, 5},
		{"a whole request", whole, []event{client(get), server(ok0), clientGap(50), server(notFound), client(getThree), server(ok0)},
			[]string{"GET / -> 200 length 0", "? -> 404 length 0", "GET /3 -> ?", "? -> 200 length 0"}, 0},
		{"a whole response", whole, []event{client(get), serverGap(38), client(getTwo), server(notFound)},
			[]string{"GET / -> ?", "GET /2 -> ?", "? -> 404 length 0"}, 0},
		{"a whole response, and then the client is seen to wait", whole, []event{client(get), serverGap(38), client(get), server(ok0), client(get), server(ok0),
			client(getTwo), server(notFound)},
			[]string{"GET / -> ?", "GET / -> ?", "? -> 200 length 0", "GET / -> ?", "? -> 200 length 0", "GET /2 -> 404 length 0"}, 0},
		{"the only response there can be", whole, []event{client(get), serverGap(10), server(ok0)},
			[]string{"GET / -> 200 length 0"}, 0},
		{"the key tells", whole, []event{clientGap(50), client(ws), server(switching), server("x")},
			[]string{"GET /ws -> 101 tunnel 0/1"}, 0},
		{"status line of a 101", whole, []event{client(ws), server("HTTP/1.1 101 Switching Protocols\r\nUpgr"), serverGap(30), server("HTTP/1.1 200 OK\r\n\r\n")},
			[]string{"GET /ws -> 101 cut tunnel 0/19 missing 30"}, 0},
		{"content that looks like a response, nobody asked", whole, []event{client(get), server(okChunk + "50\r\nab"), serverGap(100), server(ok0), client(getTwo), server(notFound)},
			[]string{"GET / -> 200 chunked 2 missing 78 unfinished", "GET /2 -> 404 length 0"}, 38},
		{"a method that is not registered", midway, []event{client("RPC_IN_DATA /rpc/rpcproxy.dll?a:6001 HTTP/1.1\r\nHost: a\r\n\r\n"), server(ok0)}, []string{"RPC_IN_DATA /rpc/rpcproxy.dll?a:6001 -> 200 length 0"}, 0},
		{"a log of requests, as content", midway, []event{client("GET /1 HTTP/1.1\r\nGET /2 HTTP/1.1\r\n"), client("GET /3 HTTP/1.1\r\n\r\n")},
			[]string{"GET /3 -> ?"}, 34},
		{"a log of requests with bare LF, as content", midway, []event{client("GET /1 HTTP/1.1\nGET /2 HTTP/1.1\n"), client("GET /3 HTTP/1.1\n\n")}, []string{}, 49},
		{"start not seen, lines end with a bare LF", midway, []event{client("GET / HTTP/1.1\nHost: a\n\n"), server(ok0)}, []string{"GET / !bare-lf -> 200 length 0"}, 0},
		{"start not seen", midway, []event{server("rest of something"), client(get), server(ok0), client(get), server(ok0), client(getTwo), server(notFound)},
			[]string{"GET / -> 200 length 0", "GET / -> 200 length 0", "GET /2 -> 404 length 0"}, 17},
		{"start not seen, in the middle of a packet", midway, []event{client("x\r\n" + get), client(getTwo)}, []string{"GET /2 -> ?"}, 30},
		{"only the client's side", whole, []event{client(get), client(getTwo)}, []string{"GET / -> ?", "GET /2 -> ?"}, 0},
		{"only the server's side", whole, []event{server(ok5 + "hello"), server(notFound)}, []string{"? -> 200 length 5", "? -> 404 length 0"}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			exchanges, s := play(c.info, Limits{}, c.events, End{})
			assert.Equal(t, c.want, briefs(exchanges))
			assert.Equal(t, c.left, s.Unparsed())
			assert.Equal(t, written(c.events), s.Stats().Bytes.Sum())
		})
	}
}

// The last line before a gap may go on behind it (RFC 9112 §5.2), so its
// field is only given if the next line is seen to begin.
func TestFieldBeforeGap(t *testing.T) {
	for rest, want := range map[string]int{"": 1, "U": 2, "\t": 1, " folded": 1} {
		exchanges, _ := play(whole, Limits{}, []event{client("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\n" + rest), clientGap(9)}, End{})
		require.Len(t, exchanges, 1)
		assert.Len(t, exchanges[0].Request.Fields, want, "%q", rest)
		assert.False(t, exchanges[0].Request.Complete)
	}
}
