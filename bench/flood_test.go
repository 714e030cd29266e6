package bench

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// flood writes a flood and reads it back, every checksum included.
func flood(t *testing.T, f Flood, n int64) *recording {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, WriteFlood(&b, f, n))
	path := filepath.Join(t.TempDir(), "flood.pcap")
	require.NoError(t, os.WriteFile(path, b.Bytes(), 0o600))
	return readBack(t, path)
}

func TestHalfOpenIsTwoPacketsAConnection(t *testing.T) {
	rec := flood(t, HalfOpen, 1000)
	assert.Len(t, rec.order, 1000)
	assert.Equal(t, 2000, rec.packets)
	for _, c := range rec.order {
		assert.Zero(t, c[0].data.Len()+c[1].data.Len())
	}
}

func TestEndlessHeadsDoNotEnd(t *testing.T) {
	rec := flood(t, EndlessHeads, 1000)
	assert.Len(t, rec.order, 1000)
	for _, c := range rec.order {
		assert.Equal(t, maxSegment, c[0].data.Len())
		assert.True(t, bytes.HasPrefix(c[0].data.Bytes(), []byte("GET /items/1 HTTP/1.1\r\n")))
		assert.NotContains(t, c[0].data.String(), "\r\n\r\n")
		assert.False(t, c[0].ended)
	}
}

func TestIdleConnectionsHadOneExchange(t *testing.T) {
	rec := flood(t, Idle, 100)
	assert.Len(t, rec.exchanges(t), 100)
	for _, c := range rec.order {
		assert.False(t, c[0].ended || c[1].ended)
	}
}

func TestLongBodyIsOneWholeExchange(t *testing.T) {
	rec := flood(t, LongBody, 5_000_000)
	rec.whole(t)
	all := rec.exchanges(t) // which reads the content to its end
	require.Len(t, all, 1)
	assert.Equal(t, int64(5_000_000), all[0].response.ContentLength)
}

func TestOpenGapsStayOpen(t *testing.T) {
	for kind, n := range map[Flood]int64{OpenGap: 1_000_000, OpenGaps: 100} {
		rec := flood(t, kind, n)
		early := 0
		for _, c := range rec.order {
			head := c[1].data.Bytes()
			assert.True(t, bytes.HasSuffix(head, []byte("\r\n\r\n")), "nothing arrives behind the head")
			assert.NotContains(t, c[1].early, c[1].next, "that would fill the gap")
			for _, segment := range c[1].early {
				early += len(segment)
			}
		}
		want := 1_000_000 - maxSegment
		if kind == OpenGaps {
			want = 100 * 64_000
			assert.Len(t, rec.order, 100)
		}
		assert.Equal(t, want, early, kind)
	}
}

func TestSameFloodSameBytes(t *testing.T) {
	for _, f := range Floods() {
		var first, again bytes.Buffer
		require.NoError(t, WriteFlood(&first, f, 300))
		require.NoError(t, WriteFlood(&again, f, 300))
		assert.True(t, bytes.Equal(first.Bytes(), again.Bytes()), f)
	}
}

func TestFloodsThatCannotBe(t *testing.T) {
	for f, n := range map[Flood]int64{"rain": 1, HalfOpen: 0} {
		require.ErrorContains(t, WriteFlood(&bytes.Buffer{}, f, n), "the floods are")
	}
}
