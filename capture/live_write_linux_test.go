package capture

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// save writes all that a stopped source still has.
func save(t *testing.T, w *Writer, l *Live) (packets int) {
	t.Helper()
	from := track(t, w, l)
	l.Stop()
	var p Packet
	for ; l.Next(&p) == nil; packets++ {
		require.NoError(t, from.Write(&p))
	}
	return packets
}

// What is captured and written opens in tshark and tcpdump, on one interface
// and on "any", whole and trimmed.
func TestLiveWritten(t *testing.T) {
	for _, test := range []struct {
		iface string
		heads bool
		link  string
	}{
		{"eth0", false, "link-type EN10MB (Ethernet)"},
		{"eth0", true, "link-type EN10MB (Ethernet)"},
		{AnyInterface, false, "link-type LINUX_SLL2 (Linux cooked v2)"},
		{AnyInterface, true, "link-type LINUX_SLL2 (Linux cooked v2)"},
	} {
		t.Run(fmt.Sprintf("%s heads=%v", test.iface, test.heads), func(t *testing.T) {
			client, server := newHosts(t)
			l := server.open(t, LiveOptions{Interface: test.iface, Heads: test.heads})
			port := fetch(t, server, "10.9.0.2", client)
			path := filepath.Join(t.TempDir(), "live.pcapng")
			w, err := NewRotator(RotateOptions{Path: path}, WriterOptions{Section: Section{Application: "hophound"}})
			require.NoError(t, err)
			packets := save(t, w.Writer, l)
			require.NoError(t, w.Close())

			out, complaints := runOther(t, "tcpdump", "-n", "-r", path, "tcp", "port", fmt.Sprint(port))
			complaints = strings.TrimSuffix(complaints, "Warning: interface names might be incorrect\n") // said of every SLL2 file, its own too
			assert.Equal(t, "reading from file "+path+", "+test.link+", snapshot length 262144\n", complaints)
			assert.Contains(t, out, "Flags [S]")
			assert.NotZero(t, packets)
			out, _ = runOther(t, "tshark", "-r", path, "-d", fmt.Sprintf("tcp.port==%d,http", port), "-Y", "http.request", "-T", "fields", "-E", "separator=|",
				"-e", "frame.interface_name", "-e", "http.request.uri", "-e", "http.upgrade")
			assert.Equal(t, "eth0|/one|none\n", out)
			out, _ = runOther(t, "capinfos", "-c", "-M", path)
			assert.Contains(t, out, fmt.Sprintf("Number of packets:   %d\n", packets))

			f, err := Open(path)
			require.NoError(t, err)
			closeAtEnd(t, f)
			assert.Len(t, readAll(t, f), packets)
			assert.Equal(t, l.Interfaces(), f.Interfaces())
		})
	}
}

// The kernel's drops stand in the file.
func TestLiveDropsWritten(t *testing.T) {
	h := newHost(t)
	l := h.open(t, LiveOptions{Interface: "lo", RingBytes: 1})
	path := filepath.Join(t.TempDir(), "live.pcapng")
	w, err := NewRotator(RotateOptions{Path: path}, WriterOptions{})
	require.NoError(t, err)
	from := track(t, w.Writer, l)
	h.datagrams(t, 2000, 1400)
	l.Stop()
	var p Packet
	for l.Next(&p) == nil {
		require.NoError(t, from.Write(&p))
	}
	require.NoError(t, w.Close())
	f, err := Open(path)
	require.NoError(t, err)
	closeAtEnd(t, f)
	packets := readAll(t, f)
	assert.NotZero(t, f.Stats().Dropped)
	assert.Equal(t, l.Stats().Dropped, f.Stats().Dropped)
	assert.Len(t, packets, int(l.Stats().Packets))
}

// On a disk that is full the error says so, once, and the file is whole up to
// there.
func TestRotatorDiskFull(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, unix.Mount("hophound", dir, "tmpfs", 0, "size=64k"), "needs root")
	t.Cleanup(func() { assert.NoError(t, unix.Unmount(dir, 0)) })
	path := filepath.Join(dir, "w.pcapng")
	w, err := NewRotator(RotateOptions{Path: path}, WriterOptions{BufferBytes: 10_000})
	require.NoError(t, err)
	from := track(t, w.Writer, &tracked{interfaces: []Interface{eth0}})
	written := 0
	for ; err == nil && written < 1000; written++ {
		err = from.Write(seen{Time: int64(written), Data: string(make([]byte, 1000)), Length: 1000}.packet())
	}
	require.ErrorIs(t, err, unix.ENOSPC)
	assert.ErrorContains(t, err, "write "+path+": no space left on device")
	assert.NoError(t, w.Close())
	f, err := Open(path)
	require.NoError(t, err)
	closeAtEnd(t, f)
	assert.InDelta(t, 50, len(readAll(t, f)), 15)
	assert.Empty(t, f.Stats().Damage)
}

// What a process has flushed can be read after it was killed. The test runs
// itself and kills it.
func TestWriterKilled(t *testing.T) {
	if path := os.Getenv("HOPHOUND_TEST_KILLED"); path != "" {
		w, err := NewRotator(RotateOptions{Path: path}, WriterOptions{})
		require.NoError(t, err)
		from := track(t, w.Writer, &tracked{interfaces: []Interface{eth0}})
		for i := 0; ; i++ {
			require.NoError(t, from.Write(seen{Time: int64(i), Data: frame, Length: len(frame)}.packet()))
			if i%100 == 99 {
				require.NoError(t, w.Flush())
			}
			time.Sleep(10 * time.Microsecond)
		}
	}
	path := filepath.Join(t.TempDir(), "w.pcapng")
	cmd := exec.Command("/proc/self/exe", "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), "HOPHOUND_TEST_KILLED="+path)
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool {
		info, err := os.Stat(path)
		return err == nil && info.Size() > 20_000
	}, 20*time.Second, time.Millisecond)
	require.NoError(t, cmd.Process.Kill())
	assert.ErrorContains(t, cmd.Wait(), "killed")
	f, err := Open(path)
	require.NoError(t, err)
	closeAtEnd(t, f)
	packets := readAll(t, f)
	assert.Zero(t, len(packets)%100)
	assert.NotEmpty(t, packets)
	assert.Empty(t, f.Stats().Damage)
}

func TestLivePromiscuous(t *testing.T) {
	_, server := newHosts(t)
	show := func() string {
		out, _ := runOther(t, "ip", "-n", string(server), "-d", "link", "show", "eth0")
		return out
	}
	l := server.open(t, LiveOptions{Interface: "eth0", Promiscuous: true})
	assert.Contains(t, show(), "promiscuity 1")
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Next(new(Packet)), os.ErrClosed)
	assert.Contains(t, show(), "promiscuity 0", "as it was before")
	plain := server.open(t, LiveOptions{Interface: "eth0"})
	assert.Contains(t, show(), "promiscuity 0")
	assert.NotContains(t, plain.Interfaces()[0].Comment, "eBPF")
}
