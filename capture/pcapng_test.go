package capture

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var bothOrders = []struct {
	name string
	o    order
}{
	{"little endian", binary.LittleEndian},
	{"big endian", binary.BigEndian},
}

// All kinds of packet blocks, two interfaces of different link types, names,
// comments and drop counts, in both byte orders.
func TestPcapngEverything(t *testing.T) {
	for _, tt := range bothOrders {
		t.Run(tt.name, func(t *testing.T) {
			b := new(ngBuilder)
			b.section(tt.o, option{optComment, "web1, before the reload"}, option{optSectionHardware, "m6i"},
				option{optSectionOS, "Linux 6.1"}, option{optSectionApplication, "dumpcap"})
			b.iface(1, 0, option{optInterfaceName, "eth0"}, option{optInterfaceDescription, "to the world"},
				option{optComment, "mirror"}, option{optComment, "of web1"})
			b.iface(276, 4, option{optInterfaceName, "any\x00"}, option{optInterfaceResolution, "\x09"})
			b.enhanced(0, 1_700_000_000_000_001, 5, "hello")
			b.enhanced(1, 1_700_000_000_000_000_002, 90, "cut", option{optComment, "look here"})
			b.obsolete(1, 2, 3, 3, "old", option{optComment, "one"}, option{optComment, "two"})
			b.obsolete(1, dropsUnknown, 4, 4, "old2")
			b.simple(60, "simple and padded to its end")
			b.enhanced(0, 5, 1, "x", option{optPacketDropCount, b.number(40)})
			f := open(t, b.bytes)
			assert.Equal(t, []seen{
				{1, 1_700_000_000_000_001_000, 0, LinkEthernet, 5, "hello", ""},
				{2, 1_700_000_000_000_000_002, 1, LinkLinuxSLL2, 90, "cut", "look here"},
				{3, 3, 1, LinkLinuxSLL2, 3, "old", "one\ntwo"},
				{4, 4, 1, LinkLinuxSLL2, 4, "old2", ""},
				{5, 0, 0, LinkEthernet, 60, "simple and padded to its end", ""},
				{6, 5000, 0, LinkEthernet, 1, "x", ""},
			}, readAll(t, f))
			assert.Equal(t, []Interface{
				{Name: "eth0", Description: "to the world", Comment: "mirror\nof web1", Link: LinkEthernet},
				{Name: "any", Link: LinkLinuxSLL2, SnapLen: 4},
			}, f.Interfaces())
			assert.Equal(t, []Section{{"web1, before the reload", "m6i", "Linux 6.1", "dumpcap"}}, f.Sections())
			assert.Equal(t, Stats{Packets: 6, Bytes: 163, Truncated: 2, Dropped: 42}, f.Stats())
		})
	}
}

// A Simple Packet Block holds as much as the interface's snapshot length lets
// through; what follows up to four bytes is padding.
func TestPcapngSimplePacketLength(t *testing.T) {
	tests := []struct {
		name    string
		snapLen uint32
		length  uint32
		data    string
		want    string
	}{
		{"whole, with padding", 0, 5, "hello\x00\x00\x00", "hello"},
		{"snapshot length", 6, 60, "hello!\x00\x00", "hello!"},
		{"no snapshot length given", 0, 60, "hello!!!", "hello!!!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := new(ngBuilder).section(binary.LittleEndian).iface(1, tt.snapLen).simple(tt.length, tt.data)
			packets := readAll(t, open(t, b.bytes))
			require.Len(t, packets, 1)
			assert.Equal(t, tt.want, packets[0].Data)
			assert.Equal(t, int(tt.length), packets[0].Length)
		})
	}
}

