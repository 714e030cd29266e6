package tcp

// Protocol numbers (https://www.iana.org/assignments/protocol-numbers).
const (
	protoHopByHop       = 0
	protoICMP           = 1
	protoIPv4           = 4
	protoTCP            = 6
	protoUDP            = 17
	protoIPv6           = 41
	protoRouting        = 43
	protoFragment       = 44
	protoGRE            = 47
	protoESP            = 50
	protoAuthentication = 51
	protoICMPv6         = 58
	protoDestination    = 60
	protoEtherIP        = 97
	protoL2TPv3         = 115
	protoIPComp         = 108
	protoMobility       = 135
	protoMPLS           = 137
	protoEthernet       = 143 // RFC 8986 §10.1
)

// ip tells the version of a raw IP packet by its first four bits.
func ip(c *cursor) layer {
	if len(c.data) == 0 {
		return c.short(1)
	}
	switch c.data[0] >> 4 {
	case 4:
		return layerIPv4
	case 6:
		return layerIPv6
	}
	return c.stop(KindMalformed)
}

// ipv4 reads an IPv4 header (RFC 791). A total length of 0 is what a host
// captures of its own segments above 64 KiB, or of those its card will cut
// (TSO): then everything to the end of the packet counts.
func (d *decoder) ipv4(c *cursor) layer {
	const minimum = 20
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	header, total := int(b[0]&15)*4, int(be16(b[2:]))
	if b[0]>>4 == 6 {
		return layerIPv6 // some writers, and some that encapsulate, name IPv4 for both
	}
	if b[0]>>4 != 4 || header < minimum || total != 0 && total < header {
		return c.stop(KindMalformed)
	}
	if c.depth++; c.depth > maxDepth {
		return c.stop(KindTooDeep)
	}
	if total != 0 {
		c.limit(total)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	c.src, c.dst = ipv4Address(b[12:16]), ipv4Address(b[16:20])
	c.ipv6 = false
	c.protocol = b[9]
	c.skip(header)
	const moreAndOffset = 0x3fff
	if f := be16(b[6:]); f&moreAndOffset != 0 {
		return d.fragment4(c, f, be16(b[4:]))
	}
	return layerProtocol
}

// ipv6 reads an IPv6 header (RFC 8200 §3). A payload length of 0 belongs to a
// jumbogram (RFC 2675) or to a segment above 64 KiB that the card will cut:
// everything to the end of the packet counts.
func ipv6(c *cursor) layer {
	const header = 40
	b := c.data
	if len(b) < header {
		return c.short(header)
	}
	if b[0]>>4 != 6 {
		return c.stop(KindMalformed)
	}
	if c.depth++; c.depth > maxDepth {
		return c.stop(KindTooDeep)
	}
	if length := int(be16(b[4:])); length != 0 {
		c.limit(header + length)
	}
	c.src, c.dst = ipv6Address(b[8:24]), ipv6Address(b[24:40])
	c.ipv6 = true
	c.protocol = b[6]
	c.skip(header)
	return layerProtocol
}

// protocol chooses the layer by the protocol or next header number read last.
func protocol(c *cursor) layer {
	switch c.protocol {
	case protoTCP:
		return layerTCP
	case protoUDP:
		return layerUDP
	case protoIPv4:
		return layerIPv4
	case protoIPv6:
		return layerIPv6
	case protoGRE:
		return layerGRE
	case protoAuthentication:
		return layerAuthentication
	case protoIPComp:
		return layerIPComp
	case protoMPLS:
		return layerMPLS
	case protoEthernet:
		return layerEthernet
	case protoEtherIP:
		return layerEtherIP
	case protoL2TPv3:
		return l2tpv3OverIP(c)
	case protoICMP, protoICMPv6:
		return c.stop(KindICMP)
	case protoESP:
		return c.stop(KindEncrypted)
	}
	if c.ipv6 {
		switch c.protocol {
		case protoHopByHop, protoRouting, protoDestination, protoMobility:
			return layerExtension
		case protoFragment:
			return layerFragment6
		}
	}
	return c.stop(KindProtocol)
}

// extension steps over an IPv6 extension header of the common form
// (RFC 8200 §4): next header, length in 8 bytes beyond the first 8.
func extension(c *cursor) layer {
	const minimum = 8
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	return c.skipExtension((int(c.data[1]) + 1) * 8)
}

// authentication steps over an IPsec authentication header (RFC 4302 §2),
// whose length counts words of 4 bytes beyond the first two.
func authentication(c *cursor) layer {
	const minimum = 12
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	return c.skipExtension((int(c.data[1]) + 2) * 4)
}

// skipExtension steps over n bytes that begin with the next header's number.
func (c *cursor) skipExtension(n int) layer {
	if len(c.data) < n {
		return c.short(n)
	}
	c.protocol = c.data[0]
	c.skip(n)
	return layerProtocol
}
