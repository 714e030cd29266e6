package tcp

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// The headers that tests build packets of.
var (
	mac    = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	tcpSYN = &layers.TCP{SrcPort: 1000, DstPort: 80, Seq: 7, SYN: true, Window: 512,
		Options: []layers.TCPOption{{OptionType: layers.TCPOptionKindMSS, OptionLength: 4, OptionData: []byte{5, 0xb4}}}}
	hello = gopacket.Payload("hello")
)

func eth(t layers.EthernetType) *layers.Ethernet {
	return &layers.Ethernet{SrcMAC: mac, DstMAC: mac, EthernetType: t}
}

func ip4(p layers.IPProtocol) *layers.IPv4 {
	return &layers.IPv4{Version: 4, TTL: 64, Protocol: p, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
}

func ip6(p layers.IPProtocol) *layers.IPv6 {
	return &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: p,
		SrcIP: net.ParseIP("2001:db8::1"), DstIP: net.ParseIP("2001:db8::2")}
}

func dot1q(id uint16, t layers.EthernetType) *layers.Dot1Q {
	return &layers.Dot1Q{VLANIdentifier: id, Type: t}
}

func udpTo(port layers.UDPPort) *layers.UDP { return &layers.UDP{SrcPort: 5555, DstPort: port} }

func udpFrom(port layers.UDPPort) *layers.UDP { return &layers.UDP{SrcPort: port, DstPort: 5555} }

// raw is a header that is written down byte by byte.
func raw(b ...byte) gopacket.Payload { return b }

// build puts headers in front of each other. Lengths are filled in.
func build(t testing.TB, parts ...gopacket.SerializableLayer) []byte {
	b := gopacket.NewSerializeBuffer()
	require.NoError(t, gopacket.SerializeLayers(b, gopacket.SerializeOptions{FixLengths: true}, parts...))
	return b.Bytes()
}

// inside is what every packet below carries at its heart.
func inside(parts ...gopacket.SerializableLayer) []gopacket.SerializableLayer {
	return append(parts, ip4(layers.IPProtocolTCP), tcpSYN, hello)
}

type parts = []gopacket.SerializableLayer