// Each section has its own byte order and counts its interfaces from 0; the
// source counts them through.
func TestPcapngSections(t *testing.T) {
	b := new(ngBuilder)
	b.section(binary.LittleEndian, option{optComment, "first"}).iface(1, 0, option{optInterfaceName, "a"})
	b.iface(113, 0, option{optInterfaceName, "b"}).enhanced(1, 1, 1, "1")
	b.statistics(1, option{optStatisticsInterfaceDrop, b.number(3)})
	b.section(binary.BigEndian, option{optComment, "second"}).iface(101, 0, option{optInterfaceName, "c"})
	b.enhanced(0, 2, 1, "2").simple(1, "3")
	b.statistics(0, option{optStatisticsInterfaceDrop, b.number(4)}, option{optStatisticsSystemDrop, b.number(5)})
	b.section(binary.LittleEndian).iface(0, 0, option{optInterfaceName, "d"}).enhanced(0, 4, 1, "4")
	f := open(t, b.bytes)

	assert.Equal(t, []seen{
		{1, 1000, 1, LinkLinuxSLL, 1, "1", ""},
		{2, 2000, 2, LinkRaw, 1, "2", ""},
		{3, 0, 2, LinkRaw, 1, "3", ""},
		{4, 4000, 3, LinkNull, 1, "4", ""},
	}, readAll(t, f))
	assert.Len(t, f.Interfaces(), 4)
	assert.Equal(t, []Section{{Comment: "first"}, {Comment: "second"}, {}}, f.Sections())
	assert.Equal(t, uint64(12), f.Stats().Dropped)
	assert.Empty(t, f.Stats().Damage)
}

// Statistics are totals: the last count holds, and the losses that packets
// tell of are part of them.
func TestPcapngStatisticsAreTotals(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian).iface(1, 0)
	b.obsolete(0, 7, 1, 1, "x")
	b.statistics(0, option{optStatisticsInterfaceDrop, b.number(3)})
	b.statistics(0, option{optStatisticsInterfaceDrop, b.number(10)})
	f := open(t, b.bytes)
	readAll(t, f)
	assert.Equal(t, uint64(10), f.Stats().Dropped)
}

// Statistics of an interface that was not described are passed over, as Wireshark
// does: the packets behind them are whole.
func TestPcapngStatisticsOfNoInterface(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian).statistics(0).iface(1, 0).enhanced(0, 1, 1, "x")
	b.statistics(9, option{optStatisticsInterfaceDrop, b.number(3)}).enhanced(0, 2, 1, "y")
	f := open(t, b.bytes)
	assert.Len(t, readAll(t, f), 2)
	assert.Empty(t, f.Stats().Damage)
	assert.Zero(t, f.Stats().Dropped)
}

func TestPcapngTimes(t *testing.T) {
	tests := []struct {
		name       string
		resolution string // if_tsresol, "" for none
		offset     int64  // if_tsoffset, seconds
		ticks      uint64
		want       int64
	}{
		{"microseconds unless said otherwise", "", 0, 1_700_000_000_123_456, 1_700_000_000_123_456_000},
		{"seconds", "\x00", 0, 1_700_000_000, 1_700_000_000_000_000_000},
		{"milliseconds", "\x03", 0, 1_700_000_000_123, 1_700_000_000_123_000_000},
		{"nanoseconds", "\x09", 0, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789},
		{"picoseconds", "\x0c", 0, 1_234_567, 1_234},
		{"10^-19 s", "\x13", 0, math.MaxUint64, 1_844_674_407},
		{"2^-10 s", "\x8a", 0, 1_700_000_000<<10 | 512, 1_700_000_000_500_000_000},
		{"2^-30 s, as if_tsresol of NTP-like clocks", "\x9e", 0, 1_700_000_000<<30 | 1<<29, 1_700_000_000_500_000_000},
		{"2^-32 s", "\xa0", 0, 1_700_000_000<<32 | 1<<30, 1_700_000_000_250_000_000},
		{"2^-63 s", "\xbf", 0, 1 << 63, 1_000_000_000},
		{"offset", "", 1_700_000_000, 123_456, 1_700_000_000_123_456_000},
		{"negative offset", "\x09", -1, 1_700_000_000_000_000_000, 1_699_999_999_000_000_000},
		{"too late for 64 bits", "\x00", 0, math.MaxUint64, math.MaxInt64},
		{"offset out of range", "", math.MaxInt64, 5, math.MaxInt64},
		{"offset out of range below", "", math.MinInt64, 0, math.MinInt64},
		{"finer than 64 bits can say", "\x7f", 0, 10_000_000_000, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := new(ngBuilder).section(binary.BigEndian)
			var opts []option
			if tt.resolution != "" {
				opts = append(opts, option{optInterfaceResolution, tt.resolution})
			}
			if tt.offset != 0 {
				opts = append(opts, option{optInterfaceOffset, b.number(uint64(tt.offset))})
			}
			packets := readAll(t, open(t, b.iface(1, 0, opts...).enhanced(0, tt.ticks, 1, "x").bytes))
			require.Len(t, packets, 1)
			assert.Equal(t, tt.want, packets[0].Time)
		})
	}
}

