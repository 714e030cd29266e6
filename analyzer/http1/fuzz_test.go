package http1

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/conversation"
)

// largestSeed is the size in bytes of captured conversations that are not worth
// to start from.
const largestSeed = 4 << 10

// FuzzStream plays a conversation that the fuzzer writes, cut in two ways,
// with bytes missing or not. Nothing panics, every byte is accounted for,
// every head stood on the wire, and as long as the position is never lost the
// cuts do not show.
//
// cuts holds a byte per packet: its length, and in its highest bit whether the
// packet is lost.
func FuzzStream(f *testing.F) {
	for i, c := range conversations {
		var a, b string
		for _, e := range c.events {
			if e.from == FromA {
				a += e.data
			} else {
				b += e.data
			}
		}
		f.Add([]byte(a), []byte(b), []byte{byte(i), 1, 40, byte(i * 7)}, i%3 != 0)
	}
	for _, c := range conversation.Captured(f, largestSeed) {
		f.Add(c.A, c.B, []byte{byte(len(c.A)), 0x85, 60}, len(c.B)%2 == 0)
	}
	f.Fuzz(func(t *testing.T, a, b, cuts []byte, seen bool) {
		if len(a)+len(b) > 1<<14 {
			return
		}
		info := whole
		info.Whole = seen
		full := []event{{from: FromA, data: string(a)}, {from: FromB, data: string(b)}}

		want, stats := samePacket(info, full)
		requireHeads(t, info, full)
		require.Equal(t, written(full), stats.Bytes.Sum())

		pieces := cutBy(full, cuts, false)
		got, gotStats := samePacket(info, pieces)
		require.Equal(t, written(full), gotStats.Bytes.Sum())
		if stats.Lost == 0 && gotStats.Lost == 0 && seen {
			require.Equal(t, want, got)
			require.Equal(t, stats, gotStats)
		}

		lossy := cutBy(full, cuts, true)
		_, lossyStats := samePacket(info, lossy)
		requireHeads(t, info, lossy)
		require.Equal(t, written(lossy), lossyStats.Bytes.Sum())
		require.Equal(t, written(full), lossyStats.Bytes.Sum()+lossyStats.Missing)
	})
}

// cutBy cuts events into packets of the lengths in cuts, in turns, and lets
// those get lost that say so.
func cutBy(events []event, cuts []byte, lose bool) []event {
	if len(cuts) == 0 {
		return events
	}
	var packets []event
	next := 0
	for _, e := range events {
		for data := e.data; data != ""; next++ {
			cut := cuts[next%len(cuts)]
			n := min(1+int(cut&0x7f), len(data))
			p := event{from: e.from, data: data[:n]}
			if lose && cut&0x80 != 0 {
				p = event{from: e.from, gap: uint64(n)}
			}
			packets = append(packets, p)
			data = data[n:]
		}
	}
	return packets
}

// requireHeads plays events and requires every head to have been sent as one
// piece by the right side.
func requireHeads(t *testing.T, info ConnInfo, events []event) {
	t.Helper()
	sent := [2]string{}
	for _, e := range events {
		if e.gap > 0 {
			sent[e.from] += "\x00gap\x00"
		}
		sent[e.from] += e.data
	}
	exchanges, _ := play(info, Limits{}, events, End{})
	for _, x := range exchanges {
		from := FromA
		if x.Conn.Client == info.B { // it asks although it was called
			from = FromB
		}
		if x.Request != nil {
			require.Contains(t, sent[from], x.Request.Head)
			require.NotEmpty(t, x.Request.Method)
		}
		responses := x.Informational
		if x.Response != nil {
			responses = append(slices.Clip(responses), x.Response)
		}
		for _, m := range responses {
			require.Contains(t, sent[from.Other()], m.Head)
			require.GreaterOrEqual(t, m.Status, 100)
		}
	}
}
