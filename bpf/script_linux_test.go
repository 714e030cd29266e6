//go:build amd64 || arm64

package bpf

import (
	"net/netip"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/require"
)

// all is what a packet gives that goes up whole.
const all = -1

// load loads the filter for packets that begin with the IP header: that is how
// Program.Run presents them.
func load(t *testing.T, options Options) *Heads {
	t.Helper()
	options.Cooked = true
	h, err := Load(options)
	require.NoError(t, err, "loading needs root")
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return h
}

// script plays the two ends of a connection into the filter.
type script struct {
	t    *testing.T
	h    *Heads
	next [2]uint32
	port uint16 // the client's
	v6   bool
}

type side int

const (
	client side = iota
	server
)

// play begins connection number n.
func play(t *testing.T, h *Heads, n int) *script {
	return &script{t: t, h: h, port: uint16(20000 + n), next: [2]uint32{0xfffffff0, 5000}} // sequence numbers wrap soon
}

// opened begins with the handshake.
func (s *script) opened() *script {
	s.given(s.segment(client, layers.TCP{SYN: true}, nil))
	s.given(s.segment(server, layers.TCP{SYN: true, ACK: true}, nil))
	s.next[client]++
	s.next[server]++
	return s
}

// says sends payload and wants as many bytes of it to go up.
func (s *script) says(from side, payload string, want int) {
	s.t.Helper()
	require.Equal(s.t, wanted(payload, want), s.sent(from, payload), "%.60q", payload)
}

// wanted makes all a number.
func wanted(payload string, want int) int {
	if want == all {
		return len(payload)
	}
	return want
}

// sent sends payload and tells how many bytes of it go up.
func (s *script) sent(from side, payload string) int {
	s.t.Helper()
	n := s.at(from, s.next[from], payload)
	s.next[from] += uint32(len(payload))
	return n
}

// loses sends payload past the filter.
func (s *script) loses(from side, payload string) { s.next[from] += uint32(len(payload)) }

// at sends payload with a sequence number of its own.
func (s *script) at(from side, sequence uint32, payload string) int {
	s.t.Helper()
	frame := s.segment(from, layers.TCP{Seq: sequence, ACK: true, PSH: true}, []byte(payload))
	headers := 40 // of IP and TCP
	if s.v6 {
		headers = 60
	}
	given := s.given(frame)
	require.GreaterOrEqual(s.t, given, headers, "the headers always go up")
	return min(given-headers, len(payload)) // what is short is padded
}

const ethernetHeader = 14

// given runs the filter on a frame; it tells how many bytes behind the Ethernet
// header go up.
func (s *script) given(frame []byte) int {
	s.t.Helper()
	n, err := s.h.objects.Heads.Run(&ebpf.RunOptions{Data: frame})
	require.NoError(s.t, err)
	return int(n)
}

// segment builds a frame. If t has no sequence number it gets the next one.
func (s *script) segment(from side, t layers.TCP, payload []byte) []byte {
	t.Window, t.SrcPort, t.DstPort = 512, layers.TCPPort(s.port), 80
	source, destination := "10.0.0.1", "10.0.0.2"
	if s.v6 {
		source, destination = "2001:db8::1", "2001:db8::2"
	}
	if from == server {
		t.SrcPort, t.DstPort = t.DstPort, t.SrcPort
		source, destination = destination, source
	}
	if t.Seq == 0 {
		t.Seq = s.next[from]
	}
	return frame(s.t, source, destination, &t, gopacket.Payload(payload))
}

// frame builds an Ethernet frame around what IP carries.
func frame(t *testing.T, source, destination string, what ...gopacket.SerializableLayer) []byte {
	t.Helper()
	protocol := layers.IPProtocolTCP
	if _, ok := what[0].(*layers.UDP); ok {
		protocol = layers.IPProtocolUDP
	}
	ethernet := &layers.Ethernet{SrcMAC: make([]byte, 6), DstMAC: []byte{2, 0, 0, 0, 0, 1}, EthernetType: layers.EthernetTypeIPv4}
	from, to := netip.MustParseAddr(source).AsSlice(), netip.MustParseAddr(destination).AsSlice()
	var ip gopacket.SerializableLayer = &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: from, DstIP: to}
	if len(from) == 16 {
		ethernet.EthernetType = layers.EthernetTypeIPv6
		ip = &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: from, DstIP: to}
	}
	return serialized(t, append([]gopacket.SerializableLayer{ethernet, ip}, what...)...)
}

func serialized(t *testing.T, what ...gopacket.SerializableLayer) []byte {
	t.Helper()
	buffer := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(buffer, gopacket.SerializeOptions{FixLengths: true}, what...))
	return buffer.Bytes()
}
