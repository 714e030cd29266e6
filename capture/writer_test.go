package capture

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tracked is a source that gives nothing: what is written as its packets is up
// to the test.
type tracked struct {
	interfaces []Interface
	dropped    uint64
}

func (s *tracked) Next(*Packet) error      { return io.EOF }
func (s *tracked) Interfaces() []Interface { return s.interfaces }
func (s *tracked) Stats() Stats            { return Stats{Dropped: s.dropped} }
func (s *tracked) Close() error            { return nil }

var eth0 = Interface{Name: "eth0", Description: "towards clients", Comment: "eBPF filter", Link: LinkEthernet, SnapLen: 65535}

// An Ethernet frame with an IPv4 and a UDP header and four bytes of payload.
const frame = "\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00" +
	"\x45\x00\x00\x20\x00\x01\x00\x00\x40\x11\x66\xb7\x0a\x09\x00\x01\x0a\x09\x00\x02" +
	"\x00\x01\x00\x02\x00\x0c\x00\x00abcd"

func newWriter(t testing.TB, to io.Writer, o WriterOptions) *Writer {
	w, err := NewWriter(to, o)
	require.NoError(t, err)
	return w
}

func track(t testing.TB, w *Writer, s Source) *Track {
	track, err := w.Track(s)
	require.NoError(t, err)
	return track
}

// oddPackets are packets of every length there is a padding for, and more.
func oddPackets() []seen {
	packets := []seen{
		{Time: 1700000000123456789, Data: frame, Length: len(frame)},
		{Time: 1700000000123456790, Data: frame[:42], Length: 1500, Comment: "pid 4242 (puma)"},
		{Time: 1700000001000000001, Data: frame[:41], Length: 1500, Comment: "käse"},
		{Time: 1700000001000000002, Interface: 1, Data: frame[:43], Length: 43},
		{Time: 0, Interface: 1, Data: frame + strings.Repeat("x", 65535), Length: 65535 + len(frame), Comment: "long"},
		{Time: 1<<62 + 1, Interface: 0, Data: "", Length: 9},
	}
	for i := range packets {
		packets[i].Number, packets[i].Link = uint64(i+1), LinkEthernet
	}
	return packets
}

func (s seen) packet() *Packet {
	return &Packet{Number: s.Number, Time: s.Time, Interface: s.Interface, Link: s.Link, Length: s.Length, Data: []byte(s.Data), Comment: []byte(s.Comment)}
}

// What is written is read back, whatever the buffer's size.
func TestWriterRoundTrip(t *testing.T) {
	for _, buffer := range []int{0, 1, 100, 1000} {
		var file bytes.Buffer
		source := &tracked{interfaces: []Interface{eth0}}
		section := Section{Hardware: "x86_64", OS: "Linux 6.1", Application: "hophound 1", Comment: "hophound capture -i eth0"}
		w := newWriter(t, &file, WriterOptions{Section: section, BufferBytes: buffer})
		assert.NotZero(t, file.Len(), "a reader at the other end of a pipe has something to begin with")
		from := track(t, w, source)
		source.interfaces = append(source.interfaces, Interface{Name: "veth1", Link: LinkEthernet, SnapLen: 65535}) // met later
		for _, p := range oddPackets() {
			require.NoError(t, from.Write(p.packet()))
		}
		source.dropped = 17
		require.NoError(t, w.Close())
		assert.Equal(t, w.Size(), int64(file.Len()))
		assert.Equal(t, w.Flushed(), int64(file.Len()))

		f := open(t, file.Bytes())
		assert.Equal(t, oddPackets(), readAll(t, f))
		assert.Empty(t, f.Stats().Damage)
		assert.Equal(t, uint64(17), f.Stats().Dropped)
		assert.Equal(t, source.interfaces, f.Interfaces())
		assert.Equal(t, []Section{section}, f.Sections())
	}
}

