package tcp

// radiotap steps over a radiotap header (https://www.radiotap.org), which is in
// little-endian order. Its flags tell whether the 802.11 header is padded.
func radiotap(c *cursor) layer {
	const minimum = 8
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	header := int(le16(b[2:]))
	if b[0] != 0 || header < minimum {
		return c.stop(KindMalformed)
	}
	if len(b) < header {
		return c.short(header)
	}
	padded := radiotapPadded(b[:header])
	c.skip(header)
	return frame80211(c, padded, false)
}

// radiotapPadded tells whether the flags say that the 802.11 header is padded
// to words of 4 bytes.
func radiotapPadded(b []byte) bool {
	const hasTime, hasFlags, more, padded = 1 << 0, 1 << 1, 1 << 31, 0x20
	present := le32(b[4:])
	at := 8
	for word := present; word&more != 0 && at+4 <= len(b); at += 4 {
		word = le32(b[at:])
	}
	if present&hasTime != 0 {
		at = (at+7)&^7 + 8
	}
	return present&hasFlags != 0 && at < len(b) && b[at]&padded != 0
}

// prism steps over a Prism or an AVS header: both have their length in the
// second word, AVS in network order and Prism in that of the capturing host.
// Either can stand under either link type.
// (https://www.tcpdump.org/linktypes.html, LINKTYPE_IEEE802_11_PRISM)
func prism(c *cursor) layer {
	const minimum, avs = 8, 0x80211
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	header := be32(c.data[4:])
	if be32(c.data)>>12 != avs && header > 0xffff {
		header = le32(c.data[4:])
	}
	if header < minimum || header > 0xffff {
		return c.stop(KindMalformed)
	}
	if len(c.data) < int(header) {
		return c.short(int(header))
	}
	c.skip(int(header))
	return layerIEEE80211
}

// ieee80211 reads an 802.11 header.
func ieee80211(c *cursor) layer { return frame80211(c, false, false) }

// frame80211 reads the header of a data frame (IEEE 802.11-2020 §9.3.2.1),
// behind which there is an LLC header, or several frames in one. Some access
// points swap the header's first two bytes in what they send on.
func frame80211(c *cursor, padded, swapped bool) layer {
	const (
		minimum   = 24
		data      = 2    // type
		noData    = 0x40 // subtype bits, in the first byte
		quality   = 0x80
		toDS      = 0x01 // flags, the second byte
		fromDS    = 0x02
		more      = 0x04
		protected = 0x40
		order     = 0x80
	)
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	kind, flags := b[0], b[1]
	if swapped {
		kind, flags = flags, kind
	}
	switch {
	case kind&3 != 0 || kind>>2&3 != data || kind&noData != 0:
		return c.stop(KindLLC)
	case flags&protected != 0:
		return c.stop(KindEncrypted)
	case flags&more != 0 || b[22]&15 != 0:
		return c.stop(KindFragment)
	}
	header := minimum
	if flags&(toDS|fromDS) == toDS|fromDS {
		header += 6 // a fourth address
	}
	control := header
	if kind&quality != 0 {
		header += 2
		if flags&order != 0 {
			header += 4
		}
	}
	if padded {
		header = (header + 3) &^ 3
	}
	if len(b) < header {
		return c.short(header)
	}
	const several = 0x80 // A-MSDU
	next := layerLLC
	if kind&quality != 0 && b[control]&several != 0 {
		next = layerAggregate
	}
	c.skip(header)
	return next
}