func TestDecodeFindsTheSegment(t *testing.T) {
	v4, v6 := layers.EthernetTypeIPv4, layers.EthernetTypeIPv6
	udp4, gre4 := ip4(layers.IPProtocolUDP), ip4(layers.IPProtocolGRE)
	for _, c := range []struct {
		name   string
		link   capture.LinkType
		packet parts
		tunnel uint32
	}{
		{name: "Ethernet", link: capture.LinkEthernet, packet: inside(eth(v4))},
		{name: "VLAN", link: capture.LinkEthernet, packet: inside(eth(0x8100), dot1q(7, v4))},
		{name: "QinQ", link: capture.LinkEthernet, packet: inside(eth(0x88a8), dot1q(7, 0x8100), dot1q(8, v4))},
		{name: "old QinQ", link: capture.LinkEthernet, packet: inside(eth(0x9100), dot1q(7, 0x8100), dot1q(8, v4))},
		{name: "SNAP", link: capture.LinkEthernet, packet: inside(eth(64), raw(0xaa, 0xaa, 3, 0, 0, 0, 8, 0))},
		{name: "SLL", link: capture.LinkLinuxSLL,
			packet: inside(raw(0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0))},
		{name: "SLL with VLAN", link: capture.LinkLinuxSLL,
			packet: inside(raw(0, 4, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 0x81, 0), dot1q(7, v4))},
		{name: "SLL2", link: capture.LinkLinuxSLL2,
			packet: inside(raw(8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0))},
		{name: "NULL, little endian", link: capture.LinkNull, packet: inside(raw(2, 0, 0, 0))},
		{name: "NULL, big endian", link: capture.LinkNull, packet: inside(raw(0, 0, 0, 2))},
		{name: "LOOP", link: capture.LinkLoop, packet: inside(raw(0, 0, 0, 2))},
		{name: "raw", link: capture.LinkRaw, packet: inside()},
		{name: "raw of BSD", link: capture.LinkRawBSD, packet: inside()},
		{name: "raw of OpenBSD", link: capture.LinkRawOpen, packet: inside()},
		{name: "raw IPv4", link: capture.LinkIPv4, packet: inside()},
		{name: "raw IPv6 by its link type", link: capture.LinkIPv6, packet: inside()},
		{name: "NULL with the family of IPv6", link: capture.LinkNull, packet: inside(raw(30, 0, 0, 0))},
		{name: "IPv4 in IPv4", link: capture.LinkRaw, packet: inside(ip4(layers.IPProtocolIPv4))},
		{name: "IPv4 in IPv6", link: capture.LinkRaw, packet: inside(ip6(layers.IPProtocolIPv4))},
		{name: "IPv4 behind an authentication header", link: capture.LinkRaw,
			packet: inside(ip4(layers.IPProtocolAH), raw(4, 4, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12))},
		{name: "VXLAN", link: capture.LinkEthernet, tunnel: tunnelVXLAN | 0x123456,
			packet: inside(eth(v4), udp4, udpTo(4789), &layers.VXLAN{ValidIDFlag: true, VNI: 0x123456}, eth(v4))},
		{name: "VXLAN with reserved fields set", link: capture.LinkRaw, tunnel: tunnelVXLAN | 2,
			packet: inside(udp4, udpTo(4789), raw(0xff, 9, 9, 9, 0, 0, 2, 9), eth(v4))},
		{name: "VXLAN on Linux's port", link: capture.LinkRaw, tunnel: tunnelVXLAN | 1,
			packet: inside(udp4, udpTo(8472), &layers.VXLAN{ValidIDFlag: true, VNI: 1}, eth(v4))},
		{name: "VXLAN over IPv6", link: capture.LinkEthernet, tunnel: tunnelVXLAN | 5,
			packet: inside(eth(v6), ip6(layers.IPProtocolUDP), udpTo(4789), &layers.VXLAN{ValidIDFlag: true, VNI: 5}, eth(v4))},
		{name: "VXLAN-GPE, IPv4 inside", link: capture.LinkRaw, tunnel: tunnelVXLAN | 3,
			packet: inside(udp4, udpTo(4790), raw(0x0c, 0, 0, 1, 0, 0, 3, 0))},
		{name: "VXLAN-GPE, Ethernet inside", link: capture.LinkRaw, tunnel: tunnelVXLAN | 3,
			packet: inside(udp4, udpTo(4790), raw(0x0c, 0, 0, 3, 0, 0, 3, 0), eth(v4))},
		{name: "VXLAN-GPE, a service header inside", link: capture.LinkRaw, tunnel: tunnelVXLAN | 3,
			packet: inside(udp4, udpTo(4790), raw(0x0c, 0, 0, 4, 0, 0, 3, 0), raw(0, 2, 2, 3, 0, 0, 1, 255), eth(v4))},
		{name: "GENEVE with options, IP inside", link: capture.LinkRaw, tunnel: tunnelGENEVE | 9,
			packet: inside(udp4, udpTo(6081), raw(3, 0, 8, 0, 0, 0, 9, 0, 1, 8, 1, 2, 1, 2, 3, 4, 5, 6, 7, 8))},
		{name: "GENEVE, Ethernet inside", link: capture.LinkRaw, tunnel: tunnelGENEVE | 9,
			packet: inside(udp4, udpTo(6081), raw(0, 0, 0x65, 0x58, 0, 0, 9, 0), eth(v4))},
		{name: "a mirror through a Gateway Load Balancer: VXLAN in GENEVE", link: capture.LinkEthernet, tunnel: tunnelVXLAN | 77,
			packet: inside(eth(v4), udp4, udpTo(6081), raw(1, 0, 8, 0, 0, 0, 0, 0, 1, 2, 3, 4),
				ip4(layers.IPProtocolUDP), udpTo(4789), &layers.VXLAN{ValidIDFlag: true, VNI: 77}, eth(v4))},
		{name: "GRE", link: capture.LinkRaw, packet: inside(gre4, raw(0, 0, 8, 0))},
		{name: "GRE with checksum, key and sequence number", link: capture.LinkRaw, tunnel: tunnelGRE | 42,
			packet: inside(gre4, raw(0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 1))},
		{name: "GRE with Ethernet", link: capture.LinkRaw, packet: inside(gre4, raw(0, 0, 0x65, 0x58), eth(v4))},
		{name: "ERSPAN type I", link: capture.LinkRaw, packet: inside(gre4, raw(0, 0, 0x88, 0xbe), eth(v4))},
		{name: "ERSPAN type II", link: capture.LinkRaw,
			packet: inside(gre4, raw(0x10, 0, 0x88, 0xbe, 0, 0, 0, 1), raw(0x10, 7, 0, 1, 0, 0, 0, 2), eth(v4))},
		{name: "ERSPAN type III", link: capture.LinkRaw,
			packet: inside(gre4, raw(0x10, 0, 0x22, 0xeb, 0, 0, 0, 1), raw(0x20, 7, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0), eth(v4))},
		{name: "ERSPAN type III with a platform's part", link: capture.LinkRaw,
			packet: inside(gre4, raw(0x10, 0, 0x22, 0xeb, 0, 0, 0, 1), raw(0x20, 7, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1), raw(0, 0, 0, 0, 0, 0, 0, 0), eth(v4))},
		{name: "eight IP headers", link: capture.LinkRaw, packet: inside(nested(7)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := build(t, c.packet...)
			var d decoder
			var s segment
			kind := d.decode(&capture.Packet{Number: 3, Time: 4, Link: c.link, Length: len(data), Data: data}, &s)
			require.Equal(t, KindTCP, kind, kind.String())
			assert.Equal(t, "10.0.0.1:1000 10.0.0.2:80 7 hello", s.String())
			assert.Equal(t, Mark{Packet: 3, Time: 4}, s.Mark)
			assert.Equal(t, uint8(flagSYN), s.flags)
			assert.Equal(t, 5, s.length)
			assert.Equal(t, c.tunnel, s.tunnel)
			cutEverywhere(t, c.link, data)
		})
	}
}