// Several sources share a file, each with interfaces of its own.
func TestWriterSources(t *testing.T) {
	var file bytes.Buffer
	w := newWriter(t, &file, WriterOptions{})
	a := &tracked{interfaces: []Interface{{Name: "a", Link: LinkEthernet}}, dropped: 100} // before the file began
	b := &tracked{interfaces: []Interface{{Name: "b", Link: LinkRaw}}}
	fromA, fromB := track(t, w, a), track(t, w, b)
	require.NoError(t, fromB.Write(seen{Data: "1"}.packet()))
	require.NoError(t, fromA.Write(seen{Data: "2"}.packet()))
	a.dropped, b.dropped = 103, 4
	require.ErrorContains(t, fromA.Write(seen{Interface: 1}.packet()), "does not know its interface 1")
	require.NoError(t, w.Close())
	f := open(t, file.Bytes())
	packets := readAll(t, f)
	require.Len(t, packets, 2)
	assert.Equal(t, "b", f.Interfaces()[packets[0].Interface].Name)
	assert.Equal(t, LinkRaw, packets[0].Link)
	assert.Equal(t, "a", f.Interfaces()[packets[1].Interface].Name)
	assert.Equal(t, uint64(3+4), f.Stats().Dropped)
}

// blocksSeen collects what is written and remembers how it came.
type blocksSeen struct {
	file []byte
	ends []int
}

func (b *blocksSeen) Write(p []byte) (int, error) {
	b.file = append(b.file, p...)
	b.ends = append(b.ends, len(b.file))
	return len(p), nil
}

// Whenever the process is killed, what it has written is whole.
func TestWriterWritesWholeBlocks(t *testing.T) {
	var to blocksSeen
	w := newWriter(t, &to, WriterOptions{BufferBytes: 300})
	from := track(t, w, &tracked{interfaces: []Interface{eth0, eth0}})
	for _, p := range oddPackets() {
		require.NoError(t, from.Write(p.packet()))
	}
	require.NoError(t, w.Flush())
	require.Greater(t, len(to.ends), 3)
	for _, end := range to.ends {
		f := open(t, to.file[:end])
		got := readAll(t, f)
		assert.Equal(t, oddPackets()[:len(got)], append([]seen{}, got...))
		assert.Empty(t, f.Stats().Damage)
	}
	assert.Len(t, readAll(t, open(t, to.file)), len(oddPackets()))
}

// tshark and tcpdump read what is written, and complain of nothing.
func TestWriterForOthers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.pcapng")
	file, err := os.Create(path)
	require.NoError(t, err)
	source := &tracked{interfaces: []Interface{eth0}}
	w := newWriter(t, file, WriterOptions{Section: Section{Hardware: "x86_64", OS: "Linux", Application: "hophound", Comment: "a test"}})
	from := track(t, w, source)
	require.NoError(t, from.Write(seen{Time: 1700000000123456789, Data: frame, Length: len(frame)}.packet()))
	require.NoError(t, from.Write(seen{Time: 1700000001000000001, Data: frame[:45], Length: len(frame), Comment: "pid 4242"}.packet()))
	source.dropped = 3
	require.NoError(t, w.Close())
	require.NoError(t, file.Close())

	out, complaints := runOther(t, "tshark", "-r", path, "-T", "fields", "-E", "separator=|",
		"-e", "frame.time_epoch", "-e", "frame.interface_name", "-e", "frame.len", "-e", "frame.cap_len", "-e", "frame.comment", "-e", "udp.port")
	assert.Equal(t, "1700000000.123456789|eth0|46|46||1,2\n1700000001.000000001|eth0|46|45|pid 4242|1,2\n", out)
	assert.NotContains(t, complaints, "appears to")
	assert.NotContains(t, complaints, "damaged")

	out, complaints = runOther(t, "tcpdump", "-n", "-tt", "--nano", "-r", path)
	assert.Equal(t, "1700000000.123456789 IP 10.9.0.1.1 > 10.9.0.2.2: UDP, length 4\n", strings.SplitAfter(out, "\n")[0])
	assert.Equal(t, 2, strings.Count(out, "\n"))
	assert.Equal(t, "reading from file "+path+", link-type EN10MB (Ethernet), snapshot length 65535\n", complaints)

	out, _ = runOther(t, "capinfos", path)
	for _, line := range []string{"Capture application: hophound", "Capture comment:     a test", "Name = eth0", "Time precision = nanoseconds (9)", "Number of stat entries = 1"} {
		assert.Contains(t, out, line)
	}
}

