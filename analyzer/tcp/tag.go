package tcp

// More EtherTypes of what stands between an Ethernet header and the packet.
const (
	etherTRILL      = 0x22f3 // RFC 6325
	etherMPLS       = 0x8847
	etherMPLSUp     = 0x8848 // upstream-assigned label
	etherPPPoE      = 0x8864 // session
	etherPPP        = 0x880b // inside GRE: PPTP
	etherWCCP       = 0x883e // inside GRE
	etherJumbo      = 0x8870 // in place of a length that has no room, before LLC
	etherMACsec     = 0x88e5
	etherBackbone   = 0x88e7
	etherFabricPath = 0x8903
	etherCMD        = 0x8909 // Cisco MetaData
	etherVNTag      = 0x8926
	etherHSR        = 0x892f
	etherETag       = 0x893f
	etherNSH        = 0x894f
)

// rareEtherType chooses the layer by an EtherType that is met less often.
func rareEtherType(c *cursor) layer {
	switch c.etherType {
	case etherMPLS, etherMPLSUp:
		return layerMPLS
	case etherPPPoE:
		return layerPPPoE
	case etherPPP:
		return layerPPP
	case etherWCCP:
		return layerWCCP
	case etherMACsec:
		return layerMACsec
	case etherBackbone:
		return layerBackbone
	case etherJumbo:
		return layerLLC
	case etherCMD:
		return layerCMD
	case etherFabricPath:
		return skipTo(c, 2, layerEthernet) // forwarding tag and time to live
	case etherVNTag:
		return layerVNTag
	case etherHSR:
		return layerHSR
	case etherETag:
		return layerETag
	case etherNSH:
		return layerNSH
	case etherTRILL:
		return layerTRILL
	}
	return c.stop(KindEtherType)
}

// skipTo steps over n bytes that say nothing.
func skipTo(c *cursor, n int, next layer) layer {
	if len(c.data) < n {
		return c.short(n)
	}
	c.skip(n)
	return next
}

// tag steps over a tag of n bytes that ends before the next EtherType: an
// 802.1BR E-TAG (IEEE 802.1BR-2012 §7.5), Cisco's VN-TAG, an HSR tag
// (IEC 62439-3 §5.7), Cisco's security group tag.
func tag(c *cursor, n int) layer {
	if len(c.data) < n+2 {
		return c.short(n + 2)
	}
	c.etherType = be16(c.data[n:])
	c.skip(n + 2)
	if c.etherType < etherTypeMin {
		return layerLLC
	}
	return layerEtherType
}

// backbone steps over the service tag of a provider's backbone (IEEE
// 802.1Q-2022 §9.7): the customer's frame follows, with its addresses.
func backbone(c *cursor) layer { return skipTo(c, 4, layerEthernet) }

// macsec steps over a MACsec tag (IEEE 802.1AE-2018 §9.3) if it only vouches
// for the frame; what is behind it is the frame's EtherType. The value at
// the frame's end lies behind what IP says is its length.
func macsec(c *cursor) layer {
	const minimum, encrypted, changed, channel = 6, 0x08, 0x04, 0x20
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	if c.data[0]&(encrypted|changed) != 0 {
		return c.stop(KindEncrypted)
	}
	header := minimum
	if c.data[0]&channel != 0 {
		header += 8
	}
	return tag(c, header)
}

// trill steps over a TRILL header and its options (RFC 6325 §3).
func trill(c *cursor) layer {
	const minimum = 6
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	options := int(be16(c.data)>>6&0x1f) * 4
	return skipTo(c, minimum+options, layerEthernet)
}
