package capture

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// The tests of live capture make network namespaces of their own, which needs
// root and iproute2, and have all traffic in them.

// host is a network namespace with a name, as ip-netns(8) makes them.
type host string

var hosts atomic.Int64

func newHost(t testing.TB) host {
	h := host(fmt.Sprintf("hophound-%d-live%d", os.Getpid(), hosts.Add(1)))
	ip(t, "netns", "add", string(h))
	t.Cleanup(func() { ip(t, "netns", "del", string(h)) })
	h.ip(t, "link", "set", "lo", "up")
	return h
}

// newHosts makes two hosts whose eth0 are connected: 10.9.0.1 and 10.9.0.2.
func newHosts(t testing.TB) (client, server host) {
	client, server = newHost(t), newHost(t)
	client.ip(t, "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", string(server))
	for i, h := range []host{client, server} {
		h.ip(t, "address", "add", fmt.Sprintf("10.9.0.%d/24", i+1), "dev", "eth0")
		h.ip(t, "link", "set", "eth0", "up")
	}
	return client, server
}

func ip(t testing.TB, args ...string) {
	t.Helper()
	out, err := exec.Command("ip", args...).CombinedOutput()
	require.NoError(t, err, "ip %s (needs root and iproute2): %s", strings.Join(args, " "), out)
}

func (h host) ip(t testing.TB, args ...string) {
	t.Helper()
	ip(t, append([]string{"-n", string(h)}, args...)...)
}

func (h host) path() string { return "/run/netns/" + string(h) }

// in calls do on a thread in the host's namespace.
func (h host) in(t testing.TB, do func() error) {
	t.Helper()
	require.NoError(t, inNamespace(h.path(), do))
}

// open captures on an interface of the host.
func (h host) open(t testing.TB, o LiveOptions) *Live {
	t.Helper()
	o.Namespace = h.path()
	l, err := OpenLive(o)
	require.NoError(t, err, "needs root")
	t.Cleanup(func() {
		assert.NoError(t, l.Close())
		assert.ErrorIs(t, l.Next(new(Packet)), os.ErrClosed)
	})
	return l
}

// download serves size random bytes at an address of server, and reads them
// from client. It returns them and the server's port.
func download(t testing.TB, server host, address string, client host, size int) (string, int) {
	t.Helper()
	body := make([]byte, size)
	for i := range body {
		body[i] = byte(rand.Uint32())
	}
	var listener net.Listener
	server.in(t, func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(address, "0"))
		return err
	})
	served := make(chan error, 1)
	go func() {
		c, err := listener.Accept()
		if err == nil {
			_, err = c.Write(body)
			err = errors.Join(err, c.Close())
		}
		served <- err
	}()
	var got []byte
	client.in(t, func() error {
		c, err := net.DialTimeout("tcp", listener.Addr().String(), 5*time.Second)
		if err != nil {
			return err
		}
		got, err = io.ReadAll(c)
		return errors.Join(err, c.Close())
	})
	require.NoError(t, <-served)
	require.NoError(t, listener.Close())
	require.Equal(t, sha256.Sum256(body), sha256.Sum256(got))
	return string(body), listener.Addr().(*net.TCPAddr).Port
}

// datagrams sends count datagrams of size bytes to the host's own loopback.
func (h host) datagrams(t testing.TB, count, size int) {
	t.Helper()
	h.in(t, func() error {
		c, err := net.ListenPacket("udp4", "127.0.0.1:0")
		if err != nil {
			return err
		}
		for range count {
			if _, err := c.WriteTo(make([]byte, size), &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 9}); err != nil {
				return err
			}
		}
		return c.Close()
	})
}

// inject sends a frame as it is.
func (h host) inject(t testing.TB, iface string, frame []byte) {
	t.Helper()
	h.in(t, func() error {
		d, err := lookUp(iface)
		if err != nil {
			return err
		}
		fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW, 0)
		if err != nil {
			return err
		}
		err = unix.Sendto(fd, frame, 0, &unix.SockaddrLinklayer{Ifindex: int(d.index)})
		return errors.Join(err, unix.Close(fd))
	})
}

// rest stops the capture and reads what it saw.
func rest(t testing.TB, l *Live) []seen {
	t.Helper()
	l.Stop()
	return readAll(t, l)
}

// tcpOf decodes a packet as far as TCP; nil if it is something else.
func tcpOf(t testing.TB, p seen) (tcp *layers.TCP, vlan *layers.Dot1Q) {
	first, data := gopacket.Decoder(layers.LayerTypeEthernet), []byte(p.Data)
	if p.Link == LinkLinuxSLL2 {
		first = layers.EthernetType(uint16(data[0])<<8 | uint16(data[1]))
		data = data[sll2Len:]
	}
	decoded := gopacket.NewPacket(data, first, gopacket.Default)
	tcp, _ = decoded.Layer(layers.LayerTypeTCP).(*layers.TCP)
	vlan, _ = decoded.Layer(layers.LayerTypeDot1Q).(*layers.Dot1Q)
	return tcp, vlan
}

// sentFrom puts together by sequence numbers what a port sent: of packets that
// were cut, zeros stand for what is missing.
func sentFrom(t testing.TB, packets []seen, port int) string {
	var stream []byte
	var first uint32
	for _, p := range packets {
		tcp, _ := tcpOf(t, p)
		if tcp == nil || int(tcp.SrcPort) != port {
			continue
		}
		if tcp.SYN {
			first = tcp.Seq + 1
		}
		if len(tcp.Payload) == 0 { // one after the FIN stands beyond the end
			continue
		}
		at := int(tcp.Seq - first)
		if missing := at + len(tcp.Payload) - len(stream); missing > 0 {
			stream = append(stream, make([]byte, missing)...)
		}
		copy(stream[at:], tcp.Payload)
	}
	return string(stream)
}

// onlyTCP gives the bytes of those packets that are TCP.
func onlyTCP(t testing.TB, packets []seen) (data []string) {
	for _, p := range packets {
		if tcp, _ := tcpOf(t, p); tcp != nil {
			data = append(data, p.Data)
		}
	}
	return data
}

// startTcpdump captures beside us; the function it gives ends that and returns
// what it saw.
func (h host) startTcpdump(t testing.TB, iface string) (stop func() []seen) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tcpdump.pcap")
	cmd := exec.Command("ip", "netns", "exec", string(h), "tcpdump",
		"-i", iface, "-n", "-U", "--immediate-mode", "-B", "32768", "-Z", "root", "-w", path)
	stderr, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	said := make([]byte, 512)
	n, err := stderr.Read(said)
	require.NoError(t, err)
	for !strings.Contains(string(said[:n]), "listening on") {
		more, err := stderr.Read(said[n:])
		require.NoError(t, err, "%s", said[:n])
		n += more
	}
	return func() []seen {
		time.Sleep(300 * time.Millisecond) // tcpdump forgets what it has not read when it is told to end
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
		_, _ = io.Copy(io.Discard, stderr)
		require.NoError(t, cmd.Wait())
		f, err := Open(path)
		require.NoError(t, err)
		closeAtEnd(t, f)
		return readAll(t, f)
	}
}

// assertSame compares what is too long to be shown.
func assertSame(t testing.TB, want, got string, what ...any) {
	t.Helper()
	assert.Equal(t, len(want), len(got), what...) //nolint:testifylint // Len would show both
	assert.Equal(t, sha256.Sum256([]byte(want)), sha256.Sum256([]byte(got)), what...)
}
