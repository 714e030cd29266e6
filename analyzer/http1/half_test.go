package http1

import (
	"strings"
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

// TestHeadInManyPackets: of very many packets the first ones and the last are remembered.
func TestHeadInManyPackets(t *testing.T) {
	head := strings.TrimSuffix(get, "\r\n") + "A: " + strings.Repeat("a", 3*mostShares) + "\r\n\r\n"
	var seen []*Exchange
	s := NewStream(whole, Limits{}, func(x *Exchange) { seen = append(seen, x) })
	for i := range len(head) {
		s.Write(FromA, []byte{head[i]}, uint64(i+1), int64(i+1))
	}
	s.Close(End{})
	require.Len(t, seen, 1)
	m := seen[0].Request
	assert.Equal(t, head, m.Head)
	assert.LessOrEqual(t, len(m.Packets), mostShares+1)
	assert.EqualValues(t, 1, m.Packets[0])
	assert.EqualValues(t, len(head), m.Packets[len(m.Packets)-1])
	assert.EqualValues(t, 1, m.Start)
	assert.EqualValues(t, len(head), m.End)
}

// TestDoubtIsBounded: what may be the beginning of a start line is held within the limit,
// too.
func TestDoubtIsBounded(t *testing.T) {
	middle := whole
	middle.Whole = false
	opening := "GET /" + strings.Repeat("a", 200)
	for held, limited := range map[int]int{100: 1, 1000: 0} {
		s := NewStream(middle, Limits{Held: held}, func(*Exchange) {})
		s.Write(FromA, []byte(opening), 1, 1)
		assert.Equal(t, limited, s.Stats().HeldLimit)
		if limited > 0 {
			assert.EqualValues(t, len(opening), s.Unparsed())
		}
	}
}

// TestLines: all lines, as they are given one by one.
func TestLines(t *testing.T) {
	for _, head := range []string{"GET / HTTP/1.1\r\nA: 1\r\nB : 2\r\n folded\r\nC: 3\r\n\r\n", "GET / HTTP/1.1\nA: 1\n\n", "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nA: 1\r\nB"} {
		m := &Message{Head: head}
		n := 0
		for i, line := range m.Lines {
			assert.Equal(t, n, i)
			assert.Equal(t, m.Line(i), line)
			assert.Contains(t, head, line)
			n++
		}
		assert.Empty(t, m.Line(n))
	}
}
