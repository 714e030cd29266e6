package tcp

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ledger is a Handler that keeps what it is told as one stream per direction
// and checks the promises of Handler while it does.
type ledger struct {
	t      testing.TB
	open   *Conn
	stream [2][]byte // gaps are filled with zero bytes
	chunks [2]int    // bytes told
	gaps   [2]int    // bytes missing
	fin    [2]bool
	ended  bool

	// acks[d] maps a packet of direction d to what it acknowledges of the
	// other one, if the test knows.
	acks [2]map[uint64]int
}

func (l *ledger) Open(c *Conn) bool {
	require.Nil(l.t, l.open, "opened twice")
	l.open = c
	return true
}

func (l *ledger) Chunk(c *Conn, d Direction, ch Chunk) {
	l.next(c, d, ch.Offset)
	require.NotEmpty(l.t, ch.Data)
	if need, ok := l.acks[d][ch.Packet]; ok {
		require.GreaterOrEqual(l.t, len(l.stream[d.Other()]), need, "packet %d was told before what it acknowledges", ch.Packet)
	}
	l.stream[d] = append(l.stream[d], ch.Data...)
	l.chunks[d] += len(ch.Data)
}

func (l *ledger) Gap(c *Conn, d Direction, g Gap) {
	l.next(c, d, g.Offset)
	require.NotZero(l.t, g.Length)
	require.Less(l.t, g.Length, uint64(1<<31), "an impossible gap")
	l.gaps[d] += int(g.Length)
	if g.Length < 1<<20 {
		l.stream[d] = append(l.stream[d], make([]byte, g.Length)...)
	}
}

func (l *ledger) Fin(c *Conn, d Direction, _ Mark) {
	require.Same(l.t, l.open, c)
	require.False(l.t, l.fin[d], "ended twice")
	l.fin[d] = true
}

func (l *ledger) Close(c *Conn, _ End) {
	require.Same(l.t, l.open, c)
	require.False(l.t, l.ended, "closed twice")
	l.ended = true
}

// next checks that an event follows the one before.
func (l *ledger) next(c *Conn, d Direction, offset uint64) {
	require.Same(l.t, l.open, c)
	require.False(l.t, l.ended, "told after the end")
	require.False(l.t, l.fin[d], "told after FIN")
	require.Equal(l.t, uint64(l.chunks[d]+l.gaps[d]), offset)
}

// talk is a conversation with an exchange or two: what both sides say, and the
// segments that carry it, in the order in which they were sent.
type talk struct {
	said  [2][]byte
	steps []step
}

