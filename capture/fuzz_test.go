package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/captured"
)

var update = flag.Bool("update", false, "rewrite the seeds in testdata")

// largestSeed is the size in bytes of captures that are not worth to start from.
const largestSeed = 8 << 10

// FuzzOpen reads any bytes as a capture file. Nothing may panic; packets are
// numbered upwards and lie within the file; the end is io.EOF, and the same
// again when asked again; and read byte by byte the file says the same.
func FuzzOpen(f *testing.F) {
	for _, file := range captured.Files(f, largestSeed) {
		f.Add(file)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		src, err := NewFile(bytes.NewReader(file), "x")
		if err != nil {
			if !errors.Is(err, ErrFormat) && !errors.Is(err, ErrEmpty) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		closeAtEnd(t, src)
		var p Packet
		var count, last, length uint64
		for {
			err = src.Next(&p)
			if err != nil {
				break
			}
			count++
			length += uint64(p.Length)
			switch {
			case p.Number <= last:
				t.Fatalf("packet %d after packet %d", p.Number, last)
			case len(p.Data) > p.Length:
				t.Fatalf("%d bytes of %d", len(p.Data), p.Length)
			case p.Interface >= len(src.Interfaces()):
				t.Fatalf("interface %d of %d", p.Interface, len(src.Interfaces()))
			case p.Link != src.Interfaces()[p.Interface].Link:
				t.Fatalf("link type %v on interface %d", p.Link, p.Interface)
			case src.compression == "" && len(p.Data) > len(file):
				t.Fatalf("%d bytes out of a file of %d", len(p.Data), len(file))
			}
			last = p.Number
		}
		stats := src.Stats()
		if !errors.Is(err, io.EOF) || !errors.Is(src.Next(&p), io.EOF) {
			t.Fatalf("ended with %v", err)
		}
		if stats.Packets != count || stats.Bytes != length || len(stats.Damage) > 1 {
			t.Fatalf("%d packets of %d bytes, but %+v", count, length, stats)
		}
		assert.Equal(t, stats, statsOf(t, sized{iotest.OneByteReader(bytes.NewReader(file)), int64(len(file))}))
	})
}

// sized is a reader of bytes that are all there, however few it gives at a time.
type sized struct {
	io.Reader
	size int64
}

func (s sized) Size() int64 { return s.size }

// statsOf reads a capture to its end.
func statsOf(t *testing.T, r io.Reader) Stats {
	f, err := NewFile(r, "x")
	require.NoError(t, err)
	closeAtEnd(t, f)
	for p := new(Packet); err == nil; {
		err = f.Next(p)
	}
	require.ErrorIs(t, err, io.EOF)
	return f.Stats()
}

// seeds are files to start from: one of every kind, and some broken ones.
func seeds(t *testing.T) map[string][]byte {
	pcap, _ := smallPcap()
	pcapng, _ := smallPcapng()
	modified := newPcap(binary.LittleEndian, pcapModified, 65535, 1).packet(1, 2, 3, 60, "abc").bytes
	return map[string][]byte{
		"pcap":          pcap,
		"pcap-cut":      pcap[:len(pcap)-3],
		"pcap-modified": modified,
		"pcap-old":      newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 113).version(2, 3).packet(1, 0, 60, 3, "abc").bytes,
		"pcap-twice":    append(bytes.Clone(pcap), pcap...),
		"pcapng":        pcapng,
		"pcapng-cut":    pcapng[:len(pcapng)-3],
		"gzip":          gzipped(t, pcapng),
		"gzip-members":  append(gzipped(t, pcap[:30]), gzipped(t, pcap[30:])...),
		"zstd":          zstded(t, pcap),
		"text":          []byte("GET / HTTP/1.1\r\n"),
	}
}

// The committed seeds are what the builders make; -update rewrites them.
func TestSeeds(t *testing.T) {
	dir := filepath.Join("testdata", "fuzz", "FuzzOpen")
	for name, file := range seeds(t) {
		want := fmt.Sprintf("go test fuzz v1\n[]byte(%q)\n", file)
		path := filepath.Join(dir, name)
		if *update {
			require.NoError(t, os.MkdirAll(dir, 0o755))
			require.NoError(t, os.WriteFile(path, []byte(want), 0o644))
		}
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		if name != "gzip" && name != "gzip-members" && name != "zstd" { // a new compressor may pack otherwise
			assert.Equal(t, want, string(got), name)
		}
	}
}
