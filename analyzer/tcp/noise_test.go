package tcp

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzAssemblerNoise gives packets of one connection with any numbers, flags,
// lengths and times, to an Assembler with small limits: whatever comes, the
// promises of Handler hold, the limits too, and nothing is waited for longer
// than it should be.
func FuzzAssemblerNoise(f *testing.F) {
	f.Add([]byte("\x00\x02\x00\x00\x00\x00\x00\x00\x01\x12\x00\x00\x00\x01\x00\x00"))
	f.Add([]byte("noise that is as good as any other, for a start"))
	f.Add([]byte("\x00\x02\x00\x00\x00\x00\x00\xc3\x00\x30\x00\x09\x00\x00\x05\xc2\x01\x50\x00\x00\x00\x05\x01\xc4"))
	f.Fuzz(withstand)
}

// Times leap forth and back, to the end of what 64 bits can say and over it.
func TestAnyTimes(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		noise := make([]byte, 8*(40+rng.IntN(2)))
		for i := range noise {
			noise[i] = byte(rng.Uint32())
			switch i % 8 {
			case 0:
				noise[i] &= 7 // as they are, the numbers below
			case 2, 4:
				noise[i] &= 1 // near each other, so that there is something to wait for
			}
		}
		withstand(t, noise)
	}
}

// withstand gives an Assembler packets and calls of Flush, eight bytes of noise
// each.
func withstand(t *testing.T, noise []byte) {
	n := &noiseLedger{t: t}
	limits := Limits{ConnBytes: 4000, TotalBytes: 6000, Conns: 2, Idle: math.MaxInt64}
	if len(noise)/8%2 == 0 {
		limits.Idle, limits.Linger, limits.DatagramAge = 1, 1, 1
	}
	a := NewAssembler(n, limits)
	var now int64
	for i := 0; len(noise) >= 8; i++ {
		st := step{server: noise[0]&1 == 1, cut: -1, flags: noise[1] & 0x1f,
			seq: uint32(int32(int16(binary.BigEndian.Uint16(noise[2:])))) << (noise[0] >> 3),
			ack: uint32(int32(int16(binary.BigEndian.Uint16(noise[4:]))))}
		st.data = repeat('n', int(noise[6])<<(noise[0]>>1&3))
		now = leap(now, noise[7])
		if noise[1]&0x20 != 0 {
			a.Flush(now)
		}
		if noise[1]&0x40 != 0 {
			now = leap(now, noise[1]^noise[7])
		}
		st.time = now
		a.Add(st.packet(i + 1))
		require.LessOrEqual(t, a.pool.bytes, limits.TotalBytes)
		require.LessOrEqual(t, a.flows.count, limits.Conns)
		requireNothingDue(t, a)
		noise = noise[8:]
	}
	a.Close()
	require.Zero(t, a.pool.bytes)
	require.Zero(t, n.live, "connections that were opened but not closed")
	require.Equal(t, n.gapBytes, a.Stats().GapBytes)
}

// leap gives the time of the next packet: a little later or earlier, or much,
// or somewhere else altogether. It may wrap.
func leap(now int64, how byte) int64 {
	places := []int64{0, 1, 1 << 62, math.MaxInt64, math.MinInt64, -1, -1 << 62, math.MaxInt64 - int64(lostWait)}
	amount := int64(int8(how<<2)) >> 2 // of the lower six bits
	switch how >> 6 {
	case 0:
		return now + amount<<24
	case 1:
		return now + amount<<33
	case 2:
		return now + amount<<58
	}
	return places[int(how)%len(places)]
}

// requireNothingDue checks that what is over by the Assembler's clock was done,
// and that it will look again when the next thing is.
func requireNothingDue(t *testing.T, a *Assembler) {
	for _, l := range []*list[held]{&a.opening, &a.acked, &a.lost} {
		requireInOrder(t, a, l)
	}
	for _, l := range []*list[flow]{&a.open, &a.told, &a.lingering, &a.closed} {
		requireInOrder(t, a, l)
	}
}

func requireInOrder[T any](t *testing.T, a *Assembler, l *list[T]) {
	if l.first == nil {
		return
	}
	require.False(t, l.due(a.clock))
	require.Greater(t, a.deadline, a.clock)
	require.LessOrEqual(t, a.deadline, l.first.at+l.delay)
	for n := l.first; n.next != nil; n = n.next {
		require.LessOrEqual(t, n.at, n.next.at)
	}
	require.LessOrEqual(t, l.last.at, a.clock)
}

// noiseLedger checks the order of events of any number of connections.
type noiseLedger struct {
	t        testing.TB
	live     int
	gapBytes uint64
}

func (n *noiseLedger) Open(c *Conn) bool {
	n.live++
	c.State = &ledger{t: n.t, open: c}
	return true
}

func (n *noiseLedger) Chunk(c *Conn, d Direction, ch Chunk) { c.State.(*ledger).Chunk(c, d, ch) }

func (n *noiseLedger) Gap(c *Conn, d Direction, g Gap) {
	n.gapBytes += g.Length
	c.State.(*ledger).Gap(c, d, g)
}

func (n *noiseLedger) Fin(c *Conn, d Direction, m Mark) { c.State.(*ledger).Fin(c, d, m) }

func (n *noiseLedger) Close(c *Conn, e End) {
	n.live--
	c.State.(*ledger).Close(c, e)
}
