//go:build amd64 || arm64

package bpf_test

import (
	"encoding/binary"
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
	uncut    int          // a socket for frames with a virtio_net_hdr in front
	before   bpf.Counters // before the last frame was sent
	received []byte
	control  []byte
}

// newWire makes one. The test's thread stays in the namespace and ends with the
// test.
func newWire(t *testing.T, options bpf.Options) *wire {
	t.Helper()
	runtime.LockOSThread()
	require.NoError(t, unix.Unshare(unix.CLONE_NEWNET), "a network namespace needs root")
	w := &wire{t: t, received: make([]byte, 1<<17), control: make([]byte, 128)}
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
	require.NoError(t, unix.SetsockoptInt(w.in, unix.SOL_PACKET, unix.PACKET_AUXDATA, 1))
	require.NoError(t, w.heads.Attach(w.in))
	require.NoError(t, unix.Bind(w.in, &w.to))
	w.out, w.uncut = outlet(t), outlet(t)
	require.NoError(t, unix.SetsockoptInt(w.uncut, unix.SOL_PACKET, unix.PACKET_VNET_HDR, 1))
	return w
}

// outlet is a socket that frames are sent from.
func outlet(t *testing.T) int {
	t.Helper()
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = unix.Close(fd) })
	return fd
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
	w.send(w.out, frame)
	given, _ := w.receive()
	return given
}

func (w *wire) send(fd int, frame []byte) {
	w.t.Helper()
	w.before = w.counters()
	require.NoError(w.t, unix.Sendto(fd, frame, 0, &w.to), "%d bytes", len(frame))
}

// receive tells of the frame that was sent last how many bytes the socket got, and
// how long it is according to the socket.
func (w *wire) receive() (given, length int) {
	w.t.Helper()
	for tries := 0; ; tries++ {
		n, control, _, _, err := unix.Recvmsg(w.in, w.received, w.control, 0)
		if err == nil {
			require.Equal(w.t, w.counters().Copied-w.before.Copied, uint64(n))
			return n, w.lengthIn(w.control[:control])
		}
		require.ErrorIs(w.t, err, unix.EAGAIN)
		now := w.counters()
		if now.Seen > w.before.Seen && now.Copied == w.before.Copied {
			return 0, 0
		}
		require.Less(w.t, tries, 1000, "the frame does not come")
		time.Sleep(time.Millisecond)
	}
}

// lengthIn reads tp_len of struct tpacket_auxdata (packet(7)).
func (w *wire) lengthIn(control []byte) int {
	w.t.Helper()
	messages, err := unix.ParseSocketControlMessage(control)
	require.NoError(w.t, err)
	require.Len(w.t, messages, 1)
	return int(binary.NativeEndian.Uint32(messages[0].Data[4:]))
}

func (w *wire) counters() bpf.Counters {
	w.t.Helper()
	c, err := w.heads.Counters()
	require.NoError(w.t, err)
	return c
}
