//go:build amd64 || arm64

package bpf_test

import (
	"encoding/binary"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/bpf"
	"github.com/hophound/hophound/capture"
)

// inTunnel is what stands between the number that names a tunnel and an IP
// packet: the tunnel's header, then that of a frame if there is one.
type inTunnel struct {
	name   string
	header []byte
}

func inTunnels() []inTunnel {
	frame := slices.Concat(make([]byte, 12), []byte{8, 0})
	with := func(header ...byte) []byte { return slices.Concat(header, frame) }
	zeros := func(n int, header ...byte) []byte { return slices.Concat(header, make([]byte, n)) }
	return []inTunnel{
		{"an IP packet", nil},
		{"Ethernet", frame},
		{"SNAP", []byte{0xaa, 0xaa, 3, 0, 0, 0, 8, 0}},
		{"PPP", []byte{0xff, 3, 0, 0x21}},
		{"VLAN", []byte{0, 5, 8, 0}},
		{"VXLAN", with(8, 0, 0, 0, 0, 0, 1, 0)},
		{"GENEVE", with(0, 0, 0x65, 0x58, 0, 0, 1, 0)},
		{"GRE", []byte{0, 0, 8, 0}},
		{"MPLS", []byte{0, 1, 1, 64}},
		{"LISP", []byte{0x80, 0, 0, 1, 0, 0, 0, 1}},
		{"GTP", []byte{0x30, 255, 0, 200, 0, 0, 0, 1}},
		{"GTP of old", zeros(16, 0x1e, 255, 0, 200)},
		{"AYIYA", zeros(36, 0x42, 0x52, 1, 4, 0, 0, 0, 0)},
		{"L2TP", []byte{0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21}},
		{"L2TP version 3", with(0, 0, 0, 1)},
		{"CAPWAP", with(0, 2<<3, 0x42, 0, 0, 0, 0, 0)},
		{"TZSP", with(1, 0, 0, 1, 1)},
		{"Ethernet in IP", with(0x30, 0)},
		{"the authentication header", zeros(22, 4, 4)},
		{"PPPoE", []byte{0x11, 0, 0, 7, 0, 200, 0, 0x21}},
		{"MACsec", []byte{0, 0, 0, 0, 0, 1, 8, 0}},
		{"a service header", []byte{0, 2, 2, 1, 0, 0, 1, 255}},
		{"a backbone", with(0, 1, 2, 3)},
		{"E-TAG", []byte{0, 1, 2, 3, 4, 5, 8, 0}},
		{"Cisco MetaData", []byte{1, 1, 0, 1, 0, 5, 8, 0}},
		{"VN-TAG", []byte{0, 1, 2, 3, 8, 0}},
		{"FabricPath", with(0, 0x60)},
		{"TRILL", with(0, 0x40, 0, 1, 0, 2, 9, 9, 9, 9)},
	}
}

