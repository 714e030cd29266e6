package capture

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func gzipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, err := w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

func zstded(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	require.NoError(t, err)
	_, err = w.Write(b)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return out.Bytes()
}

// manyPackets returns a pcap file of n packets whose contents do not compress
// to nothing.
func manyPackets(n int) []byte {
	b := newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 1)
	data := make([]byte, 200)
	state := uint32(1)
	for i := range n {
		for j := range data {
			state = state*1664525 + 1013904223
			data[j] = byte(state >> 30)
		}
		b.packet(uint32(i), 0, uint32(len(data)), 1514, string(data))
	}
	return b.bytes
}

// How a file is compressed makes no difference, and neither does its name.
func TestCompression(t *testing.T) {
	plain := manyPackets(3000)
	half := len(plain) / 2
	tests := []struct {
		name string
		file []byte
	}{
		{"gzip", gzipped(t, plain)},
		{"gzip members in a row", append(gzipped(t, plain[:half]), gzipped(t, plain[half:])...)},
		{"gzip, empty members between", bytes.Join([][]byte{gzipped(t, plain[:half]), gzipped(t, nil), gzipped(t, plain[half:])}, nil)},
		{"gzip, padded with zero bytes", append(gzipped(t, plain), make([]byte, 512)...)},
		{"zstd", zstded(t, plain)},
		{"zstd frames in a row", append(zstded(t, plain[:half]), zstded(t, plain[half:])...)},
		{"zstd behind a skippable frame", append([]byte("\x53\x2a\x4d\x18\x03\x00\x00\x00abc"), zstded(t, plain)...)},
	}
	want := readAll(t, open(t, plain))
	require.Len(t, want, 3000)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "capture.txt")
			require.NoError(t, os.WriteFile(path, tt.file, 0o600))
			f, err := Open(path)
			require.NoError(t, err)
			closeAtEnd(t, f)
			assert.Equal(t, want, readAll(t, f))
			assert.Empty(t, f.Stats().Damage)
			assert.Equal(t, int64(len(tt.file)), f.Size())
			assert.Equal(t, f.Size(), f.Offset())
		})
	}
}

// A compressed file that breaks off gives what could be unpacked, and says so
// even if the break falls between two packets.
func TestCompressionBreaksOff(t *testing.T) {
	plain := manyPackets(3000)
	want := readAll(t, open(t, plain))
	for name, whole := range map[string][]byte{"gzip": gzipped(t, plain), "zstd": zstded(t, plain)} {
		t.Run(name, func(t *testing.T) {
			for _, cut := range []int{len(whole) / 3, len(whole) / 2, len(whole) - 1} {
				f := open(t, whole[:cut])
				got := readAll(t, f)
				require.NotEmpty(t, got)
				assert.Equal(t, want[:len(got)], got)
				require.Len(t, f.Stats().Damage, 1)
				d := f.Stats().Damage[0]
				assert.Contains(t, d.Reason, "the "+name+" data ends too soon, ")
				assert.Equal(t, uint64(len(got)), d.Packet)
			}
		})
	}
}

func TestCompressionIsCorrupt(t *testing.T) {
	plain := manyPackets(3000)
	want := readAll(t, open(t, plain))
	flipped := func(b []byte, from, n int) []byte {
		b = bytes.Clone(b)
		for i := from; i < from+n; i++ {
			b[i] ^= 0xa5
		}
		return b
	}
	gz, zst := gzipped(t, plain), zstded(t, plain)
	tests := []struct {
		name, reason string
		file         []byte
	}{
		{"gzip, wrong checksum", "the gzip data cannot be unpacked (gzip: invalid checksum), before the header of packet 3001",
			flipped(gz, len(gz)-8, 4)},
		{"gzip, wrong in the middle", "", flipped(gz, len(gz)/2, 40)},
		{"zstd, wrong checksum", "the zstd data cannot be unpacked (", flipped(zst, len(zst)-4, 4)},
		{"zstd, wrong in the middle", "", flipped(zst, len(zst)/2, 40)},
		{"something after gzip", "the gzip data is followed by something else, before the header of packet 3001",
			append(bytes.Clone(gz), "this is no gzip member"...)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, tt.file)
			got := readAll(t, f)
			require.Greater(t, len(got), 700)
			require.Len(t, f.Stats().Damage, 1)
			assert.Contains(t, f.Stats().Damage[0].Reason, tt.reason)
			// What was unpacked just before the damage showed may be wrong,
			// but not what stands well before it.
			assert.Equal(t, want[:700], got[:700])
		})
	}
}

// Cut at any byte, a compressed file is either no capture file or a damaged
// one, and never more than the whole.
func TestCompressionCutAnywhere(t *testing.T) {
	plain, _ := smallPcapng()
	want := readAll(t, open(t, plain))
	for name, whole := range map[string][]byte{"gzip": gzipped(t, plain), "zstd": zstded(t, plain)} {
		for cut := range len(whole) {
			f, err := NewFile(bytes.NewReader(whole[:cut]), "x")
			if err != nil {
				continue
			}
			got := readAll(t, f)
			require.Equal(t, want[:len(got)], append([]seen{}, got...), "%s cut at %d", name, cut)
			require.Len(t, f.Stats().Damage, 1, "%s cut at %d", name, cut)
		}
	}
}

// Packets that a compressor has flushed come out, though the stream goes on.
func TestCompressedPipe(t *testing.T) {
	type flusher interface {
		io.Writer
		Flush() error
	}
	tests := []struct {
		name  string
		start func(io.Writer) flusher
	}{
		{"gzip", func(w io.Writer) flusher { return gzip.NewWriter(w) }},
		{"zstd", func(w io.Writer) flusher {
			z, err := zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
			require.NoError(t, err)
			return z
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, w := io.Pipe()
			packets := deliver(t, r, w)
			z := tt.start(w)
			file, ends := smallPcap()
			from := 0
			for i, end := range ends {
				_, err := z.Write(file[from:end])
				require.NoError(t, err)
				require.NoError(t, z.Flush())
				from = end
				if i > 0 {
					assert.Equal(t, uint64(i), (<-packets).Number)
				}
			}
			require.NoError(t, w.Close())
		})
	}
}

// The last packet of a gzip member is given before the next member begins.
func TestGzipMembersThroughPipe(t *testing.T) {
	r, w := io.Pipe()
	packets := deliver(t, r, w)
	file, ends := smallPcap()
	from := 0
	for i, end := range ends {
		_, err := w.Write(gzipped(t, file[from:end]))
		require.NoError(t, err)
		from = end
		if i > 0 {
			assert.Equal(t, uint64(i), (<-packets).Number)
		}
	}
	require.NoError(t, w.Close())
}
