package tcp

// EtherTypes (https://www.iana.org/assignments/ieee-802-numbers).
const (
	etherIPv4     = 0x0800
	etherARP      = 0x0806
	etherBridging = 0x6558 // transparent Ethernet bridging, inside GRE and GENEVE
	etherRARP     = 0x8035
	etherVLAN     = 0x8100
	etherIPv6     = 0x86dd
	etherQinQ     = 0x88a8
	etherQinQOld  = 0x9100
	etherQinQOld2 = 0x9200

	// Smaller values of the field are the length of an IEEE 802.3 frame, and
	// in Linux cooked captures the kernel's ETH_P_ numbers for what has no
	// EtherType (linux/if_ether.h).
	etherTypeMin = 0x0600
	etherLLC     = 0x0004 // ETH_P_802_2
)

// ethernet reads an Ethernet header. Addresses are of no interest; the tunnel
// and the IP addresses identify a connection.
func ethernet(c *cursor) layer {
	const header = 14
	if len(c.data) < header {
		return c.short(header)
	}
	t := be16(c.data[12:])
	c.skip(header)
	if t < etherTypeMin {
		return layerLLC
	}
	c.etherType = t
	return layerEtherType
}

// etherType chooses the layer by the EtherType that was read last.
func etherType(c *cursor) layer {
	switch c.etherType {
	case etherIPv4:
		return layerIPv4
	case etherIPv6:
		return layerIPv6
	case etherVLAN, etherQinQ, etherQinQOld, etherQinQOld2:
		return layerVLAN
	case etherBridging:
		return layerEthernet
	case etherARP, etherRARP:
		return c.stop(KindARP)
	case etherLLC:
		return layerLLC
	}
	return rareEtherType(c)
}

// vlan steps over an 802.1Q or 802.1ad tag. Tags are not part of a
// connection's identity: a capture on a bridge or on "any" sees the same
// segment with and without its tag, and routed traffic changes it midway.
func vlan(c *cursor) layer {
	const tag = 4 // priority and VLAN id, then the next EtherType
	if len(c.data) < tag {
		return c.short(tag)
	}
	t := be16(c.data[2:])
	c.skip(tag)
	if t < etherTypeMin {
		return layerLLC
	}
	c.etherType = t
	return layerEtherType
}

// llc reads an IEEE 802.2 header: IP's own service access point, or SNAP.
func llc(c *cursor) layer {
	const header, ip, snapPoint, unnumbered = 3, 0x06, 0xaa, 3
	b := c.data
	switch {
	case len(b) > header && b[0] == ip && b[1] == ip && b[2] == unnumbered:
		c.skip(header)
		return layerIPv4
	case len(b) > header && b[0] == snapPoint && b[1] == snapPoint && b[2] == unnumbered:
		const padding = 2 // so that a bridged frame's IP header is aligned (RFC 2684 §5.2)
		c.skip(header)
		return snap(c, padding)
	}
	return c.stop(KindLLC)
}

// snap reads a SNAP header: an organisation and its protocol, of which those of
// none (RFC 1042) and of IEEE 802.1H are EtherTypes. Bridged frames have an
// organisation of their own; on some links padding stands before them.
func snap(c *cursor, padding int) layer {
	const header, tunnelled, bridged = 5, 0x0000f8, 0x0080c2
	if len(c.data) < header {
		return c.stop(KindLLC)
	}
	organisation, protocol := be32(c.data)>>8, be16(c.data[3:])
	c.skip(header)
	switch {
	case organisation == bridged && (protocol == 1 || protocol == 7): // with and without checksum
		return skipTo(c, padding, layerEthernet)
	case organisation != 0 && organisation != tunnelled || protocol < etherTypeMin:
		return c.stop(KindLLC)
	}
	c.etherType = protocol
	return layerEtherType
}