// nested gives n IPv4 headers inside each other.
func nested(n int) parts {
	var p parts
	for range n {
		p = append(p, ip4(layers.IPProtocolIPv4))
	}
	return p
}

// cutEverywhere checks what becomes of a packet of which less was captured: the
// segment with fewer bytes of payload, or KindCut; and of one that was shorter
// on the wire: never a panic.
func cutEverywhere(t *testing.T, link capture.LinkType, data []byte) {
	for n := range data {
		var d decoder
		var s segment
		kind := d.decode(&capture.Packet{Link: link, Length: len(data), Data: data[:n:n]}, &s)
		if kind == KindTCP {
			assert.Equal(t, 5, s.length, "%d bytes captured", n)
			assert.Len(t, s.payload, max(0, 5-(len(data)-n)), "%d bytes captured", n)
		} else if kind != KindLLC { // LLC needs no header of a certain size
			assert.Equal(t, KindCut, kind, "%d bytes captured: %v", n, kind)
		}
		d.decode(&capture.Packet{Link: link, Length: n, Data: data[:n:n]}, &s)
	}
}

func TestDecodeIPv6(t *testing.T) {
	hop := raw(60, 0, 5, 2, 0, 0, 1, 0)                           // router alert, then destination options
	dest := raw(43, 1, 1, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0) // then routing
	routing := raw(51, 2, 4, 0, 0, 0, 0, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9)
	auth := raw(44, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2) // then fragment
	atomic := raw(6, 0, 0, 0, 0, 0, 0, 1)
	for _, c := range []struct {
		name   string
		link   capture.LinkType
		packet parts
	}{
		{"Ethernet", capture.LinkEthernet, parts{eth(layers.EthernetTypeIPv6), ip6(6), tcpSYN, hello}},
		{"raw", capture.LinkRaw, parts{ip6(6), tcpSYN, hello}},
		{"raw IPv6", capture.LinkIPv6, parts{ip6(6), tcpSYN, hello}},
		{"NULL of FreeBSD", capture.LinkNull, parts{raw(28, 0, 0, 0), ip6(6), tcpSYN, hello}},
		{"NULL of macOS", capture.LinkNull, parts{raw(30, 0, 0, 0), ip6(6), tcpSYN, hello}},
		{"LOOP of OpenBSD", capture.LinkLoop, parts{raw(0, 0, 0, 24), ip6(6), tcpSYN, hello}},
		{"NULL with the family of IPv4", capture.LinkNull, parts{raw(2, 0, 0, 0), ip6(6), tcpSYN, hello}},
		{"raw IPv4 by its link type", capture.LinkIPv4, parts{ip6(6), tcpSYN, hello}},
		{"in IPv4", capture.LinkRaw, parts{ip4(41), ip6(6), tcpSYN, hello}},
		{"in IPv6", capture.LinkRaw, parts{ip6(41), ip6(6), tcpSYN, hello}},
		{"in GRE", capture.LinkRaw, parts{ip4(47), raw(0, 0, 0x86, 0xdd), ip6(6), tcpSYN, hello}},
		{"all extension headers", capture.LinkRaw, parts{ip6(0), hop, dest, routing, auth, atomic, tcpSYN, hello}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := build(t, c.packet...)
			var d decoder
			var s segment
			kind := d.decode(&capture.Packet{Link: c.link, Length: len(data), Data: data}, &s)
			require.Equal(t, KindTCP, kind, kind.String())
			assert.Equal(t, "[2001:db8::1]:1000 [2001:db8::2]:80 7 hello", s.String())
			cutEverywhere(t, c.link, data)
		})
	}
}

