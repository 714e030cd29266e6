package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// benchFiles hold the same 50,000 packets in each format. They stay in memory:
// what is measured is reading, not the disk.
func benchFiles(t testing.TB) map[string][]byte {
	const packets = 50_000
	data := string(make([]byte, 200))
	pcap := newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 1)
	ng := new(ngBuilder).section(binary.LittleEndian).iface(1, 0)
	commented := new(ngBuilder).section(binary.BigEndian).iface(1, 0, option{optInterfaceResolution, "\x8a"})
	for i := range uint32(packets) {
		pcap.packet(i, 0, 200, 1514, data)
		ng.enhanced(0, uint64(i), 1514, data)
		commented.enhanced(0, uint64(i), 1514, data, option{optComment, "one"}, option{optComment, "two"})
	}
	return map[string][]byte{
		"pcap":      pcap.bytes,
		"pcapng":    ng.bytes,
		"commented": commented.bytes,
		"gzip":      gzipped(t, pcap.bytes),
		"zstd":      zstded(t, pcap.bytes),
	}
}

// BenchmarkNext measures what a packet costs: one operation is one packet.
func BenchmarkNext(b *testing.B) {
	for name, file := range benchFiles(b) {
		b.Run(name, func(b *testing.B) {
			var p Packet
			f := open(b, file)
			b.SetBytes(200 + pcapRecordLen)
			b.ReportAllocs()
			for b.Loop() {
				if err := f.Next(&p); err != nil {
					f = reopen(b, file, err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}

// reopen starts over at the end of a file.
func reopen(t testing.TB, file []byte, err error) *File {
	if !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	f, err := NewFile(bytes.NewReader(file), "again")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A packet costs no allocation, whatever the format.
func TestNextDoesNotAllocate(t *testing.T) {
	for _, name := range []string{"pcap", "pcapng", "commented"} {
		t.Run(name, func(t *testing.T) {
			f := open(t, benchFiles(t)[name])
			var p Packet
			require.NoError(t, f.Next(&p))
			require.NoError(t, f.Next(&p))
			assert.Zero(t, testing.AllocsPerRun(20_000, func() {
				if err := f.Next(&p); err != nil {
					t.Fatal(err)
				}
			}))
		})
	}
}
