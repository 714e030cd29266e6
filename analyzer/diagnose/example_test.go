package diagnose

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/stretchr/testify/require"
)

// journeyOf plays an example through the parser: one connection per hop, a
// packet for the request (1) and one for the response (2).
func journeyOf(t testing.TB, example []ExampleHop) (*chain.Journey, []chain.Hop) {
	t.Helper()
	j := &chain.Journey{Exchanges: make([]*http1.Exchange, len(example))}
	hops := make([]chain.Hop, len(example))
	before := -1
	for i, h := range example {
		hops[i] = chain.Hop{Index: i, Name: h.Name}
		if h.Request == "" && h.Response == "" {
			continue
		}
		j.Exchanges[i] = exchangeOf(t, i, h)
		if before >= 0 {
			j.Links = append(j.Links, chain.Link{From: before, To: i, Confidence: chain.Certain, By: []string{"Sec-WebSocket-Key"}})
		}
		before = i
	}
	return j, hops
}

// behindOf plays an example too, and gives what followed its first request on the
// connections: each further exchange together with those of the same position.
func behindOf(t testing.TB, example []ExampleHop, j *chain.Journey) []*chain.Journey {
	t.Helper()
	var more []*chain.Journey
	for i, h := range example {
		if j.Exchanges[i] == nil {
			continue
		}
		for n, x := range exchangesOf(t, i, h)[1:] {
			if n == len(more) {
				more = append(more, &chain.Journey{Exchanges: make([]*http1.Exchange, len(example))})
			}
			x.Conn = j.Exchanges[i].Conn
			more[n].Exchanges[i] = x
			if i > 0 && x.Request != nil && more[n].Exchanges[i-1] != nil {
				more[n].Links = append(more[n].Links, chain.Link{From: i - 1, To: i, Confidence: chain.Certain})
			}
		}
	}
	return more
}

func exchangeOf(t testing.TB, hop int, h ExampleHop) *http1.Exchange {
	t.Helper()
	seen := exchangesOf(t, hop, h)
	require.NotEmpty(t, seen, "hop %s", h.Name)
	require.NotNil(t, seen[0].Request, "hop %s", h.Name)
	return seen[0]
}

func exchangesOf(t testing.TB, hop int, h ExampleHop) []*http1.Exchange {
	t.Helper()
	info := http1.ConnInfo{
		ID: 1, Start: 1, Whole: true, ClientKnown: true,
		A: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(hop), 1}), 40000),
		B: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(hop), 2}), 80),
	}
	var seen []*http1.Exchange
	s := http1.NewStream(info, http1.Limits{}, func(x *http1.Exchange) { seen = append(seen, x) })
	request := onWire(h.Request)
	now := int64(1)
	if h.ClosedBy == ClosedBefore {
		s.Fin(http1.FromB, 1, now)
		now++
	}
	s.Write(http1.FromA, []byte(proxyOnWire(h.Proxy)+request), uint64(now), now)
	if !strings.HasSuffix(request, "\r\n\r\n") {
		s.Skip(http1.FromA, 100, 1, 1)
	}
	if h.Response != "" {
		at := int64(2)
		if strings.Contains(h.Response, " 504 ") {
			at = minute // somebody had waited
		}
		s.Write(http1.FromB, []byte(onWire(h.Response)), 2, at)
	}
	s.Close(endOf(s, h.ClosedBy))
	return seen
}

const minute = int64(60e9)

func endOf(s *http1.Stream, closedBy string) http1.End {
	switch closedBy {
	case "client":
		s.Fin(http1.FromA, 3, 3)
		return http1.End{Cause: http1.EndFin, By: http1.SideClient, Packet: 3, Time: 3}
	case "server":
		s.Fin(http1.FromB, 3, 3)
		return http1.End{Cause: http1.EndFin, By: http1.SideServer, Packet: 3, Time: 3}
	case ClosedLate:
		s.Fin(http1.FromA, 3, minute)
		return http1.End{Cause: http1.EndFin, Packet: 3, Time: minute}
	case ClosedBefore:
		return http1.End{Cause: http1.EndReset, By: http1.SideServer, Packet: 3, Time: 3}
	default:
		return http1.End{}
	}
}

// onWire ends the lines as HTTP does. The bodies of examples have no lines.
func onWire(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

func proxyOnWire(header string) string {
	switch header {
	case "":
		return ""
	case "v2":
		return "\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c\xc6\x33\x64\x16\xcb\x00\x71\x07\x8b\x3e\x00\x50"
	default:
		return header + "\r\n"
	}
}

// run diagnoses an example, after the nodes were seen with all of it.
func run(t testing.TB, e Example) (*Diagnosis, *chain.Journey, []chain.Hop) {
	t.Helper()
	j, hops := journeyOf(t, e.Hops)
	nodes := nodesBeside(t, e, hops)
	nodes.Observe(j)
	observeBehind(t, e, j, nodes)
	return Run(j, hops, nodes), j, hops
}

// observeBehind learns from what followed on the connections of j, an example's
// request.
func observeBehind(t testing.TB, e Example, j *chain.Journey, nodes *Nodes) {
	t.Helper()
	for _, behind := range behindOf(t, e.Hops, j) {
		nodes.Observe(behind)
	}
}

// nodesBeside learns from an example's other request.
func nodesBeside(t testing.TB, e Example, hops []chain.Hop) *Nodes {
	t.Helper()
	nodes := NewNodes(hops)
	if len(e.Beside) > 0 {
		beside, _ := journeyOf(t, e.Beside)
		nodes.Observe(beside)
	}
	return nodes
}

// ids gives the rules of findings.
func ids(findings []Finding) []string {
	out := []string{}
	for _, f := range findings {
		out = append(out, f.Rule.ID)
	}
	return out
}
