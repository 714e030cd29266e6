//go:build amd64 || arm64

package bpf_test

import (
	"encoding/binary"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/bpf"
)

const (
	tcpHeaders  = 14 + 20 + 20 // Ethernet, IPv4, TCP
	segmentSize = 1460         // what a large packet is cut into

	// An IPv4 packet has 65535 bytes at most; Linux cuts what is longer than
	// 64 KiB with its Ethernet header before anybody captures it.
	mostPayload = 65535 - tcpHeaders

	largeHead = "HTTP/1.1 200 OK\r\n" // and a length
)

// stretch is n bytes of content.
func stretch(n int) string { return strings.Repeat("x", n) }

// A packet may be as long as IP allows: so long are segments that the network card
// or the kernel puts together, or cuts only later. Of each, how many bytes of the
// payload go up.
func TestLargePackets(t *testing.T) {
	withLength := func(n int) string { return fmt.Sprintf("%sContent-Length: %d\r\n\r\n", largeHead, n) }
	chunked := largeHead + "Transfer-Encoding: chunked\r\n\r\n"
	filled := func(s string) string { return s + stretch(mostPayload-len(s)) }
	type packet struct {
		payload string
		want    int
	}
	w := newWire(t, bpf.Options{})
	for _, test := range []struct {
		name    string
		packets []packet // of the server
	}{
		{"content behind its head, and alone", []packet{
			{filled(withLength(300_000)), len(withLength(300_000))}, {stretch(mostPayload), 0}, {stretch(mostPayload), 0},
		}},
		{"heads far behind the beginning", []packet{
			{withLength(60_000) + stretch(60_000) + withLength(2000) + stretch(2000), len(withLength(60_000)) + 60_000 + len(withLength(2000))},
			{withLength(5) + stretch(5), len(withLength(5))},
		}},
		{"a head longer than a segment", []packet{
			{largeHead + "Set-Cookie: " + stretch(60_000) + "\r\nContent-Length: 3000\r\n\r\n" + stretch(3000), len(largeHead) + 12 + 60_000 + 26},
		}},
		{"a head that fills the packet and goes on", []packet{
			{filled(largeHead + "Set-Cookie: "), mostPayload}, {"\r\nContent-Length: 9\r\n\r\n" + stretch(9), 23},
		}},
		{"chunks", []packet{
			{filled(chunked + "20000\r\n"), len(chunked) + 7}, // 131072 bytes
			{stretch(mostPayload), 0},
			{stretch(2*1<<16-2*mostPayload+len(chunked)+7) + "\r\n5\r\nhello\r\n0\r\n\r\n" + withLength(9) + stretch(9),
				2*1<<16 - 2*mostPayload + len(chunked) + 7 + 17 + len(withLength(9))},
		}},
	} {
		for _, offload := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, offloaded %v", test.name, offload), func(t *testing.T) {
				w.heads.Forget(t)
				e := ends{t: t, wire: w}
				e.says(layers.TCP{SrcPort: 20000, DstPort: 80, SYN: true}, "", false)
				e.says(layers.TCP{SrcPort: 80, DstPort: 20000, SYN: true, ACK: true}, "", false)
				next := uint32(1)
				for range 3 {
					const get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"
					given, _ := e.says(layers.TCP{SrcPort: 20000, DstPort: 80, Seq: next, ACK: true}, get, false)
					require.Equal(t, len(get), given)
					next += uint32(len(get))
				}
				next = 1
				for i, p := range test.packets {
					given, length := e.says(layers.TCP{SrcPort: 80, DstPort: 20000, Seq: next, ACK: true}, p.payload, offload)
					assert.Equal(t, p.want, given, "packet %d", i)
					assert.Equal(t, tcpHeaders+len(p.payload), length, "on the wire, packet %d", i)
					next += uint32(len(p.payload))
				}
			})
		}
	}
}

// ends are the two ends of a connection over a wire.
type ends struct {
	t    *testing.T
	wire *wire
}

// says sends a segment; it tells how many bytes of its payload go up, and the
// length that the frame has according to the socket.
func (e ends) says(segment layers.TCP, payload string, offload bool) (given, length int) {
	e.t.Helper()
	ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: layers.IPProtocolTCP, SrcIP: net.IPv4(192, 0, 2, 1), DstIP: net.IPv4(192, 0, 2, 2)}
	if segment.SrcPort == 80 {
		ip.SrcIP, ip.DstIP = ip.DstIP, ip.SrcIP
	}
	segment.Window = 512
	buffer := gopacket.NewSerializeBuffer()
	require.NoError(e.t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true},
		&layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4},
		ip, &segment, gopacket.Payload(payload)))
	frame := buffer.Bytes()
	if offload && len(payload) > segmentSize {
		e.wire.offloaded(frame)
	} else {
		e.wire.send(e.wire.out, frame)
	}
	given, length = e.wire.receive()
	require.GreaterOrEqual(e.t, given, tcpHeaders)
	return given - tcpHeaders, length
}

// offloaded sends a frame that is yet to be cut into segments, as the kernel's TCP
// gives them to network cards (struct virtio_net_hdr, linux/virtio_net.h).
func (w *wire) offloaded(frame []byte) {
	w.t.Helper()
	const needsChecksum, tcp4 = 1, 1
	header := []byte{needsChecksum, tcp4}
	for _, n := range []uint16{tcpHeaders, segmentSize, 14 + 20, 16} { // header length, segment size, where the checksum begins and belongs
		header = binary.NativeEndian.AppendUint16(header, n)
	}
	w.send(w.uncut, append(header, frame...))
}
