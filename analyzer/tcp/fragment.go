package tcp

// fragmentKey identifies the datagram that a fragment belongs to (RFC 791
// §3.2, RFC 8200 §4.5), within its tunnel.
type fragmentKey struct {
	src, dst address
	id       uint32
	tunnel   uint32
	protocol uint8 // IPv4 only
	ipv6     bool
}

// fragment4 takes an IPv4 packet whose flags and offset field says that it is
// a fragment, and goes on with the whole datagram if this was the last one
// missing.
func (d *decoder) fragment4(c *cursor, field, id uint16) layer {
	const more, offset = 0x2000, 0x1fff
	k := fragmentKey{src: c.src, dst: c.dst, id: uint32(id), tunnel: c.tunnel, protocol: c.protocol}
	return d.fragment(c, k, int(field&offset)*8, field&more != 0)
}

// fragment6 does the same with an IPv6 fragment header (RFC 8200 §4.5). A
// header that says "the whole datagram" is stepped over (RFC 6946).
func (d *decoder) fragment6(c *cursor) layer {
	const header, more = 8, 1
	b := c.data
	if len(b) < header {
		return c.short(header)
	}
	field := be16(b[2:])
	k := fragmentKey{src: c.src, dst: c.dst, id: be32(b[4:]), tunnel: c.tunnel, ipv6: true}
	c.protocol = b[0]
	c.skip(header)
	if field&^7 == 0 && field&more == 0 {
		return layerProtocol
	}
	return d.fragment(c, k, int(field&^7), field&more != 0)
}

// fragment hands the rest of a packet to the defragmenter.
func (d *decoder) fragment(c *cursor, k fragmentKey, offset int, more bool) layer {
	end := offset + c.wire
	if c.wire == 0 || end > maxDatagram || more && c.wire%8 != 0 {
		return c.stop(KindMalformed)
	}
	whole := d.fragments.add(k, fragment{offset: offset, end: end, data: c.data}, more, c.protocol, d.now)
	if whole == nil {
		return c.stop(KindFragment)
	}
	c.data, c.wire, c.protocol = whole.payload, whole.total, whole.protocol
	return layerProtocol
}
