package tcp

// arcnet reads an ARCNET header: source, destination, and on Linux an offset of
// two bytes, then the protocol. Those of RFC 1051 begin right behind it, those of
// RFC 1201 behind a split flag and a sequence number.
// (https://www.tcpdump.org/linktypes.html, LINKTYPE_ARCNET_LINUX)
func arcnet(c *cursor, linux bool) layer {
	typeAt := 2
	if linux {
		typeAt = 4
	}
	const sequence, exception = 3, 0xff // flag and number; an exception frame has them once more
	header := typeAt + 1
	if len(c.data) < header {
		return c.short(header)
	}
	var next layer
	switch kind := c.data[typeAt]; kind {
	case 240: // RFC 1051
		next = layerIPv4
	case 212:
		next = layerIPv4
		header += sequence
	case 196:
		next = layerIPv6
		header += sequence
	case 241, 213:
		return c.stop(KindARP)
	default:
		return c.stop(KindProtocol)
	}
	if len(c.data) < header {
		return c.short(header)
	}
	if header > typeAt+1 {
		switch flag := c.data[typeAt+1]; {
		case flag == exception && !linux:
			if header += 1 + sequence; len(c.data) < header {
				return c.short(header)
			}
		case flag != 0:
			return c.stop(KindFragment)
		}
	}
	c.skip(header)
	return next
}
