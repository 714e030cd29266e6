package tcp

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// feeder numbers packets and gives them to an Assembler.
type feeder struct {
	*Assembler
	packet capture.Packet
}

func (f *feeder) add(data []byte, at time.Duration) {
	f.packet = capture.Packet{Number: f.packet.Number + 1, Time: int64(at), Link: capture.LinkRaw, Length: len(data), Data: data}
	f.Add(&f.packet)
}

// client gives the i-th of many clients.
func client(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, byte(i >> 24), byte(i >> 16), byte(i >> 8)}), uint16(1000+i&0xff))
}

var server = netip.MustParseAddrPort(serverEnd)

func TestLimitConnBytes(t *testing.T) {
	// The first byte never comes; ten segments of 1000 bytes wait for it.
	script := script(shake)
	for i := range 10 {
		script += scriptLine("> A %d 301 %s\n", 102+1000*i, repeat('x', 1000))
	}
	got, stats := play(t, script, Limits{ConnBytes: 5000})
	require.Greater(t, len(got), 2)
	assert.Equal(t, "4 > gap 1 limit", got[1])
	assert.Equal(t, uint64(1), stats.Gaps)
	assert.Equal(t, uint64(1), stats.GapBytes)
	assert.Equal(t, uint64(1), stats.Limits.ConnBytes)
	assert.Zero(t, stats.Limits.TotalBytes)
}

// Of many connections that wait, the one that has waited longest gives up.
func TestLimitTotalBytes(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{TotalBytes: 20000})}
	for i := range 100 {
		f.add(rawTCP(client(i), server, 99, 0, flagSYN, ""), 0)
		f.add(rawTCP(server, client(i), 299, 100, flagSYN|flagACK, ""), 0)
		f.add(rawTCP(client(i), server, 101, 300, flagACK, repeat('x', 1000)), 0)
		assert.LessOrEqual(t, f.pool.bytes, 20000)
	}
	assert.Equal(t, "3 > gap 1 limit", tr.lines[1])
	assert.Equal(t, "#2 6 > gap 1 limit", tr.lines[4])
	stats := f.Stats()
	assert.Positive(t, stats.Limits.TotalBytes)
	assert.Equal(t, stats.Gaps, stats.Limits.TotalBytes)
	f.Close()
	assert.Zero(t, f.pool.bytes)
}

// Connections of which the start was not seen lose nothing when the limit is
// hit: their first bytes are settled early.
func TestLimitTotalBytesWhileOpening(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{TotalBytes: 20000})}
	for i := range 100 {
		f.add(rawTCP(client(i), server, 101, 300, flagACK, repeat('x', 1000)), 0)
	}
	f.Close()
	assert.Positive(t, f.Stats().Limits.TotalBytes)
	assert.Zero(t, f.Stats().Gaps)
	assert.Len(t, tr.lines, 300)
}

func TestLimitConns(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{Conns: 10})}
	for i := range 30 {
		f.add(rawTCP(client(i), server, 99, 0, flagSYN, ""), 0)
	}
	assert.Equal(t, 10, f.flows.count)
	assert.Equal(t, uint64(20), f.Stats().Limits.Conns)
	assert.Equal(t, told("open 10.0.0.0:1000 > 10.0.0.2:80 \n 1 close limit"), tr.lines[:2])
	f.Close()
	assert.Len(t, tr.lines, 60)
}

// Closed connections make room first, and that is no loss.
func TestLimitConnsForgetsClosedOnesFirst(t *testing.T) {
	f := feeder{Assembler: NewAssembler(new(transcript), Limits{Conns: 10})}
	f.add(rawTCP(client(99), server, 99, 0, flagSYN, ""), 0)
	for i := range 30 {
		f.add(rawTCP(client(i), server, 99, 0, flagSYN, ""), time.Duration(2*i)*openingWait)
		f.add(rawTCP(server, client(i), 0, 100, flagRST|flagACK, ""), time.Duration(2*i)*openingWait)
	}
	assert.Equal(t, 10, f.flows.count)
	assert.Zero(t, f.Stats().Limits.Conns)
}

// What stays silent is ended in its time although nothing else comes of it.
func TestFlush(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{})}
	f.Flush(int64(time.Hour)) // before the first packet there is no clock
	for _, st := range script(shake + "> A 107 301 ghi").steps(t) {
		f.Add(st.packet(1))
	}
	f.Flush(int64(lostWait) - 1)
	assert.Empty(t, tr.lines)
	f.Flush(int64(lostWait))
	assert.Equal(t, told("open 10.0.0.1:1000 > 10.0.0.2:80 \n 1 > gap 6 lost \n 1 > ghi"), tr.lines)
	f.Flush(int64(10*time.Minute) + agingStep)
	assert.Equal(t, "1 close idle", tr.lines[3])
}

// A connection that the Handler passes over costs no memory for bytes, and
// none of them are told.
func TestPassedOver(t *testing.T) {
	tr := &transcript{refuse: true}
	a := NewAssembler(tr, Limits{})
	s := script(shake + "> A 101 301 GET \n < A 999 104 OK \n > A 104 301 more \n > FA 500 301 \n < R 301 \n > S 9000 \n < SA 70 9001 \n > A 9001 71 GET")
	for i, st := range s.steps(t) {
		a.Add(st.packet(i + 1))
		assert.Zero(t, a.pool.bytes)
	}
	a.Close()
	assert.Equal(t, told("open 10.0.0.1:1000 > 10.0.0.2:80 \n #2 open 10.0.0.1:1000 > 10.0.0.2:80"), tr.lines)
}

// A capture put behind a later one: the clock follows, and what then falls
// silent still ends.
func TestTimeGoesBackFar(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{})}
	f.add(rawTCP(client(1), server, 99, 0, flagSYN, ""), 1000*time.Hour)
	f.add(rawTCP(client(2), server, 99, 0, flagSYN, ""), time.Hour)
	f.add(rawTCP(client(3), server, 99, 0, flagSYN, ""), time.Hour+11*time.Minute)
	assert.Equal(t, told(`open 10.0.0.0:1001 > 10.0.0.2:80
		1 close idle
		#2 open 10.0.0.0:1002 > 10.0.0.2:80
		#2 2 close idle`), tr.lines)
}

// Connections end in the order of their numbers when the capture does.
func TestCloseInOrder(t *testing.T) {
	tr := new(transcript)
	f := feeder{Assembler: NewAssembler(tr, Limits{})}
	for i := range 300 {
		f.add(rawTCP(client(i*7919%300), server, 99, 0, flagSYN, ""), time.Duration(i*37%11)*time.Second)
	}
	f.Close()
	require.Len(t, tr.lines, 600)
	for i := 1; i < 300; i++ {
		assert.Contains(t, tr.lines[2*i], fmt.Sprintf("#%d open", i+1))
	}
}

// A half-open connection costs what Limits says.
func TestHalfOpenIsSmall(t *testing.T) {
	const n = 100_000
	a := NewAssembler(new(transcript), Limits{})
	f := feeder{Assembler: a}
	data := rawTCP(client(0), server, 99, 0, flagSYN, "")
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range n {
		data[13], data[14], data[15] = byte(i>>16), byte(i>>8), byte(i)
		f.add(data, 0)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	assert.Equal(t, n, a.flows.count)
	assert.Less(t, (after.HeapAlloc-before.HeapAlloc)/n, uint64(250))
}
