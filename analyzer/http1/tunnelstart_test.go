package http1

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const upgradeWithContent = "POST /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: x\r\nContent-Length: 20\r\n\r\n"

// tunnelled are conversations up to the client's first bytes in a tunnel. sent is
// what the client sends then; before and after are what stands around it.
var tunnelled = []struct {
	name   string
	events func(sent string) []event
}{
	{"behind the 101", func(sent string) []event { return []event{client(ws), server(switching), client(sent)} }},
	{"before the 101", func(sent string) []event { return []event{client(ws), client(sent), server(switching)} }},
	{"in the request's packet", func(sent string) []event { return []event{client(ws + sent), server(switching)} }},
	{"before and behind the 101", func(sent string) []event {
		return []event{client(ws + sent[:len(sent)/2]), server(switching), client(sent[len(sent)/2:])}
	}},
	{"behind a pipeline", func(sent string) []event {
		return []event{client(get + getTwo + ws + sent), server(ok0 + ok5 + "hello" + switching)}
	}},
	{"behind an upgrade that was refused", func(sent string) []event {
		return []event{client(ws + ws + sent), server(notFound + switching)}
	}},
	{"behind content", func(sent string) []event {
		return []event{client(upgradeWithContent + repeated(20) + sent), server(switching)}
	}},
	{"behind content that came after the 101", func(sent string) []event {
		return []event{client(upgradeWithContent), server(switching), client(repeated(20) + sent)}
	}},
	{"CONNECT", func(sent string) []event {
		return []event{client("CONNECT a:443 HTTP/1.1\r\n\r\n" + sent), server("HTTP/1.1 200 OK\r\n\r\n")}
	}},
}

func repeated(n int) string { return strings.Repeat("content-", n)[:n] }

// beginnings are what a client may send through a tunnel: masked frames, and
// what looks like HTTP as long as the 101 is not there.
var beginnings = map[string]string{
	"frames":                    "\x81\xfe\x00\x90\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58" + strings.Repeat("\x00\x9a\xff\n\r\x10G", 20),
	"requests":                  getTwo + getThree + ws + post5 + "hello" + getTwo,
	"a request with much to it": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n" + repeated(100),
	"a request that is broken":  "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n" + repeated(100),
	"a chunk that is broken":    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n" + repeated(100),
	"the beginning of one":      "\r\n\r\nGET /" + repeated(100),
	"the preface of HTTP/2":     "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + repeated(100),
}

// wantStart computes ClientStart from what the client sent, by other code.
func wantStart(sent string) uint64 {
	if len(sent) < 16 {
		return 0
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(sent[:min(64, len(sent))]))
	return h.Sum64()
}

// tunnelOf plays a conversation and returns its tunnel, nil if none was found.
func tunnelOf(t *testing.T, info ConnInfo, events []event) *Tunnel {
	t.Helper()
	exchanges, _ := play(info, Limits{}, events, End{})
	for _, x := range exchanges {
		if x.Tunnel != nil {
			return x.Tunnel
		}
	}
	return nil
}

// Whatever the client sends, whenever, and however it is cut into packets.
func TestClientStart(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, c := range tunnelled {
		for name, sent := range beginnings {
			t.Run(c.name+": "+name, func(t *testing.T) {
				for _, n := range []int{0, 1, 15, 16, 17, 63, 64, 65, len(sent)} {
					want := wantStart(sent[:n])
					events := c.events(sent[:n])
					cuts := [][]event{events, cutRandomly(events, func(int) int { return 0 })}
					for range 20 {
						cuts = append(cuts, cutRandomly(events, random.IntN))
					}
					for _, cut := range cuts {
						tunnel := tunnelOf(t, whole, cut)
						require.NotNil(t, tunnel)
						require.Equal(t, want, tunnel.ClientStart, "of %d bytes", n)
						require.Equal(t, uint64(n), tunnel.FromClient)
					}
				}
			})
		}
	}
}

// Missing bytes make ClientStart 0 if they are among the first 64 of the
// tunnel, or if they make it uncertain which these are; otherwise it is what it
// was.
func TestClientStartWithGaps(t *testing.T) {
	sent := beginnings["frames"]
	for _, c := range []struct {
		name          string
		events        []event
		content, from int // offsets of the client's content, and of its first byte in the tunnel
	}{
		{"behind the 101", []event{client(ws), server(switching), client(sent)}, len(ws), len(ws)},
		{"before the 101", []event{client(ws + sent), server(switching)}, len(ws), len(ws)},
		{"behind content", []event{client(upgradeWithContent + repeated(20) + sent), server(switching)},
			len(upgradeWithContent), len(upgradeWithContent) + 20},
		{"behind content that came after the 101", []event{client(upgradeWithContent), server(switching), client(repeated(20) + sent)},
			len(upgradeWithContent), len(upgradeWithContent) + 20},
	} {
		t.Run(c.name, func(t *testing.T) {
			size := c.from + len(sent)
			for begin := range size {
				for end := begin + 1; end <= size; end++ {
					tunnel := tunnelOf(t, whole, without(c.events, FromA, begin, end))
					switch {
					case begin >= c.from+64, begin >= c.content && end <= c.from:
						require.NotNil(t, tunnel)
						require.Equal(t, wantStart(sent), tunnel.ClientStart, "without %d to %d", begin, end)
					case tunnel != nil:
						require.Zero(t, tunnel.ClientStart, "without %d to %d", begin, end)
					}
				}
			}
		})
	}
}

// If the request was not seen, nobody knows what stands behind it.
func TestClientStartWithoutRequest(t *testing.T) {
	sent := beginnings["frames"]
	for i, events := range [][]event{
		{server(switching), client(sent)},
		{client("key: x\r\n\r\n"), server(switching), client(sent)},
		{client(sent), server(switching), client(sent)},
	} {
		tunnel := tunnelOf(t, midway, events)
		require.NotNil(t, tunnel, i)
		assert.Zero(t, tunnel.ClientStart, i)
	}
}

// A request that was joined with its 101 by the key, because the order was lost.
func TestClientStartByKey(t *testing.T) {
	for name, sent := range beginnings {
		tunnel := tunnelOf(t, whole, []event{clientGap(50), client(ws + sent), server(switching), client("more")})
		require.NotNil(t, tunnel, name)
		assert.Equal(t, wantStart(sent+"more"), tunnel.ClientStart, name)
	}
}

// Of many requests behind each other, whichever is answered by the 101.
func TestClientStartInALongPipeline(t *testing.T) {
	for switched := range 40 {
		var client1, server1, behind strings.Builder
		for k := range 40 {
			request := fmt.Sprintf("GET /%d HTTP/1.1\r\nUpgrade: x\r\n\r\n", k)
			client1.WriteString(request)
			switch {
			case k < switched:
				server1.WriteString(ok0)
			case k > switched:
				behind.WriteString(request)
			}
		}
		events := []event{client(client1.String()), server(server1.String() + switching), client(repeated(100))}
		tunnel := tunnelOf(t, whole, cutRandomly(events, rand.New(rand.NewPCG(uint64(switched), 1)).IntN))
		require.NotNil(t, tunnel)
		require.Equal(t, wantStart(behind.String()+repeated(100)), tunnel.ClientStart)
	}
}
