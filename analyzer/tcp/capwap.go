package tcp

// capwap reads the header of data between a Wi-Fi access point and its
// controller (RFC 5415 §4.3): behind it there is an Ethernet frame or, if a flag
// says so, one of the radio, of which some access points swap the first two bytes.
func capwap(c *cursor) layer {
	const (
		minimum  = 8
		plain    = 0 // of version 0; 1 is DTLS
		native   = 0x01
		fragment = 0x80
		wifi     = 1 // binding
	)
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	if b[0] != plain {
		return c.stop(KindUDP)
	}
	header := int(b[1]>>3) * 4
	binding := b[2] >> 1 & 0x1f
	switch {
	case header < minimum:
		return c.stop(KindUDP)
	case b[3]&fragment != 0:
		return c.stop(KindFragment)
	case b[2]&native == 0:
		return skipTo(c, header, layerEthernet)
	case binding != wifi:
		return c.stop(KindUDP)
	}
	if len(b) < header+2 {
		return c.short(header + 2)
	}
	const version = 3 // the only one is 0
	c.skip(header)
	return frame80211(c, false, c.data[0]&version != 0 && c.data[1]&version == 0)
}