// Whatever number makes the analysis look into a tunnel, the filter lets that
// tunnel's packets through: of all UDP ports, IP protocols and EtherTypes.
func TestTunnelsGoUp(t *testing.T) {
	w := newWire(t, bpf.Options{Cooked: true})
	inUDP := func(payload []byte) []byte { return ipv4(17, udp(5555, 5555, payload)) }
	in4 := func(payload []byte) []byte { return ipv4(0, payload) }
	in6 := func(payload []byte) []byte { return ipv6(0, payload) }
	alone := func(payload []byte) []byte { return payload }
	for _, of := range []struct {
		name    string
		at      int // where the number stands in a frame
		bytes   int // how long it is
		packet  func(payload []byte) []byte
		tunnels []int // some that must be among them
	}{
		{"UDP to a port", 14 + 20 + 2, 2, inUDP, []int{1701, 2123, 2152, 3386, 4341, 4754, 4789, 4790, 5072, 5247, 6081, 6635, 8472, 37008}},
		{"UDP from a port", 14 + 20, 2, inUDP, []int{1701, 2123, 2152, 3386, 4341, 4789, 5072, 5247, 6081, 6635, 37008}},
		{"IPv4", 14 + 9, 1, in4, []int{4, 47, 51, 97, 115, 137, 143}},
		{"IPv6", 14 + 6, 1, in6, []int{4, 47, 51, 97, 115, 137, 143}},
		{"EtherType", 12, 2, alone, []int{0x22f3, 0x6558, 0x8100, 0x8847, 0x8864, 0x8870, 0x88a8, 0x88e5, 0x88e7, 0x8903, 0x8909, 0x8926, 0x893f, 0x894f}},
	} {
		t.Run(of.name, func(t *testing.T) {
			found := map[int]string{}
			for _, tunnel := range inTunnels() {
				frame := framed(of.packet(slices.Concat(tunnel.header, ipv4(6, segment()))))
				for _, n := range opened(frame, frame[of.at:of.at+of.bytes], 0, 1<<(8*of.bytes)) {
					found[n] = tunnel.name
					number(frame[of.at:of.at+of.bytes], n)
					w.heads.Forget(t)
					const ethernet, tag = 14, 4 // the kernel takes a VLAN tag out
					require.GreaterOrEqual(t, w.give(frame), len(frame)-ethernet-tag, "%#x: %s", n, tunnel.name)
				}
			}
			for _, n := range of.tunnels {
				assert.Contains(t, found, n)
			}
		})
	}
}

// opened gives the numbers, of those from one up to another, with which the
// analysis finds a segment in a frame. They stand in a part of it.
func opened(frame, at []byte, from, to int) []int {
	a := tcp.NewAssembler(&headReader{}, tcp.Limits{})
	for n := from; n < to; n++ {
		number(at, n)
		a.Add(&capture.Packet{Number: 1, Link: capture.LinkEthernet, Length: len(frame), Data: frame})
	}
	switch {
	case a.Stats().Segments == 0:
		return nil
	case to-from == 1:
		return []int{from}
	}
	middle := (from + to) / 2
	return append(opened(frame, at, from, middle), opened(frame, at, middle, to)...)
}

// number writes n into one or two bytes.
func number(at []byte, n int) {
	for i := range at {
		at[i] = byte(n >> (8 * (len(at) - 1 - i)))
	}
}

// segment is one in the middle of a connection.
func segment() []byte { return segmentOf(20000, 80, 7, 9, 0x10, stretch(90)) }

func segmentOf(from, to uint16, sequence, acknowledged uint32, flags byte, payload string) []byte {
	tcp := make([]byte, 20, 20+len(payload))
	binary.BigEndian.PutUint16(tcp, from)
	binary.BigEndian.PutUint16(tcp[2:], to)
	binary.BigEndian.PutUint32(tcp[4:], sequence)
	binary.BigEndian.PutUint32(tcp[8:], acknowledged)
	tcp[12], tcp[13], tcp[14] = 5<<4, flags, 2
	return append(tcp, payload...)
}

func udp(from, to int, payload []byte) []byte {
	header := make([]byte, 8)
	binary.BigEndian.PutUint16(header, uint16(from))
	binary.BigEndian.PutUint16(header[2:], uint16(to))
	binary.BigEndian.PutUint16(header[4:], uint16(len(header)+len(payload)))
	return append(header, payload...)
}

func ipv4(protocol int, payload []byte) []byte {
	header := make([]byte, 20)
	copy(header, []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, byte(protocol), 0, 0, 10, 0, 0, 1, 10, 0, 0, 2})
	binary.BigEndian.PutUint16(header[2:], uint16(len(header)+len(payload)))
	return append(header, payload...)
}

func ipv6(protocol int, payload []byte) []byte {
	header := make([]byte, 40)
	copy(header, []byte{0x60, 0, 0, 0, 0, 0, byte(protocol), 64, 0xfd})
	header[24] = 0xfd
	binary.BigEndian.PutUint16(header[4:], uint16(len(payload)))
	return append(header, payload...)
}