// newTalk makes a conversation. Segments are of the given size.
func newTalk(size int) talk {
	b := talkBuilder{seq: [2]uint32{0xffffff00, 0x7fffffff}} // both about to wrap
	b.send(0, flagSYN, nil)
	b.send(1, flagSYN|flagACK, nil)
	b.send(0, flagACK, nil)
	for i := range 3 {
		b.say(0, fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: example\r\n\r\n", i), size)
		b.say(1, fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Length: 200\r\n\r\n%0200d", i), size)
	}
	b.send(0, flagFIN|flagACK, nil)
	b.send(1, flagFIN|flagACK, nil)
	b.send(0, flagACK, nil)
	return b.talk
}

type talkBuilder struct {
	talk
	seq [2]uint32 // next number of each side
}

func (b *talkBuilder) say(side int, data []byte, size int) {
	for part := range slices.Chunk(data, size) {
		b.send(side, flagACK, part)
		b.said[side] = append(b.said[side], part...)
	}
}

func (b *talkBuilder) send(side int, flags uint8, data []byte) {
	b.steps = append(b.steps, step{server: side == 1, flags: flags, seq: b.seq[side], ack: b.seq[side^1], data: string(data), cut: -1})
	b.seq[side] += uint32(len(data))
	if flags&(flagSYN|flagFIN) != 0 {
		b.seq[side]++
	}
}

// listen gives steps to an Assembler and returns what was told. The number of
// a packet is its place in the talk plus 1, wherever it stands in the capture.
func listen(t testing.TB, talk talk, order []int, limits Limits) (*ledger, Stats) {
	l := &ledger{t: t, acks: [2]map[uint64]int{{}, {}}}
	var said [2]int
	for i, st := range talk.steps {
		side := 0
		if st.server {
			side = 1
		}
		l.acks[side][uint64(i+1)] = said[side^1]
		said[side] += len(st.data)
	}
	a := NewAssembler(l, limits)
	for _, i := range order {
		a.Add(talk.steps[i].packet(i + 1))
	}
	a.Close()
	return l, a.Stats()
}

// assertWhole checks that everything was told, once, and how it ended.
func assertWhole(t testing.TB, talk talk, l *ledger, where ...any) {
	for d := range talk.said {
		require.Equal(t, string(talk.said[d]), string(l.stream[d]), where...)
		require.Zero(t, l.gaps[d], where...)
	}
	require.True(t, l.fin[0] && l.fin[1] && l.ended, where...)
	require.True(t, l.open.Opened, where...)
	require.Equal(t, clientEnd, l.open.A.String(), where...)
}

// inOrder gives 0 to n-1.
func inOrder(n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	return order
}

// shuffle moves each number by less than window places, and repeats some of them.
func shuffle(order []int, window int, rng *rand.Rand) []int {
	type placed struct{ at, i int }
	var all []placed
	for at, i := range order {
		all = append(all, placed{at*2 + rng.IntN(2*window), i})
		if rng.IntN(4) == 0 {
			all = append(all, placed{at*2 + rng.IntN(4*window), i})
		}
	}
	slices.SortStableFunc(all, func(a, b placed) int { return a.at - b.at })
	var result []int
	for _, p := range all {
		result = append(result, p.i)
	}
	return result
}

func TestAnySplitGivesTheSameStream(t *testing.T) {
	for size := 1; size <= 300; size++ {
		talk := newTalk(size)
		l, stats := listen(t, talk, inOrder(len(talk.steps)), Limits{})
		assertWhole(t, talk, l)
		assert.Zero(t, stats.OutOfOrder)
	}
}

// Packets may change places, also those of the handshake, and come more than
// once: within the window the streams are the same, and a response is told
// after its request.
func TestAnyOrderGivesTheSameStream(t *testing.T) {
	talk := newTalk(29)
	for seed := range uint64(3000) {
		order := shuffle(inOrder(len(talk.steps)), 1+int(seed%openingPackets), rand.New(rand.NewPCG(seed, 0)))
		l, _ := listen(t, talk, order, Limits{})
		assertWhole(t, talk, l, "seed %d: %v", seed, order)
	}
}

// Whatever is lost: what is told is true, and it and the gaps cover everything
// that the packets that are left know of.
func TestLossIsNeverSilent(t *testing.T) {
	for seed := range uint64(3000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		talk := newTalk(1 + rng.IntN(120))
		var order []int
		for i := range talk.steps {
			if i == 0 || i == 1 || rng.IntN(5) > 0 { // with the SYNs, so that the first byte is known
				order = append(order, i)
			}
		}
		l, stats := listen(t, talk, shuffle(order, 3, rng), Limits{})
		var told, missing int
		for d := range talk.said {
			told, missing = told+l.chunks[d], missing+l.gaps[d]
			// A FIN that was lost but acknowledged looks like one more byte.
			require.LessOrEqual(t, len(l.stream[d]), len(talk.said[d])+1)
			for i, b := range l.stream[d] {
				require.True(t, b == 0 || b == talk.said[d][i], "seed %d: byte %d of direction %d", seed, i, d)
			}
			require.Equal(t, known(talk, order, d), bytesOf(l, d), "seed %d, direction %d", seed, d)
		}
		require.Equal(t, uint64(missing), stats.GapBytes)
	}
}

// bytesOf counts what was told of a direction, FIN included.
func bytesOf(l *ledger, d int) int {
	n := l.chunks[d] + l.gaps[d]
	if l.fin[d] {
		n++
	}
	return n
}

// known is how far the packets that are left show that a direction went: by
// what it sent, or by what the other side acknowledged.
func known(talk talk, order []int, d int) int {
	var first uint32
	reach := uint32(0)
	for _, i := range order {
		st := talk.steps[i]
		end := st.ack
		if st.server == (d == 1) {
			end = st.seq + uint32(len(st.data))
			if st.flags&(flagSYN|flagFIN) != 0 {
				end++
			}
			if st.flags&flagSYN != 0 {
				first = end
			}
			if st.data == "" && st.flags&(flagSYN|flagFIN) == 0 {
				continue // its number says nothing new
			}
		} else if st.flags&flagACK == 0 {
			continue
		}
		reach = max(reach, end-first)
	}
	return int(reach)
}

// Bytes in are bytes told and bytes missing, however little of each packet was
// captured.
func TestTruncationIsCounted(t *testing.T) {
	for cut := range 40 {
		talk := newTalk(40)
		for i := range talk.steps {
			talk.steps[i].cut = min(cut, len(talk.steps[i].data))
		}
		l, stats := listen(t, talk, inOrder(len(talk.steps)), Limits{})
		for d := range talk.said {
			require.Equal(t, len(talk.said[d]), l.chunks[d]+l.gaps[d])
			for i, b := range l.stream[d] {
				require.True(t, b == 0 || b == talk.said[d][i])
			}
		}
		require.Equal(t, stats.GapBytes, uint64(l.gaps[0]+l.gaps[1]))
		require.Positive(t, stats.Truncated)
	}
}

// The same packets give the same events.
func TestDeterministic(t *testing.T) {
	talk := newTalk(10)
	order := shuffle(inOrder(len(talk.steps)), 40, rand.New(rand.NewPCG(1, 2)))
	var first []string
	for range 5 {
		tr := new(transcript)
		a := NewAssembler(tr, Limits{ConnBytes: 2000})
		for n, i := range order {
			a.Add(talk.steps[i].packet(n + 1))
		}
		a.Close()
		if first == nil {
			first = tr.lines
		}
		require.Equal(t, first, tr.lines)
	}
}

// A packet's memory may be used again right after Add.
func TestPacketsAreNotKept(t *testing.T) {
	talk := newTalk(17)
	l := &ledger{t: t}
	a := NewAssembler(l, Limits{})
	for _, i := range shuffle(inOrder(len(talk.steps)), 6, rand.New(rand.NewPCG(3, 4))) {
		p := talk.steps[i].packet(i + 1)
		a.Add(p)
		copy(p.Data, bytes.Repeat([]byte{'#'}, len(p.Data)))
	}
	a.Close()
	assertWhole(t, talk, l)
}
