package tcp

// mpls steps over a stack of labels (RFC 3032 §2.1). Nothing says what is
// behind the last one; its first four bits do: an IP version, or the zeros of a
// pseudowire's control word (RFC 4385 §3) before an Ethernet frame, or else the
// first bits of such a frame's address.
func mpls(c *cursor) layer {
	const entry, bottom = 4, 1
	for {
		if len(c.data) < entry {
			return c.short(entry)
		}
		last := c.data[2]&bottom != 0
		c.skip(entry)
		if last {
			break
		}
	}
	if len(c.data) == 0 {
		return c.short(1)
	}
	switch c.data[0] >> 4 {
	case 4:
		return layerIPv4
	case 6:
		return layerIPv6
	case 0:
		const control, address = 4, 6
		// A frame to an address that begins with zeros, like those of most cards,
		// has the other half of it where a control word's frame begins.
		if len(c.data) > control+14 && !plausibleFrame(c.data[control:]) && plausibleFrame(c.data) {
			return layerEthernet
		}
		return skipTo(c, control, layerEthernet)
	}
	return layerEthernet
}

// plausibleFrame tells whether an Ethernet header with an EtherType that is
// read here begins b.
func plausibleFrame(b []byte) bool {
	const header = 14
	if len(b) < header {
		return false
	}
	switch be16(b[12:]) {
	case etherIPv4, etherIPv6, etherVLAN, etherQinQ, etherARP, etherMPLS, etherPPPoE:
		return true
	}
	return false
}

// nsh steps over a Network Service Header (RFC 8300 §2.2).
func nsh(c *cursor) layer {
	const minimum = 4
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	header := int(c.data[1]&0x3f) * 4
	if header < 8 {
		return c.stop(KindMalformed)
	}
	next := c.data[3]
	switch next {
	case 1:
		return skipTo(c, header, layerIPv4)
	case 2:
		return skipTo(c, header, layerIPv6)
	case 3:
		return skipTo(c, header, layerEthernet)
	case 5:
		return skipTo(c, header, layerMPLS)
	}
	return c.stop(KindProtocol)
}

// wccp steps over the redirect header of WCCP version 2 inside GRE, which
// version 1 does not have (draft-mclaggan-wccp-v2rev1-00 §4.12). An IP header
// follows; that tells.
func wccp(c *cursor) layer {
	const redirect = 4
	if len(c.data) > 0 && c.data[0]>>4 == 4 {
		return layerIPv4
	}
	return skipTo(c, redirect, layerIPv4)
}

// etherIP steps over an EtherIP header (RFC 3378).
func etherIP(c *cursor) layer { return skipTo(c, 2, layerEthernet) }
