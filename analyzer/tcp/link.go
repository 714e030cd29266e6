package tcp

import "github.com/hophound/hophound/capture"

// firstLayer says which header a packet of the cursor's link type begins with.
// Headers that say nothing are stepped over.
// (https://www.tcpdump.org/linktypes.html)
func firstLayer(c *cursor) layer {
	switch c.link {
	case capture.LinkEthernet:
		return layerEthernet
	case capture.LinkLinuxSLL:
		return layerLinuxSLL
	case capture.LinkLinuxSLL2:
		return layerLinuxSLL2
	case capture.LinkNull:
		return layerNull
	case capture.LinkLoop:
		return layerLoop
	case capture.LinkRaw, capture.LinkRawBSD, capture.LinkRawOpen, capture.LinkCLIP, capture.LinkCLIPLinux,
		capture.LinkIPv4, capture.LinkIPv6: // some writers know one of the two only
		return layerIP
	}
	return rareLink(c)
}

// rareLink is firstLayer for link types that are met less often and have a
// header of their own.
func rareLink(c *cursor) layer {
	switch c.link {
	case capture.LinkPPP, capture.LinkPPPHDLC:
		return layerPPP
	case capture.LinkPPPEther:
		return layerPPPoE
	case capture.LinkHDLC:
		return layerHDLC
	case capture.LinkFrameRelay:
		return layerFrameRelay
	case capture.LinkTokenRing:
		return layerTokenRing
	case capture.LinkFDDI:
		return layerFDDI
	case capture.LinkARCNET:
		return layerARCNET
	case capture.LinkARCNETLinux:
		return layerARCNETLinux
	case capture.LinkIEEE80211:
		return layerIEEE80211
	case capture.LinkPrism, capture.LinkAVS:
		return layerPrism
	case capture.LinkRadiotap:
		return layerRadiotap
	case capture.LinkPPI:
		return layerPPI
	case capture.LinkPKTAP, capture.LinkPKTAPUser:
		return layerPKTAP
	case capture.LinkERF:
		return layerERF
	case capture.LinkNFLOG:
		return layerNFLOG
	case capture.LinkPFLOG:
		return layerPFLOG
	case capture.LinkIPNET:
		return layerIPNET
	case capture.LinkJuniperEther, capture.LinkJuniperPPP, capture.LinkJuniperFrameRelay,
		capture.LinkJuniperHDLC, capture.LinkJuniperPPPoE:
		return layerJuniper
	case capture.LinkATM, capture.LinkATMOld:
		return layerLLC
	}
	return fixedLink(c)
}

// fixedLink is firstLayer for link types whose header has a fixed length and
// says no more than what comes next, or not even that.
func fixedLink(c *cursor) layer {
	var header int
	var next layer
	typeAt := -1 // there is none
	switch c.link {
	case capture.LinkPPPWithDirection:
		header, next = 1, layerPPP // sent or received
	case capture.LinkPPPPPPD:
		header, next = 2, layerPPP // direction in place of the address, control
	case capture.LinkHDLCWithDirection:
		header, next = 1, layerHDLC
	case capture.LinkFrameRelayWithDirection:
		header, next = 1, layerFrameRelay
	case capture.LinkSLIP:
		header, next = 16, layerIP // direction, compressed header
	case capture.LinkIPOverFC:
		header, next = 16, layerLLC // two addresses (RFC 4338)
	case capture.LinkSunATM:
		header, next = 4, layerLLC // kind, virtual path and channel
	case capture.LinkENC, capture.LinkENCOpen:
		header, next = 12, layerIP // family, SPI and flags of OpenBSD's IPsec interface
	case capture.LinkFireWire:
		header, typeAt, next = 18, 16, layerEtherType // two addresses (RFC 2734)
	case capture.LinkIPoIB:
		header, typeAt, next = 44, 40, layerEtherType // global route header, type (RFC 4391 §6)
	case capture.LinkBroadcomPrepended:
		header, next = 4, layerEthernet // the switch's tag
	case capture.LinkBroadcom, capture.LinkDSA:
		header, typeAt, next = 18, 16, layerEtherType // addresses, the switch's tag
	case capture.LinkEDSA:
		header, typeAt, next = 22, 20, layerEtherType
	case capture.LinkMPacket, capture.LinkEPON:
		header, next = 8, layerEthernet // preamble
	case capture.LinkNetAnalyzer:
		header, next = 4, layerEthernet // port and flags
	default:
		return c.stop(KindLinkType)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	if typeAt >= 0 {
		if c.etherType = be16(c.data[typeAt:]); c.etherType < etherTypeMin {
			next = layerLLC
		}
	}
	c.skip(header)
	return next
}
