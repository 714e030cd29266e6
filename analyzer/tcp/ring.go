package tcp

// fddi reads an FDDI header (ISO 9314-2): frame control and two addresses. An
// LLC header follows.
func fddi(c *cursor) layer {
	const header, kind, llc = 13, 0xf0, 0x50
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0]&kind != llc {
		return c.stop(KindLLC)
	}
	c.skip(header)
	return layerLLC
}

// tokenRing reads an IEEE 802.5 header: access and frame control, two
// addresses, and a route if the first bit of the source's address is set. An
// LLC header follows.
func tokenRing(c *cursor) layer {
	const minimum, kind, llc, routed, length = 14, 0xc0, 0x40, 0x80, 0x1f
	if len(c.data) < minimum+1 {
		return c.short(minimum + 1)
	}
	if c.data[1]&kind != llc {
		return c.stop(KindLLC)
	}
	header := minimum
	if c.data[8]&routed != 0 {
		header += int(c.data[minimum] & length)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	return layerLLC
}