func runOther(t *testing.T, name string, args ...string) (out, complaints string) {
	cmd := exec.Command(name, args...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.Output()
	require.NoError(t, err, "needs %s: %s", name, &stderr)
	return string(stdout), stderr.String()
}

// fullDisk takes so many bytes.
type fullDisk int

var errFull = errors.New("no space left on device")

func (d *fullDisk) Write(p []byte) (int, error) {
	n := min(int(*d), len(p))
	*d -= fullDisk(n)
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

// A write that failed is told by whatever is done next, but for Close.
func TestWriterDiskFull(t *testing.T) {
	disk := fullDisk(500)
	w := newWriter(t, &disk, WriterOptions{BufferBytes: 200})
	from := track(t, w, &tracked{interfaces: []Interface{eth0}})
	var err error
	packets := 0
	for ; err == nil; packets++ {
		err = from.Write(seen{Data: frame}.packet())
	}
	assert.ErrorIs(t, err, errFull)
	assert.EqualError(t, err, "write packets: no space left on device")
	assert.Less(t, packets, 10)
	assert.Equal(t, err, from.Write(seen{Data: frame}.packet()))
	assert.Equal(t, err, w.Flush())
	assert.NoError(t, w.Close(), "it was told")
	_, err = NewWriter(new(fullDisk), WriterOptions{})
	assert.ErrorIs(t, err, errFull)
}

func TestWriterClosed(t *testing.T) {
	w := newWriter(t, io.Discard, WriterOptions{})
	from := track(t, w, &tracked{interfaces: []Interface{eth0}})
	require.NoError(t, w.Close())
	assert.ErrorIs(t, from.Write(seen{}.packet()), io.ErrClosedPipe)
	assert.NoError(t, w.Close())
}

// The statistics are of this file, by its own clock.
func TestWriterStatistics(t *testing.T) {
	var file bytes.Buffer
	now := time.Unix(1700000000, 5)
	source := &tracked{interfaces: []Interface{eth0}, dropped: 2}
	w := newWriter(t, &file, WriterOptions{Now: func() time.Time { return now }})
	require.NoError(t, track(t, w, source).Write(seen{Data: frame}.packet()))
	now, source.dropped = now.Add(time.Minute), 9
	require.NoError(t, w.Close())
	// Type, length, interface; end; start, end, drops, delivered as options; length.
	last := string(file.Bytes()[file.Len()-76:])
	ended, began := string(appendTime(nil, now)), string(appendTime(nil, now.Add(-time.Minute)))
	assert.Equal(t, "\x05\x00\x00\x00\x4c\x00\x00\x00\x00\x00\x00\x00"+ended+
		"\x02\x00\x08\x00"+began+"\x03\x00\x08\x00"+ended+
		"\x05\x00\x08\x00\x07\x00\x00\x00\x00\x00\x00\x00"+"\x08\x00\x08\x00\x01\x00\x00\x00\x00\x00\x00\x00"+
		"\x00\x00\x00\x00\x4c\x00\x00\x00", last)
}

// A packet costs no allocation.
func TestWriteDoesNotAllocate(t *testing.T) {
	from := track(t, newWriter(t, io.Discard, WriterOptions{}), &tracked{interfaces: []Interface{eth0}})
	p := seen{Data: frame, Comment: "pid 4242"}.packet()
	assert.Zero(t, testing.AllocsPerRun(20_000, func() {
		if err := from.Write(p); err != nil {
			t.Fatal(err)
		}
	}))
}

// BenchmarkWrite measures what a packet of 200 bytes costs to write.
func BenchmarkWrite(b *testing.B) {
	from := track(b, newWriter(b, io.Discard, WriterOptions{}), &tracked{interfaces: []Interface{eth0}})
	p := seen{Data: strings.Repeat("x", 200), Length: 1514}.packet()
	b.SetBytes(200)
	b.ReportAllocs()
	for b.Loop() {
		if err := from.Write(p); err != nil {
			b.Fatal(err)
		}
	}
}
