package tcp

// teredo steps over the authentication and origin indications that may stand
// before an IPv6 packet inside UDP (RFC 4380 §5.1.1).
func teredo(c *cursor) layer {
	const authentication, origin = 1, 0
	for len(c.data) > 0 && c.data[0] == 0 {
		if len(c.data) < 4 {
			return c.short(4)
		}
		n := 0
		switch c.data[1] {
		case authentication: // lengths of a client's name and of a value
			n = 13 + int(c.data[2]) + int(c.data[3])
		case origin:
			n = 8
		default:
			return c.stop(KindUDP)
		}
		if len(c.data) < n {
			return c.short(n)
		}
		c.skip(n)
	}
	if len(c.data) > 0 && c.data[0]>>4 != 6 {
		return c.stop(KindUDP)
	}
	return layerIPv6
}

// opensTeredo tells an IPv6 packet of a Teredo client inside UDP to or from a
// port that says nothing, as between a client and a relay: addresses begin with
// 2001::/32 (RFC 4380 §2.6), and the packet fills the datagram.
func opensTeredo(c *cursor) bool {
	const header, prefix = 40, 0x20010000
	b := c.data
	return len(b) >= header && b[0]>>4 == 6 && header+int(be16(b[4:])) == c.wire &&
		(be32(b[8:]) == prefix || be32(b[24:]) == prefix)
}

// ayiya steps over the header of Anything In Anything
// (draft-massar-v6ops-ayiya-02 §3): lengths of identity and signature in its
// first two bytes, then what it wants and which protocol follows.
func ayiya(c *cursor) layer {
	const minimum, forward = 8, 1
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	identity, signature := 1<<(b[0]>>4), int(b[1]>>4)*4
	if b[2]&15 != forward {
		return c.stop(KindUDP)
	}
	var next layer
	switch b[3] {
	case protoIPv4:
		next = layerIPv4
	case protoIPv6:
		next = layerIPv6
	default:
		return c.stop(KindUDP)
	}
	return skipTo(c, minimum+identity+signature, next)
}

// l2tp reads a data message of L2TP version 2 (RFC 2661 §3.1).
func l2tp(c *cursor) layer {
	const control, hasLength, hasSequence, hasOffset, versionField, version2, version3 = 0x8000, 0x4000, 0x0800, 0x0200, 15, 2, 3
	if len(c.data) < 6 {
		return c.short(6)
	}
	flags := be16(c.data)
	if flags&(control|versionField) == version3 {
		return skipTo(c, 8, layerL2TPv3) // flags, reserved, session (RFC 3931 §4.1.2.1)
	}
	if flags&control != 0 || flags&versionField != version2 {
		return c.stop(KindUDP)
	}
	header := 6 // flags, tunnel, session
	if flags&hasLength != 0 {
		header += 2
	}
	if flags&hasSequence != 0 {
		header += 4
	}
	if flags&hasOffset != 0 {
		header += 2
		if len(c.data) < header {
			return c.short(header)
		}
		header += int(be16(c.data[header-2:]))
	}
	return skipTo(c, header, layerPPP)
}

// tzsp steps over a TaZmen Sniffer Protocol header and its tagged fields, which
// Wi-Fi access points and MikroTik routers wrap around what they mirror
// (https://web.archive.org/web/20050404125022/http://www.networkchemistry.com/support/appnotes/an001_tzsp.html).
func tzsp(c *cursor) layer {
	const header, padding, end = 4, 0, 1
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0] != 1 || c.data[1] > 1 { // version; received or to be sent
		return c.stop(KindUDP)
	}
	inside := be16(c.data[2:])
	c.skip(header)
	for {
		if len(c.data) == 0 {
			return c.short(1)
		}
		n := 1
		if kind := c.data[0]; kind == end {
			c.skip(n)
			break
		} else if kind != padding {
			if len(c.data) < 2 {
				return c.short(2)
			}
			n = 2 + int(c.data[1])
		}
		if len(c.data) < n {
			return c.short(n)
		}
		c.skip(n)
	}
	switch inside {
	case 1:
		return layerEthernet
	case 18:
		return layerIEEE80211
	case 119:
		return layerPrism
	}
	return c.stop(KindUDP)
}