// Blocks of no interest are passed over, however large; those that Wireshark
// lists among the packets take a number from them.
func TestPcapngOtherBlocks(t *testing.T) {
	const nameResolution, secrets, unknown = 4, 10, 0x80001234
	b := new(ngBuilder).section(binary.LittleEndian)
	b.block(unknown, []byte("before any interface")).iface(1, 0)
	b.block(nameResolution, []byte("names")).enhanced(0, 1, 1, "1")
	b.block(secrets, []byte("CLIENT_RANDOM …")).enhanced(0, 2, 1, "2")
	b.block(unknown, make([]byte, 3*windowSize+5)).enhanced(0, 3, 1, "3")
	b.block(unknown, make([]byte, maxBlock+8)).enhanced(0, 4, 1, "4")
	b.block(blockCustom, make([]byte, 8)).enhanced(0, 5, 1, "5")
	b.block(blockCustomLocal, make([]byte, 8)).block(blockJournal, []byte("A=b")).enhanced(0, 6, 1, "6")
	b.block(blockSysdig, make([]byte, 32)).block(blockSysdig2, make([]byte, 32)).block(blockSysdig2Large, make([]byte, 32))
	b.enhanced(0, 7, 1, "7")
	f := open(t, b.bytes)
	var numbers []uint64
	for _, p := range readAll(t, f) {
		numbers = append(numbers, p.Number)
	}
	assert.Equal(t, []uint64{1, 2, 3, 4, 6, 9, 13}, numbers)
	assert.Equal(t, uint64(7), f.Stats().Packets)
	assert.Empty(t, f.Stats().Damage)
}

// A writer that leaves the padding out of the block's length is understood.
func TestPcapngUnpaddedLength(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian).iface(1, 0)
	from := len(b.bytes)
	b.simple(3, "abc")
	binary.LittleEndian.PutUint32(b.bytes[from+4:], 19)
	binary.LittleEndian.PutUint32(b.bytes[len(b.bytes)-4:], 19)
	b.simple(3, "def")
	packets := readAll(t, open(t, b.bytes))
	require.Len(t, packets, 2)
	assert.Equal(t, "def", packets[1].Data)
}

