package tcp

// gtp reads a GTP-U header with its extensions (3GPP TS 29.281 §5). Its tunnel
// is not part of a connection's identity: each direction has its own, and they
// change when a phone moves from cell to cell.
func gtp(c *cursor) layer {
	const (
		minimum   = 8
		version1  = 0x30 // with the bit that tells GTP from GTP'
		versions  = 0xf0
		optional  = 0x07 // extension header, sequence number, N-PDU number
		extension = 0x04
		data      = 255 // G-PDU
	)
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	if b[0]&versions != version1 || b[1] != data {
		return c.stop(KindUDP)
	}
	if length := int(be16(b[2:])); minimum+length < c.wire {
		c.limit(minimum + length)
	}
	flags := b[0]
	c.skip(minimum)
	if flags&optional == 0 {
		return userData(c)
	}
	const fields = 4 // sequence number, N-PDU number, kind of the extension
	if len(c.data) < fields {
		return c.short(fields)
	}
	next := c.data[3]
	c.skip(fields)
	for flags&extension != 0 && next != 0 {
		if len(c.data) < 4 {
			return c.short(4)
		}
		length := int(c.data[0]) * 4
		if length == 0 {
			return c.stop(KindMalformed)
		}
		if len(c.data) < length {
			return c.short(length)
		}
		next = c.data[length-1]
		c.skip(length)
	}
	return userData(c)
}

// userData tells what a mobile network carries for a phone or a machine: an IP
// packet, or since 5G an Ethernet frame (3GPP TS 23.501 §5.6.10.2). The session's
// signalling says which; the first four bits do too.
func userData(c *cursor) layer {
	const ethernet = 14
	if len(c.data) == 0 || c.data[0]>>4 == 4 || c.data[0]>>4 == 6 {
		return layerIP
	}
	if len(c.data) < ethernet {
		return c.short(ethernet)
	}
	if plausibleFrame(c.data) {
		return layerEthernet
	}
	return layerIP
}

// gtpOld reads a header of GTP version 0 (GSM 09.60 §6).
func gtpOld(c *cursor) layer {
	const header, versions, version0, data = 20, 0xf0, 0x10, 255
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0]&versions != version0 || c.data[1] != data {
		return c.stop(KindUDP)
	}
	if length := int(be16(c.data[2:])); header+length < c.wire {
		c.limit(header + length)
	}
	c.skip(header)
	return layerIP
}
