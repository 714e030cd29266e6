package tcp

import (
	"bytes"
	"compress/flate"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// linkCase is a packet with headers that are met less often. In gopacket's
// cases gopacket must find the same segment.
type linkCase struct {
	name     string
	link     capture.LinkType
	gopacket bool
	packet   parts
	change   func(b []byte) // of the packet's bytes; may be nil
}

var snapIPv4 = raw(0xaa, 0xaa, 3, 0, 0, 0, 8, 0)

// wifi is an 802.11 header with three addresses: the first byte says type and
// subtype, the second one the flags.
func wifi(kind, flags byte) gopacket.Payload {
	return append(raw(kind, flags), make([]byte, 22)...)
}

// zeros is n bytes that say nothing.
func zeros(n int) gopacket.Payload { return make([]byte, n) }

// ppiForEver is n headers, each of which says that another one follows.
func ppiForEver(n int) gopacket.Payload {
	return bytes.Repeat(raw(0, 0, 8, 0, 192, 0, 0, 0), n)
}

func linkCases() []linkCase {
	return slices.Concat(wireCases(), serialCases(), wifiCases(), wrappedCases(), tagCases(), tunnelCases())
}

func wireCases() []linkCase {
	return []linkCase{
		{name: "FDDI", link: capture.LinkFDDI, packet: parts{raw(0x50), zeros(12), snapIPv4}},
		{name: "token ring", link: capture.LinkTokenRing, packet: parts{raw(0x10, 0x40), zeros(12), snapIPv4}},
		{name: "token ring with a route", link: capture.LinkTokenRing, packet: parts{raw(0x10, 0x40), zeros(6), raw(0x80), zeros(5), raw(4, 0, 1, 2), snapIPv4}},
		{name: "ATM", link: capture.LinkATM, packet: parts{snapIPv4}},
		{name: "ATM with bridged Ethernet", link: capture.LinkATM, packet: parts{raw(0xaa, 0xaa, 3, 0, 0x80, 0xc2, 0, 7, 0, 0), eth(0x800)}},
		{name: "ATM by the number that systems have", link: capture.LinkATMOld, packet: parts{snapIPv4}},
		{name: "classical IP over ATM", link: capture.LinkCLIP, packet: parts{}},
		{name: "classical IP over ATM of Linux", link: capture.LinkCLIPLinux, packet: parts{}},
		{name: "ATM of Solaris", link: capture.LinkSunATM, packet: parts{raw(2, 0, 0, 5), snapIPv4}},
		{name: "Fibre Channel", link: capture.LinkIPOverFC, packet: parts{zeros(16), snapIPv4}},
		{name: "FireWire", link: capture.LinkFireWire, packet: parts{zeros(16), raw(8, 0)}},
		{name: "InfiniBand", link: capture.LinkIPoIB, packet: parts{zeros(40), raw(8, 0, 0, 0)}},
		{name: "ARCNET by RFC 1051", link: capture.LinkARCNET, packet: parts{raw(1, 2, 240)}},
		{name: "ARCNET by RFC 1201", link: capture.LinkARCNET, packet: parts{raw(1, 2, 212, 0, 0, 1)}},
		{name: "ARCNET with an exception", link: capture.LinkARCNET, packet: parts{raw(1, 2, 212, 0xff, 0xff, 0xff, 0, 0, 0, 1)}},
		{name: "ARCNET of Linux by RFC 1051", link: capture.LinkARCNETLinux, packet: parts{raw(1, 2, 0, 0, 240)}},
		{name: "ARCNET of Linux by RFC 1201", link: capture.LinkARCNETLinux, packet: parts{raw(1, 2, 0, 0, 212, 0, 0, 1)}},
		{name: "Ethernet with a preamble", link: capture.LinkMPacket, packet: parts{zeros(8), eth(0x800)}},
		{name: "Ethernet of netANALYZER", link: capture.LinkNetAnalyzer, packet: parts{zeros(4), eth(0x800)}},
		{name: "Ethernet in ERF", link: capture.LinkERF, packet: parts{zeros(8), raw(2, 0, 0, 0, 0, 0, 0, 0), raw(0, 0), eth(0x800)}},
		{name: "Ethernet in ERF with two extensions", link: capture.LinkERF,
			packet: parts{zeros(8), raw(0x82, 0, 0, 0, 0, 0, 0, 0), raw(0x80), zeros(7), zeros(8), raw(0, 0), eth(0x800)}},
		{name: "IP in ERF", link: capture.LinkERF, packet: parts{zeros(8), raw(22, 0, 0, 0, 0, 0, 0, 0)}},
		{name: "HDLC in ERF", link: capture.LinkERF, packet: parts{zeros(8), raw(1, 0, 0, 0, 0, 0, 0, 0), raw(0x0f, 0, 8, 0)}},
		{name: "a Broadcom tag", link: capture.LinkBroadcom, packet: parts{zeros(16), raw(8, 0)}},
		{name: "a Broadcom tag in front", link: capture.LinkBroadcomPrepended, packet: parts{zeros(4), eth(0x800)}},
		{name: "a DSA tag", link: capture.LinkDSA, packet: parts{zeros(16), raw(8, 0)}},
		{name: "a DSA tag with an EtherType", link: capture.LinkEDSA, packet: parts{zeros(20), raw(8, 0)}},
		{name: "IP's own service access point", link: capture.LinkEthernet, packet: parts{eth(48), raw(6, 6, 3)}},
		{name: "SNAP of 802.1H", link: capture.LinkEthernet, packet: parts{eth(60), raw(0xaa, 0xaa, 3, 0, 0, 0xf8, 8, 0)}},
	}
}

func serialCases() []linkCase {
	return []linkCase{
		{name: "PPP", link: capture.LinkPPP, gopacket: true, packet: parts{raw(0, 0x21)}},
		{name: "PPP with a short number", link: capture.LinkPPP, gopacket: true, packet: parts{raw(0x21)}},
		{name: "PPP in HDLC-like framing", link: capture.LinkPPPHDLC, packet: parts{raw(0xff, 3, 0, 0x21)}},
		{name: "PPP with MPLS", link: capture.LinkPPP, packet: parts{raw(0xff, 3, 2, 0x81, 0, 1, 1, 64)}},
		{name: "PPP with TCP that will be compressed", link: capture.LinkPPP, packet: parts{raw(0xff, 3, 0, 0x2f)}, change: func(b []byte) { b[4+9] = 3 }},
		{name: "multilink PPP, in one piece", link: capture.LinkPPP, packet: parts{raw(0xff, 3, 0, 0x3d, 0xc0, 0, 0, 1, 0, 0x21)}},
		{name: "PPP of Linux", link: capture.LinkPPPPPPD, packet: parts{raw(1, 3, 0, 0x21)}},
		{name: "PPP with a direction", link: capture.LinkPPPWithDirection, packet: parts{raw(1, 0xff, 3, 0, 0x21)}},
		{name: "PPPoE alone", link: capture.LinkPPPEther, packet: parts{raw(0x11, 0, 0, 7, 0, 0, 0, 0x21)}},
		{name: "Cisco HDLC", link: capture.LinkHDLC, packet: parts{raw(0x0f, 0, 8, 0)}},
		{name: "Cisco HDLC with the number of a network protocol", link: capture.LinkHDLC, packet: parts{raw(0x0f, 0, 0xfe, 0xfe, 3, 0xcc)}},
		{name: "Cisco HDLC with a direction", link: capture.LinkHDLCWithDirection, packet: parts{raw(0, 0x0f, 0, 8, 0)}},
		{name: "PPP on a line for HDLC", link: capture.LinkHDLC, packet: parts{raw(0xff, 3, 0, 0x21)}},
		{name: "frame relay", link: capture.LinkFrameRelay, packet: parts{raw(0x18, 0x41, 3, 0xcc)}},
		{name: "frame relay with padding", link: capture.LinkFrameRelay, packet: parts{raw(0x18, 0x41, 3, 0, 0xcc)}},
		{name: "frame relay with SNAP", link: capture.LinkFrameRelay, packet: parts{raw(0x18, 0x40, 0x41, 3, 0, 0x80, 0, 0, 0, 8, 0)}},
		{name: "frame relay with bridged Ethernet", link: capture.LinkFrameRelay, packet: parts{raw(0x18, 0x41, 3, 0, 0x80, 0, 0x80, 0xc2, 0, 7), eth(0x800)}},
		{name: "frame relay with an EtherType", link: capture.LinkFrameRelay, packet: parts{raw(0x18, 0x41, 8, 0)}},
		{name: "frame relay with a direction", link: capture.LinkFrameRelayWithDirection, packet: parts{raw(0, 0x18, 0x41, 3, 0xcc)}},
		{name: "SLIP", link: capture.LinkSLIP, packet: parts{zeros(16)}},
	}
}

func wifiCases() []linkCase {
	const data, quality, noise = 0x08, 0x88, 0x80
	return []linkCase{
		{name: "Wi-Fi", link: capture.LinkIEEE80211, packet: parts{wifi(data, 1), snapIPv4}},
		{name: "Wi-Fi with four addresses", link: capture.LinkIEEE80211, packet: parts{wifi(data, 3), zeros(6), snapIPv4}},
		{name: "Wi-Fi with a quality of service", link: capture.LinkIEEE80211, packet: parts{wifi(quality, 2), zeros(2), snapIPv4}},
		{name: "Wi-Fi with high throughput", link: capture.LinkIEEE80211, packet: parts{wifi(quality, noise|2), zeros(6), snapIPv4}},
		{name: "Wi-Fi, a frame in one that can hold several", link: capture.LinkIEEE80211, packet: parts{wifi(quality, 2), raw(0x80, 0), zeros(12), raw(0, 57), snapIPv4}},
		{name: "radiotap", link: capture.LinkRadiotap, gopacket: true, packet: parts{raw(0, 0, 8, 0, 0, 0, 0, 0), wifi(data, 1), snapIPv4}},
		{name: "radiotap with time, flags and padding", link: capture.LinkRadiotap,
			packet: parts{raw(0, 0, 18, 0, 3, 0, 0, 0), zeros(8), raw(0x20, 0), wifi(quality, 2), zeros(4), snapIPv4}},
		{name: "radiotap with more words of what is present", link: capture.LinkRadiotap,
			packet: parts{raw(0, 0, 14, 0, 2, 0, 0, 0x80, 0, 0, 0, 0, 0x20, 0), wifi(quality, 2), zeros(4), snapIPv4}},
		{name: "Prism", link: capture.LinkPrism, packet: parts{raw(0x44, 0, 0, 0, 144, 0, 0, 0), zeros(136), wifi(data, 1), snapIPv4}},
		{name: "AVS under Prism's number", link: capture.LinkPrism, packet: parts{raw(0x80, 0x21, 0x10, 1, 0, 0, 0, 64), zeros(56), wifi(data, 1), snapIPv4}},
		{name: "AVS", link: capture.LinkAVS, packet: parts{raw(0x80, 0x21, 0x10, 1, 0, 0, 0, 64), zeros(56), wifi(data, 1), snapIPv4}},
	}
}

func wrappedCases() []linkCase {
	return []linkCase{
		{name: "per-packet information with Wi-Fi", link: capture.LinkPPI, packet: parts{raw(0, 0, 12, 0, 105, 0, 0, 0), zeros(4), wifi(8, 1), snapIPv4}},
		{name: "per-packet information with Ethernet", link: capture.LinkPPI, packet: parts{raw(0, 0, 8, 0, 1, 0, 0, 0), eth(0x800)}},
		{name: "pktap", link: capture.LinkPKTAP, packet: parts{raw(16, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0), zeros(4), eth(0x800)}},
		{name: "pktap with raw IP", link: capture.LinkPKTAPUser, packet: parts{raw(12, 0, 0, 0, 1, 0, 0, 0, 12, 0, 0, 0)}},
		{name: "netfilter log", link: capture.LinkNFLOG, packet: parts{raw(2, 0, 0, 7, 5, 0, 10, 0, 0x41, 0, 0, 0, 53, 0, 9, 0)}},
		{name: "netfilter log of a big-endian host", link: capture.LinkNFLOG, packet: parts{raw(2, 0, 0, 7, 0, 5, 0, 10, 0x41, 0, 0, 0, 0, 53, 0, 9)}},
		{name: "packet filter log", link: capture.LinkPFLOG, packet: parts{raw(61, 2), zeros(62)}},
		{name: "IPsec interface", link: capture.LinkENC, packet: parts{zeros(12)}},
		{name: "IPsec interface, as OpenBSD writes it", link: capture.LinkENCOpen, packet: parts{zeros(12)}},
		{name: "IP observability", link: capture.LinkIPNET, packet: parts{zeros(24)}},
		{name: "SLL with Ethernet", link: capture.LinkLinuxSLL, packet: parts{raw(0, 0, 0, 1, 0, 6), zeros(8), raw(0, 3), eth(0x800)}},
		{name: "SLL with PPP", link: capture.LinkLinuxSLL, packet: parts{raw(0, 0, 2, 0, 0, 0), zeros(8), raw(0, 7), raw(0xff, 3, 0, 0x21)}},
		{name: "SLL with radiotap", link: capture.LinkLinuxSLL,
			packet: parts{raw(0, 0, 3, 0x23, 0, 6), zeros(8), raw(0, 4), raw(0, 0, 8, 0, 0, 0, 0, 0), wifi(8, 1), snapIPv4}},
		{name: "SLL2 with PPP", link: capture.LinkLinuxSLL2, packet: parts{raw(0, 7, 0, 0, 0, 0, 0, 3, 2, 0), zeros(10), raw(0xff, 3, 0, 0x21)}},
		{name: "SLL2 with radiotap", link: capture.LinkLinuxSLL2,
			packet: parts{raw(0, 4, 0, 0, 0, 0, 0, 3, 3, 0x23), zeros(10), raw(0, 0, 8, 0, 0, 0, 0, 0), wifi(8, 1), snapIPv4}},
		{name: "Juniper, Ethernet", link: capture.LinkJuniperEther, packet: parts{raw(0x4d, 0x47, 0x43, 1), eth(0x800)}},
		{name: "Juniper, extended", link: capture.LinkJuniperEther, packet: parts{raw(0x4d, 0x47, 0x43, 0x81, 0, 3, 1, 2, 3), eth(0x800)}},
		{name: "Juniper, without the link's header", link: capture.LinkJuniperEther, packet: parts{raw(0x4d, 0x47, 0x43, 2, 2, 0, 0, 0)}},
		{name: "Juniper, PPP", link: capture.LinkJuniperPPP, packet: parts{raw(0x4d, 0x47, 0x43, 1, 0xff, 3, 0, 0x21)}},
		{name: "Juniper, frame relay", link: capture.LinkJuniperFrameRelay, packet: parts{raw(0x4d, 0x47, 0x43, 1, 0x18, 0x41, 3, 0xcc)}},
		{name: "Juniper, HDLC", link: capture.LinkJuniperHDLC, packet: parts{raw(0x4d, 0x47, 0x43, 1, 0x0f, 0, 8, 0)}},
	}
}

func tagCases() []linkCase {
	ethernet := capture.LinkEthernet
	return []linkCase{
		{name: "PPPoE", link: ethernet, gopacket: true, packet: parts{eth(0x8864), raw(0x11, 0, 0, 7, 0, 51, 0, 0x21)}},
		{name: "PPPoE in QinQ", link: ethernet, gopacket: true, packet: parts{eth(0x8100), dot1q(7, 0x8100), dot1q(8, 0x8864), raw(0x11, 0, 0, 7, 0, 51, 0, 0x21)}},
		{name: "MPLS", link: ethernet, gopacket: true, packet: parts{eth(0x8847), raw(0, 1, 0x01, 64)}},
		{name: "MPLS, three labels", link: ethernet, gopacket: true, packet: parts{eth(0x8847), raw(0, 1, 0, 64, 0, 2, 0, 64, 0, 3, 1, 64)}},
		{name: "MPLS, a pseudowire with a control word", link: ethernet, packet: parts{eth(0x8847), raw(0, 1, 1, 64, 0, 0, 0, 0), eth(0x800)}},
		{name: "MPLS, a pseudowire without", link: ethernet, packet: parts{eth(0x8847), raw(0, 1, 1, 64), eth(0x800)}},
		{name: "provider's backbone", link: ethernet, packet: parts{eth(0x88a8), dot1q(9, 0x88e7), raw(0, 1, 2, 3), eth(0x800)}},
		{name: "E-TAG", link: ethernet, packet: parts{eth(0x893f), raw(0, 1, 2, 3, 4, 5, 8, 0)}},
		{name: "VN-TAG, then VLAN", link: ethernet, packet: parts{eth(0x8926), raw(0, 1, 2, 3, 0x81, 0), dot1q(7, 0x800)}},
		{name: "Cisco MetaData", link: ethernet, packet: parts{eth(0x8909), raw(1, 1, 0, 1, 0, 5, 8, 0)}},
		{name: "LLC in a jumbo frame", link: ethernet, packet: parts{eth(0x8870), raw(0xaa, 0xaa, 3, 0, 0, 0, 8, 0)}},
		{name: "HSR", link: ethernet, packet: parts{eth(0x892f), raw(0, 60, 0, 1, 8, 0)}},
		{name: "FabricPath", link: ethernet, packet: parts{eth(0x8903), raw(0, 0x60), eth(0x800)}},
		{name: "TRILL", link: ethernet, packet: parts{eth(0x22f3), raw(0, 0x40, 0, 1, 0, 2, 9, 9, 9, 9), eth(0x800)}},
		{name: "MACsec that vouches", link: ethernet, packet: parts{eth(0x88e5), raw(0x00, 0, 0, 0, 0, 1, 8, 0)}},
		{name: "MACsec with a channel", link: ethernet, packet: parts{eth(0x88e5), raw(0x20, 0, 0, 0, 0, 1), zeros(8), raw(8, 0)}},
		{name: "service header", link: ethernet, packet: parts{eth(0x894f), raw(0, 2, 2, 1, 0, 0, 1, 255)}},
		{name: "service header with Ethernet", link: ethernet, packet: parts{eth(0x894f), raw(0, 3, 2, 3, 0, 0, 1, 255, 1, 2, 3, 4), eth(0x800)}},
	}
}

func tunnelCases() []linkCase {
	rawIP, udp4 := capture.LinkRaw, ip4(layers.IPProtocolUDP)
	teredo := func(indications ...byte) linkCase {
		return linkCase{link: rawIP, packet: parts{udp4, udpTo(3544), raw(indications...), ip6(4)}}
	}
	named := func(name string, c linkCase) linkCase { c.name = name; return c }
	return []linkCase{
		{name: "GTP", link: rawIP, gopacket: true, packet: parts{udp4, udpTo(2152), raw(0x30, 255, 0, 49, 0, 0, 0, 1)}},
		{name: "GTP, the other way", link: rawIP, packet: parts{udp4, udpFrom(2152), raw(0x30, 255, 0, 49, 0, 0, 0, 1)}},
		{name: "GTP with a sequence number", link: rawIP, packet: parts{udp4, udpTo(2152), raw(0x32, 255, 0, 53, 0, 0, 0, 1, 0, 9, 0, 0)}},
		{name: "GTP on the port of its signalling", link: rawIP, packet: parts{udp4, udpTo(2123), raw(0x30, 255, 0, 49, 0, 0, 0, 1)}},
		{name: "GTP with two extensions", link: rawIP,
			packet: parts{udp4, udpTo(2152), raw(0x34, 255, 0, 61, 0, 0, 0, 1, 0, 9, 0, 0x85, 1, 0x10, 1, 0xc0, 1, 0, 1, 0)}},
		{name: "GTP with Ethernet", link: rawIP, packet: parts{udp4, udpTo(2152), raw(0x30, 255, 0, 63, 0, 0, 0, 1), eth(0x800)}},
		{name: "GTP of old", link: rawIP, packet: parts{udp4, udpTo(3386), raw(0x1e, 255, 0, 49), zeros(16)}},
		named("Teredo", teredo()),
		named("Teredo with an origin", teredo(0, 0, 1, 2, 3, 4, 5, 6)),
		named("Teredo with authentication and origin", teredo(0, 1, 2, 1, 'i', 'd', 'v', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6)),
		{name: "AYIYA", link: rawIP, packet: parts{udp4, udpTo(5072), raw(0x42, 0x52, 1, 4, 0, 0, 0, 0), zeros(16 + 20)}},
		{name: "L2TP", link: rawIP, packet: parts{udp4, udpTo(1701), raw(0, 2, 0, 1, 0, 2, 0xff, 3, 0, 0x21)}},
		{name: "L2TP with all fields", link: rawIP, packet: parts{udp4, udpTo(1701), raw(0x4a, 2, 0, 64, 0, 1, 0, 2, 0, 3, 0, 4, 0, 2, 9, 9, 0xff, 3, 0, 0x21)}},
		{name: "L2TP version 3", link: rawIP, packet: parts{udp4, udpTo(1701), raw(0, 3, 0, 0, 0, 0, 0, 1), eth(0x800)}},
		{name: "L2TP version 3 in IP, with a cookie and a sublayer", link: rawIP, packet: parts{ip4(115), raw(0, 0, 0, 1), zeros(12), eth(0x800)}},
		{name: "L2TP version 3 with PPP", link: rawIP, packet: parts{ip4(115), raw(0, 0, 0, 1), raw(0xff, 3, 0, 0x21)}},
		{name: "L2TP version 3 with HDLC", link: rawIP, packet: parts{ip4(115), raw(0, 0, 0, 1), zeros(4), raw(0x0f, 0, 8, 0)}},
		{name: "CAPWAP with Ethernet", link: rawIP, packet: parts{udp4, udpTo(5247), raw(0, 2<<3, 0x42, 0, 0, 0, 0, 0), eth(0x800)}},
		{name: "CAPWAP with Wi-Fi and the radio's address", link: rawIP,
			packet: parts{udp4, udpTo(5247), raw(0, 4<<3, 0x43, 0x10, 0, 0, 0, 0), zeros(8), wifi(8, 1), snapIPv4}},
		{name: "CAPWAP with swapped bytes", link: rawIP, packet: parts{udp4, udpFrom(5247), raw(0, 2<<3, 0x43, 0, 0, 0, 0, 0), wifi(2, 0x88), zeros(2), snapIPv4}},
		{name: "GRE in UDP", link: rawIP, packet: parts{udp4, udpTo(4754), raw(0, 0, 8, 0)}},
		{name: "LISP", link: rawIP, packet: parts{udp4, udpTo(4341), raw(0x80, 0, 0, 1, 0, 0, 0, 1)}},
		{name: "LISP, the other way", link: rawIP, packet: parts{udp4, udpFrom(4341), raw(0x80, 0, 0, 1, 0, 0, 0, 1)}},
		{name: "VXLAN, the other way", link: rawIP, packet: parts{udp4, udpFrom(4789), raw(8, 0, 0, 0, 0, 0, 1, 0), eth(0x800)}},
		{name: "VXLAN without its flag", link: rawIP, packet: parts{udp4, udpTo(4789), raw(0, 0, 0, 0, 0, 0, 1, 0), eth(0x8100), dot1q(7, 0x800)}},
		{name: "GENEVE, the other way", link: rawIP, packet: parts{udp4, udpFrom(6081), raw(0, 0, 0x65, 0x58, 0, 0, 1, 0), eth(0x800)}},
		{name: "GENEVE with options, the other way", link: rawIP, packet: parts{udp4, udpFrom(6081), raw(1, 0, 8, 0, 0, 0, 1, 0, 1, 2, 3, 0)}},
		{name: "MPLS in UDP", link: rawIP, packet: parts{udp4, udpTo(6635), raw(0, 1, 1, 64)}},
		{name: "MPLS in IP", link: rawIP, gopacket: true, packet: parts{ip4(137), raw(0, 1, 1, 64)}},
		{name: "Ethernet in IP", link: rawIP, gopacket: true, packet: parts{ip4(97), raw(0x30, 0), eth(0x800)}},
		{name: "Ethernet in IPv6 of segment routing", link: rawIP, packet: parts{ip6(143), eth(0x800)}},
		{name: "IPv6 that is called IPv4", link: capture.LinkEthernet, packet: parts{eth(0x800), ip6(4)}},
		{name: "PPTP", link: rawIP, packet: parts{ip4(47), raw(0x20, 1, 0x88, 0x0b, 0, 51, 0, 1, 0xff, 3, 0, 0x21)}},
		{name: "PPTP with numbers", link: rawIP, packet: parts{ip4(47), raw(0x30, 0x81, 0x88, 0x0b, 0, 51, 0, 1, 0, 0, 0, 1, 0, 0, 0, 2, 0x21)}},
		{name: "GRE with PPP", link: rawIP, packet: parts{ip4(47), raw(0, 0, 0x88, 0x0b, 0, 0x21)}},
		{name: "GRE with a route", link: rawIP, packet: parts{ip4(47), raw(0x40, 0, 8, 0, 0, 0, 0, 0, 8, 0, 0, 4, 10, 0, 0, 9, 0, 0, 0, 0)}},
		{name: "WCCP version 1", link: rawIP, packet: parts{ip4(47), raw(0, 0, 0x88, 0x3e)}},
		{name: "WCCP version 2", link: rawIP, packet: parts{ip4(47), raw(0, 0, 0x88, 0x3e, 0, 0, 0, 0)}},
		{name: "GRE of Aruba with Wi-Fi", link: rawIP, packet: parts{ip4(47), raw(0, 0, 0x82, 0), wifi(8, 1), snapIPv4}},
		{name: "GRE of Aruba, a frame in one that can hold several", link: rawIP,
			packet: parts{ip4(47), raw(0, 0, 0x83, 0x50), wifi(0x88, 2), raw(0x80, 0), zeros(12), raw(0, 57), snapIPv4}},
		{name: "TZSP", link: rawIP, packet: parts{udp4, udpTo(37008), raw(1, 0, 0, 1, 0, 0x0a, 1, 9, 1), eth(0x800)}},
		{name: "TZSP with Wi-Fi", link: rawIP, packet: parts{udp4, udpTo(37008), raw(1, 0, 0, 18, 1), wifi(8, 1), snapIPv4}},
	}
}

func TestDecodeRareHeaders(t *testing.T) {
	for _, c := range linkCases() {
		t.Run(c.name, func(t *testing.T) {
			data := build(t, inside(c.packet...)...)
			if c.change != nil {
				c.change(data)
			}
			var d decoder
			var s segment
			kind := d.decode(&capture.Packet{Number: 3, Time: 4, Link: c.link, Length: len(data), Data: data}, &s)
			require.Equal(t, KindTCP, kind, kind.String())
			assert.Equal(t, "10.0.0.1:1000 10.0.0.2:80 7 hello", s.String())
			assert.Equal(t, 5, s.length)
			assert.True(t, c.link.Supported())
			cutEverywhere(t, c.link, data)
			if c.gopacket {
				packet := gopacket.NewPacket(data, layers.LinkType(c.link), gopacket.NoCopy)
				tcp, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
				require.True(t, ok, packet.String())
				assert.Equal(t, "hello", string(tcp.Payload))
			}
		})
	}
}

func TestDecodeIPComp(t *testing.T) {
	var plain, packed bytes.Buffer
	for _, p := range build(t, ip4(6), tcpSYN, hello)[20:] {
		plain.WriteByte(p)
	}
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(plain.Bytes())
	require.NoError(t, err)
	require.NoError(t, w.Close())
	data := build(t, ip4(108), append(raw(6, 0, 0, 2), packed.Bytes()...))
	var d decoder
	var s segment
	for range 2 { // memory is used again
		kind := d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(data), Data: data}, &s)
		require.Equal(t, KindTCP, kind, kind.String())
		assert.Equal(t, "10.0.0.1:1000 10.0.0.2:80 7 hello", s.String())
	}
	for n := range data {
		kind := d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(data), Data: data[:n]}, &s)
		assert.Equal(t, KindCut, kind, "%d bytes captured: %v", n, kind)
	}
}
