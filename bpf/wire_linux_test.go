//go:build amd64 || arm64

package bpf_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/hophound/hophound/bpf"
)

// wire is the loopback interface of a network namespace of its own, with a
// socket that the filter is attached to. What is sent on it is not for this
// host, so that nobody answers.
type wire struct {
	t        *testing.T
	heads    *bpf.Heads
	to       unix.SockaddrLinklayer
	out, in  int
	received []byte
}

// newWire makes one. The test's thread stays in the namespace and ends with the
// test.
func newWire(t *testing.T, options bpf.Options) *wire {
	t.Helper()
	runtime.LockOSThread()
	require.NoError(t, unix.Unshare(unix.CLONE_NEWNET), "a network namespace needs root")
	w := &wire{t: t, received: make([]byte, 1<<17)}
	w.to = unix.SockaddrLinklayer{Ifindex: 1, Halen: 6, Protocol: bigEndian(unix.ETH_P_ALL)}
	bringUp(t, "lo")

	var err error
	w.heads, err = bpf.Load(options)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, w.heads.Close()) })
	kind := unix.SOCK_RAW
	if options.Cooked {
		kind = unix.SOCK_DGRAM
	}
	w.in, err = unix.Socket(unix.AF_PACKET, kind|unix.SOCK_NONBLOCK, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(w.in) })
	require.NoError(t, w.heads.Attach(w.in))
	require.NoError(t, unix.Bind(w.in, &w.to))
	w.out, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(w.out) })
	return w
}

func bigEndian(n uint16) uint16 { return n<<8 | n>>8 }

func bringUp(t *testing.T, name string) {
	t.Helper()
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	require.NoError(t, err)
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	require.NoError(t, err)
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	require.NoError(t, unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request))
}

// give sends an Ethernet frame and tells how many bytes of it the socket got,
// from where its packets begin; 0 if it did not get the frame.
func (w *wire) give(frame []byte) int {
	w.t.Helper()
	before := w.counters()
	require.NoError(w.t, unix.Sendto(w.out, frame, 0, &w.to), "%d bytes", len(frame))
	for tries := 0; ; tries++ {
		n, _, err := unix.Recvfrom(w.in, w.received, 0)
		if err == nil {
			require.Equal(w.t, w.counters().Copied-before.Copied, uint64(n))
			return n
		}
		require.ErrorIs(w.t, err, unix.EAGAIN)
		now := w.counters()
		if now.Seen > before.Seen && now.Copied == before.Copied {
			return 0
		}
		require.Less(w.t, tries, 1000, "the frame does not come")
		time.Sleep(time.Millisecond)
	}
}

func (w *wire) counters() bpf.Counters {
	w.t.Helper()
	c, err := w.heads.Counters()
	require.NoError(w.t, err)
	return c
}
