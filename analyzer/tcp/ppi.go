package tcp

import "github.com/hophound/hophound/capture"

// ppi steps over a Per-Packet Information header, which says of what link type
// the rest is (https://www.tcpdump.org/linktypes.html, LINKTYPE_PPI).
func ppi(c *cursor) layer {
	const minimum = 8
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	return c.linkBehind(int(le16(c.data[2:])), minimum, le32(c.data[4:]))
}

// pktap steps over the header of macOS's pktap interfaces, which says of what
// link type the rest is (bsd/net/pktap.h of XNU): its own length, whether a
// packet follows, and the packet's link type.
func pktap(c *cursor) layer {
	const minimum = 12
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	if length := le32(c.data); length <= 0xffff {
		return c.linkBehind(int(length), minimum, le32(c.data[8:]))
	}
	return c.stop(KindMalformed)
}

// linkBehind steps over a header and goes on with the link type that it named.
// One such header inside another would be no packet of this world.
func (c *cursor) linkBehind(header, minimum int, link uint32) layer {
	if header < minimum {
		return c.stop(KindMalformed)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	if c.depth++; c.depth > maxDepth {
		return c.stop(KindTooDeep)
	}
	if link > 0xffff {
		return c.stop(KindLinkType)
	}
	c.link = capture.LinkType(link)
	return firstLayer(c)
}

// erf steps over an Extensible Record Format header with its extensions, for
// the records that hold Ethernet or HDLC frames or IP packets
// (https://www.endace.com/erf-extensible-record-format-types.pdf).
func erf(c *cursor) layer {
	const header, extension, more = 16, 8, 0x80
	if len(c.data) < header {
		return c.short(header)
	}
	kind, again := c.data[8]&^more, c.data[8]&more
	c.skip(header)
	for again != 0 {
		if len(c.data) < extension {
			return c.short(extension)
		}
		again = c.data[0] & more
		c.skip(extension)
	}
	switch kind {
	case 1, 10, 17: // HDLC, with colour, with hash
		return layerHDLC
	case 2, 11, 16, 20: // Ethernet, with colour, with hash, with both
		const pad = 2
		if len(c.data) < pad {
			return c.short(pad)
		}
		c.skip(pad)
		return layerEthernet
	case 22, 23: // IPv4, IPv6
		return layerIP
	}
	return c.stop(KindLinkType)
}
