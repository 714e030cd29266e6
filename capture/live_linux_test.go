package capture

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	xbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// What is captured on an interface is what tcpdump captures there.
func TestLiveSeesWhatTcpdumpSees(t *testing.T) {
	for _, iface := range []string{"eth0", "lo", AnyInterface} {
		t.Run(iface, func(t *testing.T) {
			client, server := newHosts(t)
			address, from := "10.9.0.2", client
			if iface == "lo" {
				address, from = "127.0.0.1", server
			}
			stop := server.startTcpdump(t, iface)
			l := server.open(t, LiveOptions{Interface: iface})
			body, port := download(t, server, address, from, 200_000)
			theirs, ours := stop(), rest(t, l)

			assertSame(t, body, sentFrom(t, ours, port), "what the server sent")
			assert.Equal(t, onlyTCP(t, theirs), onlyTCP(t, ours))
			for i, p := range ours {
				assert.Equal(t, uint64(i+1), p.Number)
				assert.WithinDuration(t, time.Now(), time.Unix(0, p.Time), time.Minute)
			}
			assert.Equal(t, uint64(len(ours)), l.Stats().Packets)
			assert.Zero(t, l.Stats().Dropped)
			assert.Equal(t, WayNone, l.Way())
		})
	}
}

// On "any", each packet names the interface that it passed.
func TestLiveAnyNamesInterfaces(t *testing.T) {
	client, server := newHosts(t)
	l := server.open(t, LiveOptions{Interface: AnyInterface})
	_, overEth0 := download(t, server, "10.9.0.2", client, 10)
	_, overLo := download(t, server, "127.0.0.1", server, 10)
	names := map[string][]string{}
	for _, p := range rest(t, l) {
		assert.Equal(t, LinkLinuxSLL2, p.Link)
		tcp, _ := tcpOf(t, p)
		name := l.Interfaces()[p.Interface].Name
		if tcp != nil && len(tcp.Payload) > 0 {
			names[name] = append(names[name], tcp.SrcPort.String())
		}
	}
	assert.Equal(t, map[string][]string{
		"eth0": {layers.TCPPort(overEth0).String()},
		"lo":   {layers.TCPPort(overLo).String()}, // once: a loopback shows each packet twice
	}, names)
	assert.Equal(t, AnyInterface, l.Interfaces()[0].Name)
}

// The kernel takes VLAN tags out of packets that it receives; they are put back.
func TestLiveRestoresVLANTags(t *testing.T) {
	client, server := newHosts(t)
	stop := server.startTcpdump(t, "eth0")
	raw := server.open(t, LiveOptions{Interface: "eth0", Filter: compile(t, "EN10MB", "tcp")})
	cooked := server.open(t, LiveOptions{Interface: AnyInterface, Filter: compile(t, "LINUX_SLL2", "tcp")})
	frames := []string{
		taggedFrame(t, layers.EthernetTypeDot1Q, 42),
		taggedFrame(t, layers.EthernetTypeQinQ, 4094),
		taggedFrame(t, layers.EthernetTypeDot1Q, 0),
	}
	for _, frame := range frames {
		client.inject(t, "eth0", []byte(frame))
	}
	theirs := onlyTCP(t, stop())
	ours := rest(t, raw)
	assert.Equal(t, frames, onlyTCP(t, ours))
	assert.Equal(t, theirs, onlyTCP(t, ours))
	assert.Equal(t, len(frames[0]), ours[0].Length)
	for i, p := range rest(t, cooked) {
		assert.Equal(t, frames[i][2*6:2*6+2], p.Data[:2], "protocol")
		assert.Equal(t, frames[i][2*6+2:], p.Data[sll2Len:], "the tag, and what follows it")
		assert.Len(t, p.Data, p.Length)
	}
}

// taggedFrame is a TCP segment with a VLAN tag.
func taggedFrame(t *testing.T, protocol layers.EthernetType, id uint16) string {
	buffer := gopacket.NewSerializeBuffer()
	network := layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IPv4(10, 9, 0, 1), DstIP: net.IPv4(10, 9, 0, 2)}
	segment := layers.TCP{SrcPort: 1, DstPort: 2, PSH: true}
	require.NoError(t, segment.SetNetworkLayerForChecksum(&network))
	require.NoError(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: protocol},
		&layers.Dot1Q{Priority: 5, VLANIdentifier: id, Type: layers.EthernetTypeIPv4},
		&network, &segment, gopacket.Payload("tagged")))
	return string(buffer.Bytes())
}

// Segments that the kernel has put together, or has not yet cut, are longer
// than the MTU and are captured whole.
func TestLiveKeepsSuperSegments(t *testing.T) {
	client, server := newHosts(t)
	l := server.open(t, LiveOptions{Interface: "eth0"})
	body, port := download(t, server, "10.9.0.2", client, 4<<20)
	packets := rest(t, l)
	longest := 0
	for _, p := range packets {
		longest = max(longest, len(p.Data))
		assert.Len(t, p.Data, p.Length)
	}
	assert.Greater(t, longest, 32<<10)
	assertSame(t, body, sentFrom(t, packets, port))
	assert.Zero(t, l.Stats().Truncated)
}

