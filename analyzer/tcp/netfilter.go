package tcp

// nflog looks for the packet in the attributes of a netfilter log message
// (https://www.tcpdump.org/linktypes/LINKTYPE_NFLOG.html): length and type in
// the byte order of the capturing host, padded to 4 bytes.
func nflog(c *cursor) layer {
	const header, attribute, payload, types = 4, 4, 9, 0x7fff
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	for len(c.data) >= attribute {
		length, kind := int(le16(c.data)), le16(c.data[2:])
		if length > c.wire || kind&types > 0xff {
			length, kind = int(be16(c.data)), be16(c.data[2:])
		}
		if length < attribute {
			return c.stop(KindMalformed)
		}
		if kind&types == payload {
			c.skip(attribute)
			c.limit(min(c.wire, length-attribute))
			return layerIP
		}
		length = (length + 3) &^ 3
		if len(c.data) < length {
			return c.short(length)
		}
		c.skip(length)
	}
	return c.short(attribute)
}

// pflog steps over the header of the BSDs' packet filter log, whose first byte
// is its length without the padding to 4 bytes (net/if_pflog.h of OpenBSD).
func pflog(c *cursor) layer {
	const minimum = 4
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	header := (int(c.data[0]) + 3) &^ 3
	if header < minimum {
		return c.stop(KindMalformed)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	return layerIP
}

// ipnet steps over the header of Solaris's IP observability
// (https://www.tcpdump.org/linktypes/LINKTYPE_IPNET.html).
func ipnet(c *cursor) layer {
	const header = 24
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	return layerIP
}
