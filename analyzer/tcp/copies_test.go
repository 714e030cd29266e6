package tcp

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// point is a place where a connection is captured: its ends have these
// addresses there, and it may be inside a VXLAN.
type point struct {
	client, server netip.AddrPort
	vni            uint32 // 0 for none
}

// beforeNAT is where scripts happen. Behind the NAT the server's address is
// another one, lower than the client's; behind both NATs the client's is too.
var (
	beforeNAT = point{client: netip.MustParseAddrPort(clientEnd), server: netip.MustParseAddrPort(serverEnd)}
	behindNAT = point{client: beforeNAT.client, server: netip.MustParseAddrPort("10.0.0.0:8080")}
	behindTwo = point{client: netip.MustParseAddrPort("172.17.0.1:40000"), server: behindNAT.server}
	inVXLAN   = point{client: beforeNAT.client, server: beforeNAT.server, vni: 7}
)

// packet is what the point sees of a step.
func (pt point) packet(t testing.TB, st step, number int) *capture.Packet {
	src, dst := pt.client, pt.server
	if st.server {
		src, dst = dst, src
	}
	data, link := rawTCP(src, dst, st.seq, st.ack, st.flags, st.data), capture.LinkRaw
	if pt.vni > 0 {
		data, link = mirrored(t, pt.vni, data), capture.LinkEthernet
	}
	return &capture.Packet{Number: uint64(number), Time: st.time, Link: link, Length: len(data), Data: data}
}

// guestBook is a Handler that notes who came: each Conn as it was when it was
// opened, and its first bytes.
type guestBook struct {
	counter
	conns []Conn
	said  map[uint64]string // by Conn.ID
}

func (g *guestBook) Open(c *Conn) bool {
	g.conns = append(g.conns, *c)
	return true
}

func (g *guestBook) Chunk(c *Conn, _ Direction, ch Chunk) {
	if _, ok := g.said[c.ID]; !ok {
		g.said[c.ID] = string(ch.Data)
	}
}

// sightings says which numbers a connection has at two points, of which the
// second one may see its packets in another order.
var sightings = []struct {
	name           string
	script, second script
	client, server uint32 // first sequence numbers
}{
	{name: "opened", script: shake + "> A 101 301 GET \n < A 301 104 OK", client: 101, server: 301},
	{name: "the client's SYN alone was captured", script: "> S 100 \n > A 101 301 \n > A 101 301 GET \n < A 301 104 OK", client: 101, server: 301},
	{name: "the server's SYN alone was captured", script: "< SA 300 101 \n > A 101 301 GET \n < A 301 104 OK", client: 101, server: 301},
	{name: "the second point missed both SYNs", script: shake + "> A 101 301 GET \n < A 301 104 OK",
		second: "> A 101 301 GET \n < A 301 104 OK", client: 101, server: 301},
	{name: "the second point missed the request", script: shake + "> A 101 301 GET \n < A 301 104 OK",
		second: shake + "< A 301 104 OK", client: 101, server: 301},
	{name: "data in the SYN (RFC 7413)", script: "> S 100 0 GET \n < SA 300 104 OK", client: 101, server: 301},
	{name: "numbers that wrap", script: "> S 4294967295 \n < SA 4294967294 0 \n > A 0 4294967295 GET", client: 0, server: 4294967295},
	{name: "midway, the client first", script: "> A 5000 7000 GET \n < A 7000 5003 OK", client: 5000, server: 7000},
	{name: "midway, the server first", script: "< A 7000 5003 OK \n > A 5003 7002 GET", client: 5003, server: 7000},
	{name: "midway, packets changed places at the second point", script: "> A 5000 7000 GET \n < A 7000 5003 OK",
		second: "< A 7000 5003 OK \n > A 5000 7000 GET", client: 5000, server: 7000},
	{name: "midway, a probe and acknowledgements first", script: "> A 4999 6000 \n < A 7000 4000 \n < A 7000 5000 OK \n > A 5000 7002 GET",
		client: 5000, server: 7000},
	{name: "midway, one direction captured", script: "< A 7000 5000 OK \n < A 7002 5003 OK @60", client: 5000, server: 7000},
	{name: "reset at once", script: shake + "> R 101", client: 101, server: 301},
}

// However a connection is met, and whatever its addresses are at the second
// point, all its sightings have the same numbers and the same key.
func TestOneConnectionSeenAtTwoPoints(t *testing.T) {
	for _, c := range sightings {
		for _, second := range []point{behindNAT, behindTwo, inVXLAN} {
			for lag := range 3 { // packets that the first point is ahead
				t.Run(fmt.Sprintf("%s, then %v>%v in %d, lag %d", c.name, second.client, second.server, second.vni, lag), func(t *testing.T) {
					for _, conn := range meet(t, c.script, c.second, second, lag) {
						want, client := [2]uint32{c.client, c.server}, Forward
						if conn.A.Port() == second.server.Port() || conn.A == beforeNAT.server {
							client = Reverse
						}
						assert.Equal(t, want, [2]uint32{conn.Sequence[client], conn.Sequence[client.Other()]})
						key, ok := conn.Key()
						assert.True(t, ok)
						assert.Equal(t, SequenceKey{min(c.client, c.server), max(c.client, c.server)}, key)
					}
				})
			}
		}
	}
}

