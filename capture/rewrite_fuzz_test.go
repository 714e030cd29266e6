package capture

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/captured"
)

// FuzzRewrite reads any bytes as a capture file, writes what was read into
// another, and reads that: the packets are the same, on the same interfaces.
// Wherever the file is cut, what is read of it is how the whole of it begins, unless it
// is of a variant that shows only behind the cut.
func FuzzRewrite(f *testing.F) {
	small, _ := smallPcap()
	f.Add(small, uint16(60))
	smallng, _ := smallPcapng()
	f.Add(smallng, uint16(200))
	for _, file := range captured.Files(f, largestSeed) {
		f.Add(file, uint16(len(file)/2))
	}
	f.Fuzz(func(t *testing.T, file []byte, cut uint16) {
		if len(file) > 1<<16 {
			return
		}
		source, err := NewFile(bytes.NewReader(file), "x")
		if err != nil {
			return
		}
		closeAtEnd(t, source)
		packets := readAll(t, source)
		if cut, err := NewFile(bytes.NewReader(file[:min(int(cut), len(file))]), "cut"); err == nil && recordLenOf(cut) == recordLenOf(source) {
			closeAtEnd(t, cut)
			begin := readAll(t, cut)
			require.LessOrEqual(t, len(begin), len(packets))
			require.True(t, slices.Equal(packets[:len(begin)], begin))
		}
		again := readAll(t, open(t, rewritten(t, file)))
		require.Len(t, again, len(packets))
		for i, p := range packets {
			p.Number = uint64(i + 1) // those of blocks that are no packets are left out
			require.Equal(t, p, again[i])
		}
	})
}

// recordLenOf is how long the headers of packets were found to be in a pcap file; 0 for pcapng.
func recordLenOf(f *File) int {
	if r, ok := f.records.(*pcapRecords); ok {
		return r.recordLen
	}
	return 0
}

// rewritten reads a capture and writes what a Writer makes of it.
func rewritten(t *testing.T, file []byte) []byte {
	source := open(t, file)
	var copied bytes.Buffer
	w, err := NewWriter(&copied, WriterOptions{})
	require.NoError(t, err)
	track, err := w.Track(source)
	require.NoError(t, err)
	for p := new(Packet); source.Next(p) == nil; {
		require.NoError(t, track.Write(p))
	}
	require.NoError(t, w.Close())
	return copied.Bytes()
}
