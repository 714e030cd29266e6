package tcp

import "math/bits"

// loopback reads the four bytes of address family that BSD's loopback and
// tunnel interfaces put in front of a packet. With LINKTYPE_NULL they are in
// the byte order of the capturing host, which may not be this one; families
// are small numbers, so the order shows. LINKTYPE_LOOP is in network order.
// Which IP it is, the packet says itself: some writers say AF_INET of both.
// (https://www.tcpdump.org/linktypes.html)
func loopback(c *cursor, hostOrder bool) layer {
	const header = 4
	if len(c.data) < header {
		return c.short(header)
	}
	family := be32(c.data)
	if hostOrder && family > 0xffff {
		family = bits.ReverseBytes32(family)
	}
	c.skip(header)
	switch family {
	case 2, // AF_INET everywhere
		10,         // AF_INET6 of Linux,
		23,         // Windows,
		24, 28, 30: // NetBSD and OpenBSD, FreeBSD, macOS
		return layerIP
	}
	return c.stop(KindProtocol)
}