// meet plays a script at two points, packet by packet in turns, and returns the
// two connections.
func meet(t *testing.T, first, second script, at point, lag int) []Conn {
	if second == "" {
		second = first
	}
	steps, copies := first.steps(t), second.steps(t)
	g := &guestBook{said: map[uint64]string{}}
	a := NewAssembler(g, Limits{})
	number := 0
	add := func(pt point, steps []step, i int) {
		if 0 <= i && i < len(steps) {
			number++
			a.Add(pt.packet(t, steps[i], number))
		}
	}
	for i := range len(steps) + len(copies) + lag {
		add(beforeNAT, steps, i)
		add(at, copies, i-lag)
	}
	a.Close()
	require.Len(t, g.conns, 2)
	return g.conns
}

// What was not seen has no number, and such connections have no key.
func TestNumbersThatAreNotKnown(t *testing.T) {
	for name, s := range map[string]script{
		"a refused SYN":                      "> S 100 \n < RA 0 101",
		"data in a SYN, answered too late":   "> S 100 0 GET \n < SA 300 104 OK @60",
		"data that acknowledges nothing yet": "> . 100 0 GET",
	} {
		t.Run(name, func(t *testing.T) {
			g := &guestBook{said: map[uint64]string{}}
			a := NewAssembler(g, Limits{})
			for i, st := range s.steps(t) {
				a.Add(st.packet(i + 1))
			}
			a.Close()
			require.Len(t, g.conns, 1)
			_, ok := g.conns[0].Key()
			assert.False(t, ok)
			assert.Zero(t, g.conns[0].Sequence[Reverse])
		})
	}
}

// A proxy's two connections pass the same bytes under other numbers; a new
// connection between the same endpoints has new numbers too.
func TestOtherConnectionsHaveOtherKeys(t *testing.T) {
	const request = "> A 101 301 GET \n < A 301 104 OK \n"
	first := script(shake + request)
	for name, other := range map[string]script{
		"only the client's number is the same": "> S 100 \n < SA 9300 101 \n > A 101 9301 GET",
		"only the server's number is the same": "> S 9100 \n < SA 300 9101 \n > A 9101 301 GET",
		"the start was not captured":           "> A 104 303 GET \n < A 303 107 OK",
	} {
		t.Run(name, func(t *testing.T) {
			conns := meet(t, first, other, behindNAT, 0)
			k, _ := conns[0].Key()
			l, ok := conns[1].Key()
			assert.True(t, ok)
			assert.NotEqual(t, k, l)
		})
	}
}

// crowd makes a capture of many connections at once, each seen at one to three
// points, a little later at each. Many share one of their two numbers. Some
// began before the capture; of the others any packet but a SYN may be missing
// at a point. The client of connection n says "n".
func crowd(t *testing.T, conns int, rng *rand.Rand) []*capture.Packet {
	const spread = 5e9 // nanoseconds over which connections begin
	var packets []*capture.Packet
	for n := range conns {
		c, s := rng.Uint32(), rng.Uint32()
		if rng.IntN(2) == 0 {
			c, s = uint32(n%50), 1<<20+uint32(n/50)
		}
		said := fmt.Sprint(n)
		end := c + 1 + uint32(len(said))
		whole := rng.IntN(4) > 0
		text := scriptLine("> S %d \n < SA %d %d \n > A %d %d \n", c, s, c+1, c+1, s+1)
		if !whole {
			text = ""
		}
		text += scriptLine("> A %d %d %s \n < A %d %d OK \n > FA %d %d \n < FA %d %d", c+1, s+1, said, s+1, end, end, s+3, s+3, end+1)
		at := rng.Int64N(spread)
		begin := make([]int64, 1+rng.IntN(3)) // of the points, after the first one
		for i := range begin[1:] {
			begin[i+1] = begin[i] + rng.Int64N(200_000)
		}
		for _, st := range text.steps(t) {
			at += rng.Int64N(30_000_000)
			for i, late := range begin {
				if whole && st.flags&flagSYN == 0 && rng.IntN(10) == 0 {
					continue
				}
				st.time = at + late
				packets = append(packets, crowdPoint(n, i).packet(t, st, 1))
			}
		}
	}
	slices.SortStableFunc(packets, func(p, q *capture.Packet) int { return int(p.Time - q.Time) })
	return packets
}

// crowdPoint gives the points at which the n-th connection is seen: in a tunnel,
// outside of it, and behind a NAT.
func crowdPoint(n, i int) point {
	from := client(n)
	return []point{{from, server, 7}, {from, server, 0}, {from, netip.MustParseAddrPort("1.2.3.4:8080"), 0}}[i]
}

// In a capture of many connections, two have equal keys if and only if they are
// one connection.
func TestKeysTellConnectionsApart(t *testing.T) {
	for seed := range uint64(5) {
		const conns = 2000
		g := &guestBook{said: map[uint64]string{}}
		a := NewAssembler(g, Limits{})
		for _, p := range crowd(t, conns, rand.New(rand.NewPCG(seed, 9))) {
			a.Add(p)
		}
		a.Close()
		keyOf, saidWith := map[string]SequenceKey{}, map[SequenceKey]string{}
		copies := 0
		for i := range g.conns {
			c := &g.conns[i]
			said := g.said[c.ID]
			if said == "OK" || said == "" {
				continue // what the client said was not captured there
			}
			key, ok := c.Key()
			require.True(t, ok)
			if known, ok := keyOf[said]; ok {
				copies++
				require.Equal(t, known, key, "seed %d: connection %s has two keys", seed, said)
			}
			if other, ok := saidWith[key]; ok {
				require.Equal(t, other, said, "seed %d: two connections have one key", seed)
			}
			keyOf[said], saidWith[key] = key, said
		}
		require.Greater(t, copies, conns/2)
	}
}
