package capture

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Every pcap variant gives the same packet.
func TestPcapVariants(t *testing.T) {
	const second = 1_700_000_000
	tests := []struct {
		name  string
		o     order
		magic uint32
		frac  uint32
		nanos int64
	}{
		{"microseconds, little endian", binary.LittleEndian, 0xa1b2c3d4, 123456, 123456000},
		{"microseconds, big endian", binary.BigEndian, 0xa1b2c3d4, 123456, 123456000},
		{"nanoseconds, little endian", binary.LittleEndian, 0xa1b23c4d, 123456789, 123456789},
		{"nanoseconds, big endian", binary.BigEndian, 0xa1b23c4d, 123456789, 123456789},
		{"modified, little endian", binary.LittleEndian, 0xa1b2cd34, 7, 7000},
		{"modified, big endian", binary.BigEndian, 0xa1b2cd34, 7, 7000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, newPcap(tt.o, tt.magic, 65535, 276).
				packet(second, tt.frac, 5, 5, "whole").
				packet(second+1, 0, 3, 1514, "cut").bytes)
			assert.Equal(t, []seen{
				{1, second*1e9 + tt.nanos, 0, LinkLinuxSLL2, 5, "whole", ""},
				{2, (second + 1) * 1e9, 0, LinkLinuxSLL2, 1514, "cut", ""},
			}, readAll(t, f))
			assert.Equal(t, []Interface{{Link: LinkLinuxSLL2, SnapLen: 65535}}, f.Interfaces())
			assert.Equal(t, Stats{Packets: 2, Bytes: 1519, Truncated: 1}, f.Stats())
			assert.Empty(t, f.Sections())
		})
	}
}

// Variants that have longer headers before each packet, and do not say so, are
// told by what follows.
func TestPcapOldVariants(t *testing.T) {
	o := binary.LittleEndian
	for _, tt := range []struct {
		name  string
		magic uint32
		more  int // bytes beyond the usual header
	}{
		{"Red Hat 6.1", pcapMicroseconds, 8},
		{"Nokia", pcapMicroseconds, 4},
		{"SuSE 6.3", pcapModified, 12},
		{"as usual", pcapMicroseconds, 0},
		{"modified as usual", pcapModified, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := newPcap(o, tt.magic, 65535, 1).bytes
			var want []seen
			for i := range 3 {
				data := fmt.Sprintf("packet number %d, and so on and so on", i)
				head := make([]byte, 16+tt.more)
				o.PutUint32(head, uint32(1_700_000_000+i))
				o.PutUint32(head[4:], 999_999)
				o.PutUint32(head[8:], uint32(len(data)))
				o.PutUint32(head[12:], 1514)
				file = append(append(file, head...), data...)
				want = append(want, seen{uint64(i + 1), int64(1_700_000_000+i)*1e9 + 999_999_000, 0, LinkEthernet, 1514, data, ""})
			}
			for _, r := range []io.Reader{bytes.NewReader(file), sized{iotest.OneByteReader(bytes.NewReader(file)), int64(len(file))}} {
				f, err := NewFile(r, "old.pcap")
				require.NoError(t, err)
				assert.Equal(t, want, readAll(t, f))
				assert.Empty(t, f.Stats().Damage)
			}
		})
	}
}

// What comes through a pipe is read in one way, whether much of it is there at the
// beginning or little, and nobody waits for a second packet to see the first.
func TestPcapOldVariantsAreNotGuessedFromPipes(t *testing.T) {
	o := binary.LittleEndian
	file := newPcap(o, pcapMicroseconds, 65535, 1).bytes
	for range 3 {
		file = append(file, o.AppendUint32(o.AppendUint32(o.AppendUint32(o.AppendUint64(nil, 1_700_000_000), 40), 40), 0xffffffff)...)
		file = append(file, make([]byte, 40)...)
	}
	all := func(r io.Reader) ([]seen, Stats) {
		f, err := NewFile(io.MultiReader(r), "-") // of which nobody knows how much there is
		require.NoError(t, err)
		closeAtEnd(t, f)
		return readAll(t, f), f.Stats()
	}
	packets, stats := all(bytes.NewReader(file))
	little, littleStats := all(iotest.OneByteReader(bytes.NewReader(file)))
	assert.Equal(t, packets, little)
	assert.Equal(t, stats, littleStats)
	assert.Len(t, stats.Damage, 1, "and what does not fit is told")
}

