package tcp

// ppp reads a PPP frame (RFC 1661 §2): perhaps the address and control bytes of
// HDLC-like framing (RFC 1662 §3.1), then the protocol's number in one byte if
// that is odd, and otherwise in two.
func ppp(c *cursor) layer {
	const address, control = 0xff, 0x03
	if len(c.data) >= 2 && c.data[0] == address && c.data[1] == control {
		c.skip(2)
	}
	if len(c.data) < 2 {
		return c.short(2)
	}
	number, length := be16(c.data), 2
	if c.data[0]&1 != 0 {
		number, length = uint16(c.data[0]), 1
	}
	c.skip(length)
	switch number { // https://www.iana.org/assignments/ppp-numbers
	case 0x0021:
		return layerIPv4
	case 0x0057:
		return layerIPv6
	case 0x002f:
		return layerUncompressed
	case 0x0281, 0x0283:
		return layerMPLS // RFC 3032 §4.3
	case 0x003d:
		return multilink(c)
	}
	return c.stop(KindProtocol)
}

// uncompressed reads a packet of Van Jacobson's compression that begins or
// refreshes a connection: the number of that stands where IP has that of TCP
// (RFC 1144 §3.2.2). Packets that are compressed are not read.
func (d *decoder) uncompressed(c *cursor) layer {
	next := d.ipv4(c)
	if next == layerProtocol {
		c.protocol = protoTCP
	}
	return next
}

// multilink reads the header of multilink PPP in its long form (RFC 1990 §3). Of
// a packet that was cut in pieces for several links none is read.
func multilink(c *cursor) layer {
	const header, begins, ends = 4, 0x80, 0x40
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0]&(begins|ends) != begins|ends {
		return c.stop(KindFragment)
	}
	return skipTo(c, header, layerPPP)
}

// pppoe reads a PPPoE session header (RFC 2516 §4). What comes after its length
// is padding.
func pppoe(c *cursor) layer {
	const header, version1, sessionData = 6, 0x11, 0
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0] != version1 || c.data[1] != sessionData {
		return c.stop(KindMalformed)
	}
	if length := int(be16(c.data[4:])); length > 0 && header+length < c.wire {
		c.limit(header + length)
	}
	c.skip(header)
	return layerPPP
}

// hdlc reads a Cisco HDLC header: address, control, EtherType. What begins with
// PPP's address is PPP: a serial line carries either.
// (https://www.tcpdump.org/linktypes.html, LINKTYPE_C_HDLC)
func hdlc(c *cursor) layer {
	const header, pppAddress, pppControl, osi = 4, 0xff, 0x03, 0xfefe
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0] == pppAddress && c.data[1] == pppControl {
		return layerPPP
	}
	c.etherType = be16(c.data[2:])
	c.skip(header)
	if c.etherType == osi {
		return networkProtocol(c)
	}
	return layerEtherType
}

// frameRelay reads a Q.922 address of two to four bytes and what RFC 2427 §3
// puts behind it: a control byte and the number of a network protocol. Cisco
// puts an EtherType there instead.
func frameRelay(c *cursor) layer {
	const extended = 1 // on the last byte of the address
	address := 0
	for address < 4 && address < len(c.data) && c.data[address]&extended == 0 {
		address++
	}
	address++
	if len(c.data) < address+2 {
		return c.short(address + 2)
	}
	c.skip(address)
	const unnumbered = 0x03
	if c.data[0] != unnumbered {
		c.etherType = be16(c.data)
		c.skip(2)
		return layerEtherType
	}
	return networkProtocol(c)
}

// networkProtocol reads a control byte and the number of a network protocol
// (ISO/IEC TR 9577).
func networkProtocol(c *cursor) layer {
	if len(c.data) < 2 {
		return c.short(2)
	}
	number := c.data[1]
	if number == 0 { // padding
		c.skip(1)
		if len(c.data) < 2 {
			return c.short(2)
		}
		number = c.data[1]
	}
	c.skip(2)
	switch number {
	case 0xcc:
		return layerIPv4
	case 0x8e:
		return layerIPv6
	case 0x80:
		return snap(c, 0) // RFC 2427 §4.2 has bridged frames without padding
	}
	return c.stop(KindProtocol)
}
