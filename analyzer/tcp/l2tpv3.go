package tcp

// l2tpv3 reads a data message of L2TP version 3 (RFC 3931 §4.1) behind its
// session's number. How long the cookie is, whether a sublayer follows and what
// is carried was agreed on when the session began. It is tried out: a frame is
// believed where it holds an IP packet that is as long as there are bytes.
func l2tpv3(c *cursor) layer {
	const longest, enough = 8 + 4, 8 + 4 + 18 + 6 // cookie, sublayer; a tagged frame up to its IP packet's length
	for skip := 0; skip <= longest; skip += 4 {
		if len(c.data) < skip {
			break
		}
		if next := frameAt(c.data[skip:], c.wire-skip); next != layerNone {
			c.skip(skip)
			return next
		}
	}
	if len(c.data) < c.wire && len(c.data) < enough {
		return c.stop(KindCut)
	}
	return c.stop(KindProtocol)
}

// l2tpv3OverIP reads a session's number directly over IP (RFC 3931 §4.1.1.1): 0
// is for control messages.
func l2tpv3OverIP(c *cursor) layer {
	const session = 4
	if len(c.data) < session {
		return c.short(session)
	}
	if be32(c.data) == 0 {
		return c.stop(KindProtocol)
	}
	c.skip(session)
	return layerL2TPv3
}

// frameAt tells whether a frame of a common link begins b, of which wire bytes
// were on the wire.
func frameAt(b []byte, wire int) layer {
	const ethernet, tagged, header, tag = 14, 0x8100, 4, 4
	at, next := 0, layerNone
	switch {
	case len(b) >= ethernet+tag && be16(b[12:]) == tagged:
		at, next = ethernet+tag, layerEthernet
	case len(b) >= ethernet && be16(b[12:]) >= etherTypeMin:
		at, next = ethernet, layerEthernet
	}
	if next != layerNone && holdsIP(b, at, wire) {
		return next
	}
	switch {
	case len(b) >= header && be16(b) == 0xff03 && holdsIP(b, header, wire): // address, control
		return layerPPP
	case len(b) >= header && be16(b)&0xf0ff == 0 && holdsIP(b, header, wire): // unicast or multicast
		return layerHDLC
	}
	return layerNone
}

// holdsIP tells whether an IP packet stands in b from an offset on, behind its
// EtherType or PPP number, and ends where what was on the wire does, or before
// by no more than an Ethernet frame is padded with.
func holdsIP(b []byte, at, wire int) bool {
	const padding = 46
	if at < 2 || len(b) < at {
		return false
	}
	kind := be16(b[at-2:])
	switch fills(b[at:], wire-at, padding) {
	case 4:
		return kind == 0x0800 || kind == 0x0021
	case 6:
		return kind == 0x86dd || kind == 0x0057
	}
	return false
}

// fills gives the version of the IP packet that begins b and ends where what was
// on the wire does, or before by no more than some padding. It is 0 if there is
// none.
func fills(b []byte, wire, padding int) (version byte) {
	const enough = 6
	if len(b) < enough {
		return 0
	}
	var length int
	switch version = b[0] >> 4; version {
	case 4:
		length = int(be16(b[2:]))
	case 6:
		length = 40 + int(be16(b[4:]))
	default:
		return 0
	}
	if length > wire || wire-length > padding {
		return 0
	}
	return version
}
