package main

import (
	"net"
	"os"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/pcapgo"
	"github.com/stretchr/testify/require"
)

// conversation is a TCP connection: what each side sends, the client first,
// then by turns.
type conversation []string

// writeConversations writes a capture of connections to port 80 of 10.0.0.N,
// one after the other.
func writeConversations(t testing.TB, path string, server byte, conversations ...conversation) {
	t.Helper()
	writeConversationsFrom(t, path, server, 0, conversations...)
}

// writeConversationsFrom is writeConversations for connections that begin later.
func writeConversationsFrom(t testing.TB, path string, server byte, later time.Duration, conversations ...conversation) {
	t.Helper()
	file, err := os.Create(path)
	require.NoError(t, err)
	defer file.Close()
	w := pcapgo.NewWriterNanos(file)
	require.NoError(t, w.WriteFileHeader(1<<18, layers.LinkTypeEthernet))
	// A server farther down the chain hears of each request a little later.
	clock := time.Unix(1_700_000_000, 0).Add(later + time.Duration(server)*time.Millisecond)
	for i, c := range conversations {
		talk := talker{t: t, w: w, server: server, port: layers.TCPPort(40000 + i), clock: clock.Add(time.Duration(i) * time.Second)}
		talk.all(c)
	}
}

// talker writes the segments of one connection.
type talker struct {
	t      testing.TB
	w      *pcapgo.Writer
	server byte
	port   layers.TCPPort
	clock  time.Time
	seq    [2]uint32 // of what the client, and the server, sends next
}

func (k *talker) all(c conversation) {
	k.send(0, &layers.TCP{SYN: true}, "")
	k.send(1, &layers.TCP{SYN: true, ACK: true}, "")
	for i, text := range c {
		for len(text) > 0 {
			n := min(len(text), 1400)
			k.send(i%2, &layers.TCP{ACK: true, PSH: true}, text[:n])
			text = text[n:]
		}
	}
	k.send(0, &layers.TCP{ACK: true, FIN: true}, "")
	k.send(1, &layers.TCP{ACK: true, FIN: true}, "")
	k.send(0, &layers.TCP{ACK: true}, "")
}

func (k *talker) send(side int, tcp *layers.TCP, text string) {
	ends := [2]net.IP{{10, 0, 0, k.server - 1}, {10, 0, 0, k.server}}
	ports := [2]layers.TCPPort{k.port, 80}
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: ends[side], DstIP: ends[1-side]}
	tcp.SrcPort, tcp.DstPort, tcp.Window = ports[side], ports[1-side], 65535
	tcp.Seq = k.seq[side]
	if tcp.ACK {
		tcp.Ack = k.seq[1-side]
	}
	require.NoError(k.t, tcp.SetNetworkLayerForChecksum(ip))
	ethernet := &layers.Ethernet{SrcMAC: make(net.HardwareAddr, 6), DstMAC: make(net.HardwareAddr, 6), EthernetType: layers.EthernetTypeIPv4}
	buffer := gopacket.NewSerializeBuffer()
	require.NoError(k.t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true},
		ethernet, ip, tcp, gopacket.Payload(text)))
	k.seq[side] += uint32(len(text))
	if tcp.SYN || tcp.FIN {
		k.seq[side]++
	}
	k.clock = k.clock.Add(100 * time.Microsecond)
	data := buffer.Bytes()
	require.NoError(k.t, k.w.WritePacket(gopacket.CaptureInfo{Timestamp: k.clock, CaptureLength: len(data), Length: len(data)}, data))
}