func TestPcapngDamage(t *testing.T) {
	start := func() *ngBuilder {
		return new(ngBuilder).section(binary.LittleEndian).iface(1, 0).enhanced(0, 1, 3, "abc")
	}
	second := int64(len(start().bytes))
	lyingEnd := start().enhanced(0, 2, 4, "abcd")
	binary.LittleEndian.PutUint32(lyingEnd.bytes[len(lyingEnd.bytes)-4:], 99)
	claims := start()
	claims.block(blockEnhanced, claims.words(0, 0, 2, 1514, 1514, 0))
	tests := []struct {
		name   string
		file   []byte
		reason string
	}{
		{"an interface that is not there", start().enhanced(7, 2, 1, "x").bytes,
			"packet 2 is of interface 7, and its section has described 1 so far"},
		{"a simple packet without an interface", start().section(binary.LittleEndian).simple(1, "x").bytes,
			"packet 2 is of interface 0, and its section has described 0 so far"},
		{"more data than the block", claims.bytes,
			"packet 2 claims 1514 captured bytes, and its block has room for 4"},
		{"lengths that differ", lyingEnd.bytes,
			"a block of type 0x6 says at its start that it is 36 bytes long, and at its end 99"},
		{"a length too short", append(start().bytes, 6, 0, 0, 0, 8, 0, 0, 0),
			"a block of type 0x6 claims to be 8 bytes long, and the shortest possible is 12"},
		{"a length too long", append(start().bytes, 6, 0, 0, 0, 0xfc, 0xff, 0xff, 0xff),
			"the block after packet 1 claims to be 4294967292 bytes long, and the longest possible is 16777216"},
		{"an empty packet block", start().block(blockEnhanced, nil).bytes, "packet 2 has no room for its lengths"},
		{"an empty simple packet block", start().block(blockSimplePacket, nil).bytes, "packet 2 has no room for its length"},
		{"an empty interface", start().block(blockInterface, nil).bytes, "the description of interface 1 is too short"},
		{"an interface with a broken option", start().block(blockInterface, []byte{1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 200, 0}).bytes,
			"the description of interface 1 has a broken option"},
		{"empty statistics", start().block(blockStatistics, nil).bytes, "the statistics of an interface are too short"},
		{"an unknown block that is cut", append(start().bytes, 0x34, 0x12, 0, 0, 0, 1, 0, 0, 1, 2, 3),
			"file ends inside a block of type 0x1234: 11 of 256 bytes are there"},
		{"a section of another version", append(start().bytes, "\n\r\r\n\x1c\x00\x00\x00\x4d\x3c\x2b\x1a\x02\x00\x00\x00"...),
			"a section header cannot be read: it is of pcapng version 2.0, and only version 1 is known"},
		{"a section of no byte order", append(start().bytes, "\n\r\r\n\x1c\x00\x00\x00abcd\x01\x00\x00\x00"...),
			"a section header cannot be read: it begins like pcapng, but its byte-order magic is 61 62 63 64"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := open(t, tt.file)
			assert.Len(t, readAll(t, f), 1)
			require.Len(t, f.Stats().Damage, 1)
			d := f.Stats().Damage[0]
			assert.Equal(t, tt.reason, d.Reason)
			assert.Equal(t, uint64(1), d.Packet)
			assert.GreaterOrEqual(t, d.Offset, second)
		})
	}
}

// What a file says in words is kept within limits, and is text afterwards.
func TestPcapngTextIsLimited(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian, option{optComment, strings.Repeat("ab", 5000)})
	b.iface(1, 0, option{optInterfaceName, strings.Repeat("é", 200)}, option{optInterfaceDescription, "\xff?"})
	f := open(t, b.bytes)
	assert.Empty(t, readAll(t, f))
	assert.Len(t, f.Sections()[0].Comment, maxComment)
	assert.True(t, strings.HasSuffix(f.Sections()[0].Comment, "…"))
	assert.LessOrEqual(t, len(f.Interfaces()[0].Name), maxName+len("\uFFFD"))
	assert.Equal(t, "\uFFFD?", f.Interfaces()[0].Description)
}

// A file cannot make the reader keep any number of interfaces.
func TestPcapngInterfacesAreLimited(t *testing.T) {
	b := new(ngBuilder).section(binary.LittleEndian)
	for range maxDescribed + 1 {
		b.iface(1, 0)
	}
	f := open(t, b.bytes)
	assert.Empty(t, readAll(t, f))
	assert.Len(t, f.Interfaces(), maxDescribed)
	require.Len(t, f.Stats().Damage, 1)
	assert.Equal(t, "the file has more than 16384 interfaces", f.Stats().Damage[0].Reason)
}

// TestManyComments: a packet may have any number of comments; some are enough.
func TestManyComments(t *testing.T) {
	const comments = 100_000
	options := make([]option, comments)
	for i := range options {
		options[i] = option{optComment, "look"}
	}
	b := new(ngBuilder).section(binary.LittleEndian, options...).iface(1, 0, options...)
	b.enhanced(0, 1, 4, "data", options...)
	b.enhanced(0, 2, 4, "data", option{optComment, "one"}, option{optComment, "two"})
	f := open(t, b.bytes)
	var p Packet
	require.NoError(t, f.Next(&p))
	assert.LessOrEqual(t, len(p.Comment), 64<<10)
	assert.True(t, strings.HasPrefix(string(p.Comment), "look\nlook\n"))
	assert.LessOrEqual(t, len(f.Interfaces()[0].Comment), maxComment)
	require.NoError(t, f.Next(&p))
	assert.Equal(t, "one\ntwo", string(p.Comment))
}