func TestLiveSnapLen(t *testing.T) {
	for _, iface := range []string{"lo", AnyInterface} {
		t.Run(iface, func(t *testing.T) {
			h := newHost(t)
			l := h.open(t, LiveOptions{Interface: iface, SnapLen: 100})
			h.datagrams(t, 1, 1000)
			headers := map[string]int{"lo": 14 + 20 + 8, AnyInterface: 20 + 20 + 8}[iface]
			p := rest(t, l)[0]
			assert.Len(t, p.Data, 100)
			assert.Equal(t, headers+1000, p.Length)
			assert.Equal(t, 100, l.Interfaces()[0].SnapLen)
			assert.NotZero(t, l.Stats().Truncated)
		})
	}
}

// A filter that tcpdump has compiled chooses the same on every interface, as
// classic BPF and where the kernel can't run it.
func TestLiveFilter(t *testing.T) {
	for iface, linkType := range map[string]string{"lo": "EN10MB", AnyInterface: "LINUX_SLL2"} {
		t.Run(iface, func(t *testing.T) {
			h := newHost(t)
			program := compile(t, linkType, "udp and dst port 9 and greater 200")
			l := h.open(t, LiveOptions{Interface: iface, Filter: program})
			download(t, h, "127.0.0.1", h, 1000)
			h.datagrams(t, 1, 100)
			h.datagrams(t, 1, 500)
			packets := rest(t, l)
			require.Len(t, packets, 1)
			assert.Greater(t, packets[0].Length, 500)
			assert.Equal(t, WayClassic, l.Way())
		})
	}
	t.Run("not by the kernel", func(t *testing.T) {
		h := newHost(t)
		// A field of the cooked header that the kernel has not at hand: the address's length.
		program, err := xbpf.Assemble([]xbpf.Instruction{
			xbpf.LoadAbsolute{Off: 11, Size: 1},
			xbpf.JumpIf{Cond: xbpf.JumpEqual, Val: 6, SkipFalse: 3},
			xbpf.LoadAbsolute{Off: 20 + 9, Size: 1}, // IPv4 protocol
			xbpf.JumpIf{Cond: xbpf.JumpEqual, Val: unix.IPPROTO_UDP, SkipFalse: 1},
			xbpf.RetConstant{Val: 65535},
			xbpf.RetConstant{Val: 0},
		})
		require.NoError(t, err)
		l := h.open(t, LiveOptions{Interface: AnyInterface, Filter: program})
		download(t, h, "127.0.0.1", h, 1000)
		h.datagrams(t, 1, 500)
		assert.Len(t, rest(t, l), 1)
		assert.Equal(t, WayNone, l.Way())
	})
}

// compile asks tcpdump for a filter's program.
func compile(t *testing.T, linkType, expression string) []xbpf.RawInstruction {
	t.Helper()
	out, err := exec.Command("tcpdump", "-ddd", "-y", linkType, expression).Output()
	require.NoError(t, err, "needs tcpdump")
	var program []xbpf.RawInstruction
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n")[1:] {
		var in xbpf.RawInstruction
		_, err := fmt.Sscan(line, &in.Op, &in.Jt, &in.Jf, &in.K)
		require.NoError(t, err)
		program = append(program, in)
	}
	return program
}

// Nobody reads, the ring is small: what the kernel dropped and what is given
// are together what was sent.
func TestLiveCountsDrops(t *testing.T) {
	const sent = 2000
	h := newHost(t)
	program := compile(t, "EN10MB", "udp and dst port 9")
	l := h.open(t, LiveOptions{Interface: "lo", RingBytes: 1, Filter: program})
	h.datagrams(t, sent, 1400)
	dropped := l.Stats().Dropped
	assert.NotZero(t, dropped)
	assert.Equal(t, dropped, l.Stats().Dropped, "asking twice counts nothing twice")
	packets := rest(t, l)
	stats := l.Stats()
	assert.Equal(t, uint64(sent), stats.Packets+stats.Dropped)
	assert.Equal(t, uint64(len(packets)), stats.Packets)
	require.NoError(t, l.Close())
	assert.Equal(t, stats, l.Stats())
}

// Close wakes a Next that waits, and what it gave stays readable.
func TestLiveCloseWakes(t *testing.T) {
	h := newHost(t)
	l := h.open(t, LiveOptions{Interface: "lo"})
	h.datagrams(t, 1, 100)
	var p Packet
	require.NoError(t, l.Next(&p))
	ended := make(chan error)
	go func() {
		var err error
		for p := (Packet{}); err == nil; {
			err = l.Next(&p)
		}
		ended <- err
	}()
	time.Sleep(3 * ringDelay) // it waits now; if it does not yet, the test holds all the same
	require.NoError(t, l.Close())
	assert.ErrorIs(t, <-ended, os.ErrClosed)
	assert.ErrorIs(t, l.Next(&p), os.ErrClosed)
	assert.NoError(t, l.Close(), "twice")
}

