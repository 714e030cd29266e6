package http1

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// samePacket plays events as if one packet had carried them all, so that cuts
// show in nothing but what the parser makes of them.
func samePacket(info ConnInfo, events []event) (string, Stats) {
	var exchanges []*Exchange
	s := NewStream(info, Limits{}, func(x *Exchange) { exchanges = append(exchanges, x) })
	for _, e := range events {
		feed(s, e, 1)
	}
	s.Close(End{})
	return fulls(exchanges), s.Stats()
}

// Wherever the bytes are cut into packets, the exchanges are the same.
func TestCutAnywhere(t *testing.T) {
	for _, c := range conversations {
		if c.left > 0 {
			continue // what follows unparsed bytes is found at the start of a packet
		}
		t.Run(c.name, func(t *testing.T) {
			want, wantStats := samePacket(whole, c.events)
			check := func(events []event) {
				t.Helper()
				got, gotStats := samePacket(whole, events)
				require.Equal(t, want, got)
				require.Equal(t, wantStats, gotStats)
			}
			for i, e := range c.events {
				for at := 1; at < len(e.data); at++ {
					head, tail := e, e
					head.data, tail.data = e.data[:at], e.data[at:]
					cut := append(append([]event{}, c.events[:i]...), head, tail)
					check(append(cut, c.events[i+1:]...))
				}
			}
			random := rand.New(rand.NewPCG(1, 2))
			for range 20 {
				check(cutRandomly(c.events, random.IntN))
			}
			check(cutRandomly(c.events, func(int) int { return 0 })) // a byte at a time
		})
	}
}

// cutRandomly cuts every event into pieces of 1 to n bytes.
func cutRandomly(events []event, intn func(int) int) []event {
	var cut []event
	for _, e := range events {
		if e.data == "" {
			cut = append(cut, e)
		}
		for data := e.data; data != ""; {
			n := 1 + intn(len(data))
			piece := e
			piece.data, data = data[:n], data[n:]
			cut = append(cut, piece)
		}
	}
	return cut
}
