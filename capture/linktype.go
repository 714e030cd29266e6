package capture

// LinkType says which header a captured packet begins with. The values are
// those of the LINKTYPE_ registry (https://www.tcpdump.org/linktypes.html),
// which need more than the eight bits that gopacket's layers.LinkType has:
// LINUX_SLL2 is 276.
type LinkType uint16

// The link types whose packets can be read.
const (
	LinkNull      LinkType = 0   // BSD loopback, address family in the byte order of the host
	LinkEthernet  LinkType = 1   // IEEE 802.3
	LinkRawBSD    LinkType = 12  // raw IP as some BSDs write it (DLT_RAW)
	LinkRawOpen   LinkType = 14  // raw IP as OpenBSD writes it (DLT_RAW)
	LinkRaw       LinkType = 101 // raw IPv4 or IPv6
	LinkLoop      LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkLinuxSLL  LinkType = 113 // Linux cooked capture v1 (tcpdump -i any, before 4.99)
	LinkIPv4      LinkType = 228 // raw IPv4
	LinkIPv6      LinkType = 229 // raw IPv6
	LinkLinuxSLL2 LinkType = 276 // Linux cooked capture v2 (tcpdump -i any)

	// Wires and what is on them.
	LinkTokenRing   LinkType = 6   // IEEE 802.5
	LinkARCNET      LinkType = 7   // ARCNET as BSD has it
	LinkFDDI        LinkType = 10  // ISO 9314-2
	LinkATMOld      LinkType = 11  // LLC-encapsulated ATM, as systems number it (DLT_ATM_RFC1483)
	LinkCLIPLinux   LinkType = 19  // classical IP over ATM, as Linux numbers it (DLT_ATM_CLIP)
	LinkATM         LinkType = 100 // LLC-encapsulated ATM (RFC 2684)
	LinkCLIP        LinkType = 106 // classical IP over ATM, nothing before the IP header
	LinkIPOverFC    LinkType = 122 // IP over Fibre Channel
	LinkSunATM      LinkType = 123 // ATM as Solaris has it
	LinkARCNETLinux LinkType = 129 // ARCNET as Linux has it
	LinkFireWire    LinkType = 138 // IP over IEEE 1394, as macOS has it
	LinkIPoIB       LinkType = 242 // IP over InfiniBand
	LinkNetAnalyzer LinkType = 240 // Ethernet behind 4 bytes of netANALYZER's
	LinkEPON        LinkType = 259 // Ethernet with its preamble, of passive optical networks
	LinkMPacket     LinkType = 274 // Ethernet with its preamble (IEEE 802.3br)
	LinkERF         LinkType = 197 // records of Endace's cards

	// Serial lines.
	LinkSLIP                    LinkType = 8
	LinkPPP                     LinkType = 9
	LinkPPPHDLC                 LinkType = 50  // in HDLC-like framing
	LinkPPPEther                LinkType = 51  // PPPoE session, without its Ethernet header
	LinkHDLC                    LinkType = 104 // Cisco's
	LinkFrameRelay              LinkType = 107
	LinkPPPPPPD                 LinkType = 166 // Linux's, its first byte the direction
	LinkPPPWithDirection        LinkType = 204
	LinkHDLCWithDirection       LinkType = 205
	LinkFrameRelayWithDirection LinkType = 206

	// Wi-Fi, without and with what the radio says.
	LinkIEEE80211 LinkType = 105
	LinkPrism     LinkType = 119
	LinkRadiotap  LinkType = 127
	LinkAVS       LinkType = 163

	// Packets in what a system or a program wraps around them.
	LinkENCOpen   LinkType = 13  // OpenBSD's IPsec interface, as OpenBSD writes it (DLT_ENC)
	LinkENC       LinkType = 109 // OpenBSD's IPsec interface
	LinkPFLOG     LinkType = 117 // packet filter log of the BSDs
	LinkPKTAPUser LinkType = 149 // macOS's pktap, by the number it had first (USER2)
	LinkPPI       LinkType = 192 // per-packet information
	LinkIPNET     LinkType = 226 // Solaris's IP observability
	LinkNFLOG     LinkType = 239 // Linux's netfilter log
	LinkPKTAP     LinkType = 258 // macOS's pktap

	// Ethernet with the tag of a switch's chip.
	LinkBroadcom          LinkType = 281
	LinkBroadcomPrepended LinkType = 282
	LinkDSA               LinkType = 284
	LinkEDSA              LinkType = 285

	// What Juniper's routers write.
	LinkJuniperPPPoE      LinkType = 167
	LinkJuniperEther      LinkType = 178
	LinkJuniperPPP        LinkType = 179
	LinkJuniperFrameRelay LinkType = 180
	LinkJuniperHDLC       LinkType = 181
)

// Supported tells whether packets of this link type can be read, that is,
// whether it is one of the constants of this package.
func (l LinkType) Supported() bool {
	switch l {
	case LinkEthernet, LinkNull, LinkRawBSD, LinkRawOpen, LinkRaw, LinkLoop,
		LinkLinuxSLL, LinkIPv4, LinkIPv6, LinkLinuxSLL2,
		LinkTokenRing, LinkARCNET, LinkFDDI, LinkATMOld, LinkCLIPLinux, LinkATM, LinkCLIP, LinkIPOverFC, LinkSunATM, LinkARCNETLinux,
		LinkFireWire, LinkIPoIB, LinkNetAnalyzer, LinkEPON, LinkMPacket, LinkERF,
		LinkSLIP, LinkPPP, LinkPPPHDLC, LinkPPPEther, LinkHDLC, LinkFrameRelay, LinkPPPPPPD,
		LinkPPPWithDirection, LinkHDLCWithDirection, LinkFrameRelayWithDirection,
		LinkIEEE80211, LinkPrism, LinkRadiotap, LinkAVS,
		LinkENCOpen, LinkENC, LinkPFLOG, LinkPKTAPUser, LinkPPI, LinkIPNET, LinkNFLOG, LinkPKTAP,
		LinkBroadcom, LinkBroadcomPrepended, LinkDSA, LinkEDSA,
		LinkJuniperPPPoE, LinkJuniperEther, LinkJuniperPPP, LinkJuniperFrameRelay, LinkJuniperHDLC:
		return true
	}
	return false
}