// The memory of a packet outlives Close until the next call of Next.
func TestLivePacketOutlivesClose(t *testing.T) {
	h := newHost(t)
	l := h.open(t, LiveOptions{Interface: "lo"})
	h.datagrams(t, 1, 100)
	var p Packet
	require.NoError(t, l.Next(&p))
	before := string(p.Data)
	require.NoError(t, l.Close())
	h.datagrams(t, 100, 100)
	assert.Equal(t, before, string(p.Data))
}

// Whoever stops gets all that was captured before.
func TestLiveStop(t *testing.T) {
	h := newHost(t)
	l := h.open(t, LiveOptions{Interface: "lo", Filter: compile(t, "EN10MB", "udp and dst port 9")})
	h.datagrams(t, 3, 100)
	l.Stop()
	h.datagrams(t, 5, 100)
	assert.Len(t, readAll(t, l), 3)
	assert.ErrorIs(t, l.Next(new(Packet)), io.EOF)
}

// An interface that goes down is waited for; one that is removed is told, after
// its last packets, and others go on.
func TestLiveInterfaceRemoved(t *testing.T) {
	client, server := newHosts(t)
	server.ip(t, "link", "add", "gone0", "type", "veth", "peer", "name", "peer0")
	server.ip(t, "link", "set", "peer0", "up")
	server.ip(t, "link", "set", "gone0", "up")
	l := server.open(t, LiveOptions{Interface: "gone0"})
	other := server.open(t, LiveOptions{Interface: "eth0"})

	ended := make(chan error)
	go func() {
		var err error
		for p := (Packet{}); err == nil; {
			err = l.Next(&p)
		}
		ended <- err
	}()
	server.ip(t, "link", "set", "gone0", "down")
	select {
	case err := <-ended:
		t.Fatal("ended by an interface that was down", err)
	case <-time.After(3 * downTime):
	}
	server.ip(t, "link", "set", "gone0", "up")
	server.ip(t, "link", "del", "gone0")
	err := <-ended
	assert.ErrorIs(t, err, unix.ENETDOWN)
	assert.ErrorContains(t, err, "capture on gone0: the interface was removed")
	assert.Equal(t, err, l.Next(new(Packet)), "it stays so")

	body, port := download(t, server, "10.9.0.2", client, 1000)
	assertSame(t, body, sentFrom(t, rest(t, other), port))
}

// What passes once an interface is up again is captured, and the wait for it
// can be ended.
func TestLiveInterfaceDownAndUp(t *testing.T) {
	server := newHost(t)
	server.ip(t, "link", "add", "back0", "type", "veth", "peer", "name", "peer0")
	server.ip(t, "link", "set", "peer0", "up")
	server.ip(t, "link", "set", "back0", "up")
	l := server.open(t, LiveOptions{Interface: "back0", Idle: 10 * time.Millisecond})
	seen := func() (packets int) {
		for p := (Packet{}); ; packets++ {
			if err := l.Next(&p); err != nil {
				require.ErrorIs(t, err, ErrIdle)
				return packets
			}
		}
	}
	server.ip(t, "link", "set", "back0", "down")
	for range 5 {
		seen() // the error of the socket, and silence after it
	}
	server.ip(t, "link", "set", "back0", "up")
	require.Eventually(t, func() bool {
		server.inject(t, "back0", make([]byte, 60))
		return seen() > 0
	}, 10*time.Second, time.Millisecond)

	server.ip(t, "link", "set", "back0", "down")
	time.AfterFunc(3*downTime, l.Stop)
	var err error
	for p := (Packet{}); err == nil || errors.Is(err, ErrIdle); {
		err = l.Next(&p)
	}
	assert.ErrorIs(t, err, io.EOF)
}

// Two sources of a fanout group share the connections, each of which goes to
// one of them whole.
func TestLiveFanout(t *testing.T) {
	client, server := newHosts(t)
	group := uint16(os.Getpid()) | 1
	a := server.open(t, LiveOptions{Interface: "eth0", Fanout: group})
	b := server.open(t, LiveOptions{Interface: "eth0", Fanout: group})
	for range 16 {
		download(t, server, "10.9.0.2", client, 10)
	}
	connections := map[int]string{}
	for name, l := range map[string]*Live{"a": a, "b": b} {
		for _, p := range rest(t, l) {
			if tcp, _ := tcpOf(t, p); tcp != nil {
				key := int(tcp.SrcPort)<<16 | int(tcp.DstPort)
				if tcp.DstPort < tcp.SrcPort {
					key = int(tcp.DstPort)<<16 | int(tcp.SrcPort)
				}
				assert.Contains(t, []string{"", name}, connections[key], "both saw one connection")
				connections[key] = name
			}
		}
	}
	assert.Len(t, connections, 16)
	assert.NotZero(t, a.Stats().Packets*b.Stats().Packets, "each had some")
}