// String writes a segment for comparison.
func (s *segment) String() string {
	f := flow{key: key{s.src, s.dst, s.srcPort, s.dstPort}}
	c := f.newConn()
	return strings.Join([]string{c.A.String(), c.B.String(), strconv.FormatUint(uint64(s.seq), 10), string(s.payload)}, " ")
}

func TestDecodeLengths(t *testing.T) {
	whole := build(t, inside(eth(layers.EthernetTypeIPv4))...)
	for _, c := range []struct {
		name     string
		change   func(b []byte) []byte
		payload  string
		onWire   int
		original int // 0: as captured
	}{
		{"padding behind the packet is cut", func(b []byte) []byte { return append(b, 0, 0, 0, 0, 0, 0) }, "hello", 5, 0},
		{"total length 0: everything counts", func(b []byte) []byte { b[16], b[17] = 0, 0; return b }, "hello", 5, 0},
		{"total length 0 and cut short", func(b []byte) []byte { b[16], b[17] = 0, 0; return b[:len(b)-2] }, "hel", 70000 - 14 - 20 - 24, 70000},
		{"a mirror that cut the packet before it wrapped it", func(b []byte) []byte { b[17] += 100; return b }, "hello", 105, 0},
		{"no payload captured", func(b []byte) []byte { return b[:len(b)-5] }, "", 5, len(whole)},
		{"TCP options cut", func(b []byte) []byte { return b[:14+20+16] }, "", 5, len(whole)},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := c.change(append([]byte(nil), whole...))
			if c.original == 0 {
				c.original = len(data)
			}
			var d decoder
			var s segment
			kind := d.decode(&capture.Packet{Link: capture.LinkEthernet, Length: c.original, Data: data}, &s)
			require.Equal(t, KindTCP, kind, kind.String())
			assert.Equal(t, c.payload, string(s.payload))
			assert.Equal(t, c.onWire, s.length)
		})
	}
}

