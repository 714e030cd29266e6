package chain_test

import (
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

const fuzzedHops = 3

// FuzzMatcher gives a matcher exchanges with any times, identifiers and parts:
// each comes out once, at the hop where it was seen, and links are between what
// was seen. Read by a reader per hop they make the same journeys, in the same
// order, although another matcher has other hashes.
//
// data holds eight bytes per exchange; window is how many make a batch.
func FuzzMatcher(f *testing.F) {
	f.Add([]byte("\x00\x00\x09\x11\x01\x00\x00\x00\x01\x01\x08\x11\x01\x00\x00\x00\x02\x02\x07\x11\x01\x00\x00\x00"), byte(40))
	f.Add([]byte("\x00\x00\x09\x00\x00\x00\x00\x00\x00\x00\x09\x00\x00\x00\x00\x00\x01\x01\x08\x00\x00\x00\x00\x00\x01\x02\x08\x00\x00\x00\x00\x00"), byte(3))
	f.Add([]byte("any noise that has got a few exchanges in it, and some more of these to fill a batch or two"), byte(2))
	f.Fuzz(func(t *testing.T, data []byte, window byte) {
		exchanges := exchangesOf(data)
		options := chain.Options{Window: 1 + int(window), Pool: 64}
		added := journeysOf(t, exchanges, options, func(m *chain.Matcher, c capturedExchange) { m.Add(c.hop, c.x) })
		var readers []*chain.Reader
		read := journeysOf(t, exchanges, options, func(m *chain.Matcher, c capturedExchange) {
			for len(readers) < fuzzedHops {
				readers = append(readers, m.NewReader())
			}
			e := readers[c.hop].Read(c.hop, c.x)
			readers[c.hop].Reuse(m.Used(nil, 2))
			m.AddEntry(e)
		})
		require.Equal(t, added, read)
	})
}

// journeysOf matches exchanges and tells the journeys, as match does.
func journeysOf(t *testing.T, exchanges []capturedExchange, options chain.Options, add func(*chain.Matcher, capturedExchange)) []string {
	names := map[*http1.Exchange]string{}
	hopOf := map[*http1.Exchange]int{}
	for i, c := range exchanges {
		names[c.x] = fmt.Sprintf("%c%d", 'a'+c.hop, i+1)
		hopOf[c.x] = c.hop
	}
	var journeys []string
	m := chain.NewMatcher(fuzzedHops, options, func(j *chain.Journey) {
		journeys = append(journeys, tell(j, names))
		require.Len(t, j.Exchanges, fuzzedHops)
		take := func(x *http1.Exchange, hop int) {
			at, left := hopOf[x]
			require.True(t, left, "an exchange came out twice")
			require.Equal(t, at, hop)
			delete(hopOf, x)
		}
		for hop, x := range j.Exchanges {
			if x != nil {
				take(x, hop)
			}
			if j.Retries != nil {
				for _, attempt := range j.Retries[hop] {
					take(attempt, hop)
				}
			}
		}
		for _, l := range j.Links {
			require.Less(t, l.From, l.To)
			require.NotNil(t, j.Exchanges[l.From])
			require.NotNil(t, j.Exchanges[l.To])
			require.NotEmpty(t, l.By)
		}
	})
	for _, c := range exchanges {
		add(m, c)
	}
	m.Close()
	require.Empty(t, hopOf, "exchanges that did not come out")
	for hop, h := range m.Stats().Hops {
		require.Equal(t, h.Exchanges, h.Matched+h.Unmatched)
		m.Time(hop, math.MaxInt64)
	}
	m.Clocks()
	return journeys
}

// exchangesOf makes exchanges of eight bytes each: hop and connection, times,
// identifiers, target, parts that are missing.
func exchangesOf(data []byte) []capturedExchange {
	conns := map[byte]*http1.Conn{}
	var all []capturedExchange
	now := int64(1e18)
	for ; len(data) >= 8 && len(all) < 300; data = data[8:] {
		b := [8]byte(data)
		hop := int(b[0]) % fuzzedHops
		conn := conns[b[0]]
		if conn == nil {
			client := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, b[0] >> 4}), uint16(b[0]))
			conn = &http1.Conn{ID: uint64(b[0]), Client: client, Start: now, Whole: b[0]&0x40 == 0}
			if b[0]&0x80 != 0 {
				conn.Proxy = []http1.ProxyHeader{{Version: 1, Source: client}}
			}
			conns[b[0]] = conn
		}
		now = moment(now, b[1])
		x := &http1.Exchange{Conn: conn, Index: int(b[7] & 3), Unanswered: b[6]&4 != 0, Pairing: http1.Pairing(b[7] >> 2 & 1),
			End: http1.End{Cause: http1.EndCause(b[6] >> 3 & 3), Time: moment(now, b[2])}}
		if b[6]&1 == 0 {
			x.Request = &http1.Message{Method: []string{"GET", "POST"}[b[5]>>7], Target: "/" + strconv.Itoa(int(b[5]&7)),
				Complete: b[6]&0x20 == 0, Start: now, End: now, Fields: fieldsOf(b[3], b[4])}
		}
		if b[6]&2 == 0 {
			at := moment(now, b[2])
			x.Response = &http1.Message{Status: []int{200, 101, 502, 404}[b[6]>>6], Complete: true, Start: at, End: at}
		}
		if b[5]&0x40 != 0 {
			x.Tunnel = &http1.Tunnel{ClientStart: uint64(b[5] & 0x30)}
		}
		all = append(all, capturedExchange{hop: hop, x: x})
	}
	return all
}

// fieldsOf gives a request what identifies it, or pretends to.
func fieldsOf(ids, more byte) []http1.Field {
	var fields []http1.Field
	for i, name := range []string{"X-Request-Id", "Sec-WebSocket-Key", "Cookie", "X-Forwarded-For"} {
		digit := (ids>>(2*i))&3 | more>>i&1<<2
		value := "id-" + strconv.Itoa(int(digit))
		if name == "X-Forwarded-For" {
			value = "10.0.0." + strconv.Itoa(int(digit))
		}
		if digit != 0 {
			fields = append(fields, http1.Field{Name: name, Value: value})
		}
	}
	return fields
}

// moment is a time a little after another one, or before it, or at the ends of
// what can be told.
func moment(now int64, how byte) int64 {
	switch how {
	case 0xff:
		return math.MaxInt64
	case 0xfe:
		return math.MinInt64
	case 0xfd:
		return now + 600e9
	}
	return now + int64(int8(how))*1e6
}
