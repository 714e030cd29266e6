package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPacketsOfHeads: a head has the packets that carried a byte of it, in the order of
// the capture, and the times of the first and of the last of them.
func TestPacketsOfHeads(t *testing.T) {
	type part struct {
		from    Direction
		text    string // missing bytes if it is empty
		packet  uint64
		seconds int64
	}
	for name, c := range map[string]struct {
		parts      []part
		request    []uint64
		start, end int64
		response   []uint64
	}{
		"in one packet":         {[]part{{FromA, get, 4, 40}, {FromB, ok0, 5, 50}}, []uint64{4}, 40, 40, []uint64{5}},
		"in three":              {[]part{{FromA, get[:9], 4, 40}, {FromA, get[9:20], 5, 50}, {FromA, get[20:], 6, 60}}, []uint64{4, 5, 6}, 40, 60, nil},
		"that came in disorder": {[]part{{FromA, get[:9], 5, 50}, {FromA, get[9:20], 6, 60}, {FromA, get[20:], 4, 40}}, []uint64{4, 5, 6}, 40, 60, nil},
		"and once more":         {[]part{{FromA, get[:9], 5, 50}, {FromA, get[9:20], 4, 40}, {FromA, get[20:], 5, 50}}, []uint64{4, 5}, 40, 50, nil},
		"broken off by a gap that an answer shows": {
			[]part{{FromA, getTwo[:len(getTwo)-9], 4, 40}, {FromA, "", 6, 60}, {FromB, ok0, 6, 60}}, []uint64{4}, 40, 40, []uint64{6}},
		"an answer that breaks off": {
			[]part{{FromA, get, 4, 40}, {FromB, ok0[:20], 6, 60}, {FromB, "", 9, 90}, {FromA, getTwo, 9, 90}}, []uint64{4}, 40, 40, []uint64{6}},
		"of HTTP/0.9, known when the next one comes": {
			[]part{{FromA, "GET /\r\n", 4, 40}, {FromA, "GET /2\r\n", 8, 80}}, []uint64{4}, 40, 40, nil},
		"behind line breaks": {[]part{{FromA, "\r", 3, 30}, {FromA, "\n" + get, 4, 40}}, []uint64{4}, 40, 40, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var seen []*Exchange
			s := NewStream(whole, Limits{}, func(x *Exchange) { seen = append(seen, x) })
			for _, p := range c.parts {
				if p.text == "" {
					s.Skip(p.from, 9, p.packet, p.seconds)
				} else {
					s.Write(p.from, []byte(p.text), p.packet, p.seconds)
				}
			}
			s.Close(End{})
			require.NotEmpty(t, seen)
			m := seen[0].Request
			assert.Equal(t, c.request, m.Packets)
			assert.Equal(t, c.start, m.Start)
			assert.Equal(t, c.end, m.End)
			if c.response != nil {
				assert.Equal(t, c.response, seen[0].Response.Packets)
			}
		})
	}
}