// Files of other versions than 2.4 have the two lengths the other way round,
// or may have.
func TestPcapVersions(t *testing.T) {
	tests := []struct {
		name             string
		major, minor     uint16
		captured, length uint32 // as they stand in the file
	}{
		{"2.2", 2, 2, 60, 3},
		{"2.3, as before", 2, 3, 60, 3},
		{"2.3, as since", 2, 3, 3, 60},
		{"2.4", 2, 4, 3, 60},
		{"543.0 of DG/UX", 543, 0, 60, 3},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 1).
				version(tt.major, tt.minor).packet(1, 0, tt.captured, tt.length, "abc").bytes)
			assert.Equal(t, []seen{{1, 1e9, 0, LinkEthernet, 60, "abc", ""}}, readAll(t, f))
			assert.Empty(t, f.Stats().Damage)
		})
	}
}

// The link type is 16 bits; the bits above say how long the frame check
// sequence is.
func TestPcapLinkTypeWithFCS(t *testing.T) {
	f := open(t, newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 0x24000001).bytes)
	assert.Equal(t, LinkEthernet, f.Interfaces()[0].Link)
}

// What the header says of the snapshot length is no reason to lose a packet.
func TestPcapSnapLenIsNotTrusted(t *testing.T) {
	large := string(make([]byte, 300_000))
	tests := []struct {
		name    string
		snapLen uint32
		data    string
		broken  bool
	}{
		{"smaller than the packet", 4, "longer than four", false},
		{"zero", 0, "longer than zero", false},
		{"a coalesced segment", 96, large[:65549], false},
		{"as large as libpcap takes", 65535, large[:262144], false},
		{"larger than libpcap takes", 65535, large[:262145], true},
		{"larger, but announced", 1 << 19, large, false},
		{"absurd", 0xffffffff, large, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			n := uint32(len(tt.data))
			f := open(t, newPcap(binary.BigEndian, pcapMicroseconds, tt.snapLen, 1).packet(1, 0, n, n, tt.data).bytes)
			packets := readAll(t, f)
			if tt.broken {
				assert.Empty(t, packets)
				assert.Len(t, f.Stats().Damage, 1)
				return
			}
			require.Len(t, packets, 1)
			assert.Equal(t, tt.data, packets[0].Data)
			assert.Empty(t, f.Stats().Damage)
		})
	}
}

func TestPcapDamage(t *testing.T) {
	start := func() *pcapBuilder {
		return newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 1).packet(1, 0, 3, 3, "abc")
	}
	const second = pcapHeaderLen + pcapRecordLen + 3 // offset of the second record
	tests := []struct {
		name   string
		file   []byte
		reason string
	}{
		{"an implausible length", start().packet(2, 0, 3405691582, 60, "xyz").bytes,
			"packet 2 claims to be 3405691582 bytes long, and no packet of this file can be longer than 262144"},
		{"cut in the data", start().packet(2, 0, 1514, 1514, "0123456789").bytes,
			"file ends inside packet 2: 10 of 1514 bytes are there"},
		{"cut in the record's header", append(start().bytes, 1, 2, 3),
			"file ends inside the header of packet 2: 3 of 16 bytes are there"},
		{"two files in one", append(start().bytes, start().bytes...),
			"another pcap file begins after packet 1; join files with mergecap, not with cat"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, tt.file)
			assert.Len(t, readAll(t, f), 1)
			assert.Equal(t, []Damage{{Offset: second, Packet: 1, Reason: tt.reason}}, f.Stats().Damage)
		})
	}
}

// An empty packet is a packet, and one that is longer in the file than it was
// on the wire is as long as what is there.
func TestPcapOddLengths(t *testing.T) {
	f := open(t, newPcap(binary.LittleEndian, pcapMicroseconds, 65535, 1).
		packet(1, 0, 0, 0, "").packet(2, 0, 4, 2, "abcd").packet(3, 0, 0, 60, "").bytes)
	assert.Equal(t, []seen{
		{1, 1e9, 0, LinkEthernet, 0, "", ""},
		{2, 2e9, 0, LinkEthernet, 4, "abcd", ""},
		{3, 3e9, 0, LinkEthernet, 60, "", ""},
	}, readAll(t, f))
	assert.Equal(t, uint64(1), f.Stats().Truncated)
}
