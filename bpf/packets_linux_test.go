//go:build amd64 || arm64

package bpf

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const post = "POST / HTTP/1.1\r\nContent-Length: 960\r\n\r\n"

// tcpPacket is a packet in the middle of a connection, with a head
// and its content.
func tcpPacket(t *testing.T, from, to string, source, destination layers.TCPPort) []byte {
	t.Helper()
	tcp := &layers.TCP{SrcPort: source, DstPort: destination, ACK: true, Seq: 7}
	return frame(t, from, to, tcp, gopacket.Payload(post+body(960)))
}

// inserted is a frame with bytes at offset 12, where VLAN tags stand.
func inserted(frame []byte, tags ...byte) []byte {
	return slices.Insert(slices.Clone(frame), 12, tags...)
}

// Each frame, and how many bytes of it go up: from the Ethernet header on, or
// from the IP header on.
func TestPackets(t *testing.T) {
	v4 := tcpPacket(t, "10.0.0.1", "10.0.0.2", 20000, 80)
	v6 := tcpPacket(t, "2001:db8::1", "2001:db8::2", 20000, 80)
	udpOf := func(port layers.UDPPort, payload string) []byte {
		return frame(t, "10.0.0.1", "10.0.0.2", &layers.UDP{SrcPort: 1000, DstPort: port}, gopacket.Payload(payload))
	}
	udp := func(port layers.UDPPort) []byte { return udpOf(port, body(500)) }
	between := func(source, destination string) string { // an IPv6 packet
		return string(tcpPacket(t, source, destination, 20000, 80)[14:])
	}
	fragment := slices.Clone(v4)
	fragment[14+6] = 0x20
	later := slices.Clone(v4)
	later[14+7] = 100
	ethertype := func(n uint16) []byte {
		other := slices.Clone(v4)
		other[12], other[13] = byte(n>>8), byte(n)
		return other
	}
	protocol := func(n byte) []byte {
		other := slices.Clone(v4)
		other[14+9] = n
		return other
	}
	from := frame(t, "10.0.0.1", "10.0.0.2", &layers.UDP{SrcPort: 3544, DstPort: 1000}, gopacket.Payload(body(500)))
	big := slices.Clone(v6)
	big[14+4], big[14+5] = 0, 0
	cut := slices.Clone(v4)[:14+20+10]
	offset := slices.Clone(v4)
	offset[14+20+12] = 0x10
	extension := slices.Insert(slices.Clone(v6), 14+40, 6, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	extension[14+6] = 60
	extension[14+4], extension[14+5] = byte((len(extension)-54)>>8), byte(len(extension)-54)
	const head4, head6 = 14 + 40 + len(post), 14 + 60 + len(post)

	h := load(t, Options{})
	for _, c := range []struct {
		name    string
		options Options
		frame   []byte
		want    int
	}{
		{"IPv4", Options{}, v4, head4},
		{"IPv6", Options{}, v6, head6},
		{"IPv6 with destination options", Options{}, extension, head6 + 16},
		{"padding is not content", Options{}, append(slices.Clone(v4), make([]byte, 30)...), head4},
		{"a length of 0 is one too large for its field", Options{}, big, head6},
		{"VLAN", Options{}, inserted(v4, 0x81, 0, 0, 5), head4 + 4},
		{"VLAN of priority 2", Options{}, inserted(v6, 0x81, 0, 0x40, 5), head6 + 4},
		{"VLAN in VLAN", Options{}, inserted(v4, 0x88, 0xa8, 0, 9, 0x81, 0, 0x60, 5), head4 + 8},
		{"a port asked for", Options{Ports: []uint16{443, 80}}, v4, head4},
		{"a port asked for, of the client", Options{Ports: []uint16{20000}}, v4, head4},
		{"another port", Options{Ports: []uint16{81, 16, 144}}, v4, 0},
		{"another port, headers", Options{Ports: []uint16{8080}, OthersHeaders: true}, v4, 96},
		{"an address asked for", Options{Networks: prefixes("192.0.2.0/24", "10.0.0.2/32")}, v4, head4},
		{"an address of a network asked for", Options{Networks: prefixes("2001:db8::/32")}, v6, head6},
		{"another address", Options{Networks: prefixes("10.0.0.3/32", "10.0.1.0/24", "2001:db8::/32")}, v4, 0},
		{"everything of IPv6", Options{Networks: prefixes("::/0")}, v4, head4},
		{"everything of IPv4", Options{Networks: prefixes("0.0.0.0/0")}, v6, 0},
		{"the first fragment", Options{}, fragment, len(fragment)},
		{"a later fragment", Options{}, later, len(later)},
		{"ARP", Options{}, ethertype(0x0806), 0},
		{"MPLS", Options{}, ethertype(0x8847), len(v4)},
		{"PPPoE", Options{}, ethertype(0x8864), len(v4)},
		{"PPPoE's discovery", Options{}, ethertype(0x8863), 0},
		{"the length of a frame", Options{}, ethertype(1000), len(v4)},
		{"more tags than are read", Options{}, inserted(v4, 0x88, 0xa8, 0, 9, 0x81, 0, 0, 5, 0x81, 0, 0, 6, 0x81, 0, 0, 7), len(v4) + 16},
		{"IPv6 that is called IPv4", Options{}, slices.Concat(v6[:12], []byte{8, 0}, v6[14:]), len(v6)},
		{"VLAN, as it was once", Options{}, inserted(v4, 0x91, 0, 0, 5), head4 + 4},
		{"GRE", Options{}, protocol(47), len(v4)},
		{"the authentication header", Options{}, protocol(51), len(v4)},
		{"IPComp", Options{}, protocol(108), len(v4)},
		{"L2TP version 3", Options{}, protocol(115), len(v4)},
		{"ICMP", Options{}, protocol(1), 0},
		{"UDP", Options{}, udp(53), 0},
		{"UDP, headers", Options{OthersHeaders: true}, udp(53), 96},
		{"VXLAN", Options{}, udp(4789), 14 + 28 + 500},
		{"GTP", Options{}, udp(2152), 14 + 28 + 500},
		{"GRE in UDP", Options{}, udp(4754), 14 + 28 + 500},
		{"LISP", Options{}, udp(4341), 14 + 28 + 500},
		{"CAPWAP", Options{}, udp(5247), 14 + 28 + 500},
		{"CAPWAP's control", Options{}, udp(5246), 0},
		{"Teredo's server", Options{}, udp(3544), 14 + 28 + 500},
		{"from a Teredo client", Options{}, udpOf(5555, between("2001::1", "2a00::2")), 14 + 28 + len(v6) - 14},
		{"to a Teredo client", Options{}, udpOf(5555, between("2a00::2", "2001::1")), 14 + 28 + len(v6) - 14},
		{"IPv6 in UDP otherwise", Options{}, udpOf(5555, between("2001:db8::1", "2a00::2")), 0},
		{"the beginning of an address in UDP", Options{}, udpOf(5555, "`"+body(7)+" \x01\x00\x00"), 0},
		{"a tunnel's port, at the other end", Options{}, from, 14 + 28 + 500},
		{"captured short", Options{}, cut, len(cut)},
		{"a TCP header too short", Options{}, offset, len(offset)},
	} {
		t.Run(c.name, func(t *testing.T) {
			require.NoError(t, h.Update(c.options))
			h.Forget(t)
			s := &script{t: t, h: h}
			// Program.Run takes an Ethernet header away: put another in front.
			assert.Equal(t, c.want, s.given(slices.Concat(c.frame[:ethernetHeader], c.frame)))
			if isTagged(c.frame) || c.want == 96 {
				return // without the header there is no tag; 96 is counted from where the packet begins
			}
			c.options.Cooked = true
			require.NoError(t, h.Update(c.options))
			h.Forget(t)
			assert.Equal(t, max(c.want-ethernetHeader, 0), s.given(c.frame))
		})
	}
}

func isTagged(frame []byte) bool {
	return slices.Contains([]uint16{0x8100, 0x88a8, 0x9100}, uint16(frame[12])<<8|uint16(frame[13]))
}

func prefixes(texts ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range texts {
		all = append(all, netip.MustParsePrefix(text))
	}
	return all
}