func TestDecodePassesOver(t *testing.T) {
	v4 := layers.EthernetTypeIPv4
	arp := &layers.ARP{HwAddressSize: 6, ProtAddressSize: 4, SourceHwAddress: mac, DstHwAddress: mac,
		SourceProtAddress: []byte{10, 0, 0, 1}, DstProtAddress: []byte{10, 0, 0, 2}}
	for _, c := range []struct {
		name   string
		link   capture.LinkType
		packet parts
		kind   Kind
	}{
		{"ARP", capture.LinkEthernet, parts{eth(layers.EthernetTypeARP), arp}, KindARP},
		{"spanning tree", capture.LinkEthernet, parts{eth(38), raw(0x42, 0x42, 3, 0, 0, 0)}, KindLLC},
		{"LLDP", capture.LinkEthernet, parts{eth(0x88cc), raw(0)}, KindEtherType},
		{"DNS", capture.LinkEthernet, parts{eth(v4), ip4(17), udpTo(53), hello}, KindUDP},
		{"something else on VXLAN's port", capture.LinkRaw, parts{ip4(17), udpTo(4789), raw(0, 1, 2, 3, 4, 5, 6, 7)}, KindUDP},
		{"something else than a frame from VXLAN's port", capture.LinkRaw, inside(ip4(17), udpFrom(4789), raw(8, 0, 0, 0, 0, 0, 1, 0), zeros(14)), KindUDP},
		{"a frame from VXLAN's port whose packet is shorter", capture.LinkRaw, parts{ip4(17), udpFrom(4789), raw(8, 0, 0, 0, 0, 0, 1, 0), eth(v4), raw(0x45, 0, 0, 40), zeros(100)}, KindUDP},
		{"something else on VXLAN's port, longer", capture.LinkRaw, inside(ip4(17), udpTo(4789), raw(0, 0, 0, 0, 0, 0, 1, 0)), KindUDP},
		{"something else from GENEVE's port", capture.LinkRaw, parts{ip4(17), udpFrom(6081), raw(0, 0, 8, 0, 0, 0, 1, 0), raw(0x45, 0, 0, 40), zeros(40)}, KindUDP},
		{"something else from LISP's port", capture.LinkRaw, parts{ip4(17), udpFrom(4341), hello}, KindUDP},
		{"MPLS in VXLAN-GPE", capture.LinkRaw, parts{ip4(17), udpTo(4790), raw(0x0c, 0, 0, 5, 0, 0, 3, 0)}, KindUDP},
		{"something else on GENEVE's port", capture.LinkRaw, parts{ip4(17), udpTo(6081), raw(0xc0, 1, 2, 3, 4, 5, 6, 7)}, KindUDP},
		{"ping", capture.LinkRaw, parts{ip4(1), hello}, KindICMP},
		{"ping of IPv6", capture.LinkRaw, parts{ip6(58), hello}, KindICMP},
		{"ESP", capture.LinkRaw, parts{ip4(50), hello}, KindEncrypted},
		{"SCTP", capture.LinkRaw, parts{ip4(132), hello}, KindProtocol},
		{"hop-by-hop options in IPv4", capture.LinkRaw, parts{ip4(0), hello}, KindProtocol},
		{"PPTP's GRE with PPP's own business", capture.LinkRaw, parts{ip4(47), raw(0x20, 1, 0x88, 0xb, 0, 4, 0, 1, 0xc0, 0x21, 1, 1)}, KindProtocol},
		{"GRE with a route that does not end", capture.LinkRaw, parts{ip4(47), raw(0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 9)}, KindMalformed},
		{"GRE of another version", capture.LinkRaw, parts{ip4(47), raw(0, 2, 8, 0)}, KindProtocol},
		{"PPPoE discovery's code in a session", capture.LinkEthernet, parts{eth(0x8864), raw(0x11, 9, 0, 0, 0, 0)}, KindMalformed},
		{"a protected Wi-Fi frame", capture.LinkIEEE80211, parts{wifi(8, 0x41), hello}, KindEncrypted},
		{"a fragment of a Wi-Fi frame", capture.LinkIEEE80211, parts{wifi(8, 0x05), hello}, KindFragment},
		{"a beacon", capture.LinkIEEE80211, parts{wifi(0x80, 0), hello}, KindLLC},
		{"MACsec with encryption", capture.LinkEthernet, parts{eth(0x88e5), raw(0x0c, 0, 0, 0, 0, 1), hello}, KindEncrypted},
		{"GTP's own business", capture.LinkRaw, parts{ip4(17), udpTo(2152), raw(0x32, 1, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0)}, KindUDP},
		{"an extension of GTP without a length", capture.LinkRaw, parts{ip4(17), udpTo(2152), raw(0x34, 255, 0, 8, 0, 0, 0, 1, 0, 0, 0, 0x85, 0, 0, 0, 0)}, KindMalformed},
		{"GTP with something else than IP or Ethernet", capture.LinkRaw, parts{ip4(17), udpTo(2152), raw(0x30, 255, 0, 16, 0, 0, 0, 1), zeros(16)}, KindMalformed},
		{"something else on Teredo's port", capture.LinkRaw, parts{ip4(17), udpTo(3544), raw(0x45, 0)}, KindUDP},
		{"L2TP's own business", capture.LinkRaw, parts{ip4(17), udpTo(1701), raw(0xc8, 2, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0)}, KindUDP},
		{"IPComp in another way than DEFLATE", capture.LinkRaw, parts{ip4(108), raw(6, 0, 0, 3), hello}, KindProtocol},
		{"IPComp that can't be unpacked", capture.LinkRaw, parts{ip4(108), raw(6, 0, 0, 2, 7), hello}, KindMalformed},
		{"a per-packet header that names itself for ever", capture.LinkPPI, parts{ppiForEver(40)}, KindTooDeep},
		{"a per-packet header that names nothing known", capture.LinkPPI, parts{raw(0, 0, 8, 0, 189, 0, 0, 0)}, KindLinkType},
		{"version 5", capture.LinkRaw, parts{raw(0x50, 0)}, KindMalformed},
		{"TCP header too short", capture.LinkRaw, parts{ip4(6), raw(1, 2, 3)}, KindMalformed},
		{"nine IP headers", capture.LinkRaw, inside(nested(8)...), KindTooDeep},
		{"a link type of another kind", 189, parts{hello}, KindLinkType},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := build(t, c.packet...)
			var d decoder
			var s segment
			kind := d.decode(&capture.Packet{Link: c.link, Length: len(data), Data: data}, &s)
			assert.Equal(t, c.kind.String(), kind.String())
		})
	}
}

// vxlanHeaders are the headers in front of a packet mirrored by VXLAN.
func vxlanHeaders(vni uint32) parts {
	return parts{eth(layers.EthernetTypeIPv4), ip4(layers.IPProtocolUDP), udpTo(portVXLAN),
		&layers.VXLAN{ValidIDFlag: true, VNI: vni}, eth(layers.EthernetTypeIPv4)}
}
