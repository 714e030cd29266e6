package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// smallPcap returns a file and the offsets at which its header and its records
// end.
func smallPcap() (file []byte, ends []int) {
	b := newPcap(binary.BigEndian, pcapNanoseconds, 65535, 1)
	ends = append(ends, len(b.bytes))
	for i, data := range []string{"one", "", "three", "four and more"} {
		n := uint32(len(data))
		b.packet(uint32(i), 5, n, n, data)
		ends = append(ends, len(b.bytes))
	}
	return b.bytes, ends
}

// smallPcapng returns a file with every kind of block and the offsets at which
// its blocks end.
func smallPcapng() (file []byte, ends []int) {
	b := new(ngBuilder).section(binary.LittleEndian, option{optComment, "c"})
	b.iface(1, 0, option{optInterfaceName, "eth0"}).enhanced(0, 1, 3, "one", option{optComment, "first"})
	b.block(0x1234, []byte("unknown")).simple(3, "two").obsolete(0, 0, 3, 5, "three")
	b.statistics(0).section(binary.BigEndian).iface(101, 0).enhanced(0, 4, 4, "four")
	return b.bytes, b.ends
}

// A file may end anywhere: every packet before the cut is given, none is made
// up, and the cut is told unless it falls between two records.
func TestCutAnywhere(t *testing.T) {
	pcap, pcapEnds := smallPcap()
	pcapng, pcapngEnds := smallPcapng()
	tests := []struct {
		name string
		file []byte
		ends []int // cuts that are no damage
	}{
		{"pcap", pcap, pcapEnds},
		{"pcapng", pcapng, pcapngEnds},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			whole := readAll(t, open(t, tt.file))
			before := -1 // packets of the shorter cut
			for cut := range len(tt.file) + 1 {
				f, err := NewFile(bytes.NewReader(tt.file[:cut]), "cut")
				if cut < 4 {
					require.Error(t, err, cut)
					continue
				}
				require.NoError(t, err, cut)
				got := readAll(t, f)
				require.LessOrEqual(t, len(got), len(whole))
				require.Equal(t, whole[:len(got)], append([]seen{}, got...), cut)
				require.GreaterOrEqual(t, len(got), before, cut)
				before = len(got)
				if slices.Contains(tt.ends, cut) {
					require.Empty(t, f.Stats().Damage, cut)
					continue
				}
				require.Len(t, f.Stats().Damage, 1, cut)
				d := f.Stats().Damage[0]
				require.Equal(t, uint64(len(got)), d.Packet, cut)
				require.LessOrEqual(t, d.Offset, int64(cut), cut)
				require.Contains(t, d.Reason, "file ends inside", cut)
			}
			assert.Equal(t, len(whole), before)
		})
	}
}

// However the bytes come, one at a time or with the end in the same read, the
// packets are the same.
func TestReadsOfAnySize(t *testing.T) {
	readers := []struct {
		name string
		wrap func(io.Reader) io.Reader
	}{
		{"byte by byte", iotest.OneByteReader},
		{"halves", iotest.HalfReader},
		{"end with data", iotest.DataErrReader},
	}
	pcap, _ := smallPcap()
	pcapng, _ := smallPcapng()
	for _, file := range [][]byte{pcap, pcapng} {
		want := readAll(t, open(t, file))
		for _, r := range readers {
			f, err := NewFile(r.wrap(bytes.NewReader(file)), r.name)
			require.NoError(t, err)
			assert.Equal(t, want, readAll(t, f), r.name)
			assert.Empty(t, f.Stats().Damage, r.name)
		}
	}
}

// An I/O error is an error, not a damaged file: the file may be whole.
func TestReadErrorIsNoDamage(t *testing.T) {
	file, ends := smallPcap()
	disk := errors.New("input/output error")
	for _, cut := range []int{ends[2], ends[2] + 3} {
		f, err := NewFile(io.MultiReader(bytes.NewReader(file[:cut]), iotest.ErrReader(disk)), "x.pcap")
		require.NoError(t, err)
		var p Packet
		require.NoError(t, f.Next(&p))
		require.NoError(t, f.Next(&p))
		err = f.Next(&p)
		require.ErrorIs(t, err, disk)
		require.EqualError(t, err, "read x.pcap: input/output error")
		require.ErrorIs(t, f.Next(&p), disk, "the error stays")
		assert.Empty(t, f.Stats().Damage)
	}
	_, err := NewFile(iotest.ErrReader(disk), "x.pcap")
	require.EqualError(t, err, "read x.pcap: input/output error")
}

// A block or record that claims to be large costs memory only as it comes.
func TestClaimedLengthCostsNothing(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian).iface(1, 0)
	b.bytes = binary.LittleEndian.AppendUint32(b.bytes, blockEnhanced)
	b.bytes = binary.LittleEndian.AppendUint32(b.bytes, maxBlock)
	b.bytes = append(b.bytes, make([]byte, 100)...)
	f := open(t, b.bytes)
	assert.Empty(t, readAll(t, f))
	assert.LessOrEqual(t, len(f.window.buf), windowSize)
	assert.Len(t, f.Stats().Damage, 1)
}

// A block as large as any may be is read, and so is what follows it.
func TestLargestBlock(t *testing.T) {
	data := make([]byte, maxBlock-32)
	data[len(data)-1] = 7
	b := new(ngBuilder).section(binary.LittleEndian).iface(1, 0)
	b.enhanced(0, 1, uint32(len(data)), string(data)).enhanced(0, 2, 1, "x")
	packets := readAll(t, open(t, b.bytes))
	require.Len(t, packets, 2)
	assert.Equal(t, string(data), packets[0].Data)
	assert.Equal(t, "x", packets[1].Data)
}
