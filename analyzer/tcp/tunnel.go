package tcp

// Ports and protocol numbers of the tunnels that are opened.
const (
	portVXLAN      = 4789 // RFC 7348; VPC Traffic Mirroring
	portVXLANLinux = 8472 // what Linux used before there was an assigned one, and flannel still does
	portVXLANGPE   = 4790 // the generic protocol extension, draft-ietf-nvo3-vxlan-gpe
	portGENEVE     = 6081 // RFC 8926; Gateway Load Balancer
	portGRE        = 4754 // RFC 8086
	portLISP       = 4341 // RFC 9300

	// Of these either end may have the port.
	portL2TP   = 1701
	portGTP    = 2152
	portGTPC   = 2123 // of the signalling; some send what belongs on the other here
	portGTPOld = 3386
	portTeredo = 3544
	portAYIYA  = 5072
	portCAPWAP = 5247 // data; RFC 5415
	portMPLS   = 6635 // RFC 7510
	portTZSP   = 37008

	greERSPAN2 = 0x88be // and type I, which has no header of its own
	greERSPAN3 = 0x22eb

	// Frames of the radio that Aruba's access points send to their controller: every
	// sixteenth number from the first to the last (ARUBA_WLAN in Wireshark's packet-gre.c).
	greAruba     = 0x8200
	greArubaLast = 0x8370
)

// A tunnel's identity is part of a connection's: two virtual networks may use
// the same addresses, and two mirrors of one connection are two captures of it.
// Only the innermost one counts, because a mirror of a tunnel adds one outside.
// What kind it is stands in the upper bits.
const (
	tunnelVXLAN  = 1 << 24
	tunnelGENEVE = 2 << 24
	tunnelGRE    = 3 << 24
)

// udp reads a UDP header (RFC 768) and looks for tunnels by destination port.
func udp(c *cursor) layer {
	const header = 8
	if len(c.data) < header {
		return c.short(header)
	}
	from, to := be16(c.data), be16(c.data[2:])
	if length := int(be16(c.data[4:])); length >= header && length < c.wire {
		c.limit(length)
	}
	c.skip(header)
	switch to {
	case portVXLAN, portVXLANLinux:
		return layerVXLAN
	case portVXLANGPE:
		return layerVXLANGPE
	case portGENEVE:
		return layerGENEVE
	case portGRE:
		return layerGRE
	case portLISP:
		return skipTo(c, 8, layerIP) // flags and a nonce, instance (RFC 9300 §5.1)
	}
	if next := tunnelAt(to); next != layerNone {
		return next
	}
	if next := tunnelAt(from); next != layerNone {
		return next
	}
	if opensTeredo(c) {
		return layerIPv6
	}
	return tunnelFrom(c, from)
}

// tunnelFrom looks for tunnels by source port, where the one they are sent to is
// of somebody's own choice. It alone is not believed: any program may send from
// that port.
func tunnelFrom(c *cursor, from uint16) layer {
	const header = 8 // GENEVE's, without its options
	switch from {
	case portVXLAN:
		return c.believe(header, layerEthernet, layerVXLAN)
	case portGENEVE:
		if len(c.data) < header {
			return c.short(header)
		}
		inside := layerIP
		if be16(c.data[2:]) == etherBridging {
			inside = layerEthernet
		}
		return c.believe(header+int(c.data[0]&0x3f)*4, inside, layerGENEVE)
	case portLISP:
		if c.believe(header, layerIP, layerIP) == layerNone {
			return layerNone
		}
		return skipTo(c, header, layerIP)
	}
	return c.stop(KindUDP)
}

// believe gives next if a tunnel's header of so many bytes is what it seems to
// be: behind it stands an IP packet, in an Ethernet frame or not, that ends where
// the datagram does.
func (c *cursor) believe(header int, inside, next layer) layer {
	const enough = 18 + 6 // a tagged frame up to its IP packet's length
	if len(c.data) < c.wire && len(c.data) < header+enough {
		return c.stop(KindCut)
	}
	if len(c.data) >= header {
		b, wire := c.data[header:], c.wire-header
		if inside == layerEthernet && frameAt(b, wire) == layerEthernet || inside == layerIP && fills(b, wire, 0) != 0 {
			return next
		}
	}
	return c.stop(KindUDP)
}

// tunnelAt gives the tunnel that has a port at either end.
func tunnelAt(port uint16) layer {
	switch port {
	case portL2TP:
		return layerL2TP
	case portGTP, portGTPC:
		return layerGTP
	case portGTPOld:
		return layerGTPOld
	case portTeredo:
		return layerTeredo
	case portAYIYA:
		return layerAYIYA
	case portCAPWAP:
		return layerCAPWAP
	case portMPLS:
		return layerMPLS
	case portTZSP:
		return layerTZSP
	}
	return layerNone
}

// vxlan reads a VXLAN header (RFC 7348 §5). Without its I flag it is some other
// UDP that happens to use the port, if no frame is inside that shows that it is
// not. Its other flags are of no interest.
func vxlan(c *cursor) layer {
	const header, validVNI = 8, 0x08
	if len(c.data) < header {
		return c.short(header)
	}
	if c.data[0]&validVNI == 0 && c.believe(header, layerEthernet, layerVXLAN) == layerNone {
		return layerNone
	}
	c.tunnel = tunnelVXLAN | be32(c.data[4:])>>8
	c.skip(header)
	return layerEthernet
}

// vxlanGPE reads a VXLAN header whose P flag says that its fourth byte names
// what is inside (draft-ietf-nvo3-vxlan-gpe §3.1).
func vxlanGPE(c *cursor) layer {
	const header, hasProtocol = 8, 0x04
	b := c.data
	if len(b) < header || b[0]&hasProtocol == 0 {
		return vxlan(c)
	}
	if vxlan(c) == layerNone {
		return layerNone
	}
	switch b[3] {
	case 1:
		return layerIPv4
	case 2:
		return layerIPv6
	case 3:
		return layerEthernet
	case 4:
		return layerNSH
	}
	return c.stop(KindUDP)
}

// geneve reads a GENEVE header with its options (RFC 8926 §3.4).
func geneve(c *cursor) layer {
	const minimum = 8
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	if b[0]>>6 != 0 {
		return c.stop(KindUDP)
	}
	header := minimum + int(b[0]&0x3f)*4
	if len(b) < header {
		return c.short(header)
	}
	c.tunnel = tunnelGENEVE | be32(b[4:])>>8
	c.etherType = be16(b[2:])
	c.skip(header)
	return layerEtherType
}

// gre reads a GRE header with its optional checksum, key and sequence number
// (RFC 2784, RFC 2890), and a route as it was before (RFC 1701).
func gre(c *cursor) layer {
	const (
		minimum      = 4
		hasChecksum  = 0x8000
		hasRouting   = 0x4000 // gone since RFC 2784
		hasKey       = 0x2000
		hasSequence  = 0x1000
		hasAck       = 0x0080 // PPTP's alone
		versionField = 0x0007 // 1 is PPTP's (RFC 2637 §4.1)
		pptp         = 1
	)
	b := c.data
	if len(b) < minimum {
		return c.short(minimum)
	}
	flags := be16(b)
	if version := flags & versionField; version > pptp {
		return c.stop(KindProtocol)
	} else if version == pptp {
		header := minimum + 4 // payload length and call
		if flags&hasSequence != 0 {
			header += 4
		}
		if flags&hasAck != 0 {
			header += 4
		}
		return skipTo(c, header, layerPPP)
	}
	key, header := minimum, minimum
	if flags&(hasChecksum|hasRouting) != 0 { // and the route's offset
		key, header = key+4, header+4
	}
	if flags&hasKey != 0 {
		header += 4
	}
	if flags&hasSequence != 0 {
		header += 4
	}
	if len(b) < header {
		return c.short(header)
	}
	if flags&hasKey != 0 {
		c.tunnel = greTunnel(be32(b[key:]))
	}
	c.etherType = be16(b[2:])
	c.skip(header)
	if flags&hasRouting != 0 && !skipRoute(c) {
		return layerNone
	}
	return greCarries(c, flags&hasSequence != 0)
}

// skipRoute steps over the source route entries of a GRE header, the last one of
// which is empty (RFC 1701): family, offset, length of the entry's addresses.
func skipRoute(c *cursor) bool {
	const entry = 4
	for {
		if len(c.data) < entry {
			c.short(entry)
			return false
		}
		family, length := be16(c.data), int(c.data[3])
		if len(c.data) < entry+length {
			c.short(entry + length)
			return false
		}
		c.skip(entry + length)
		if family == 0 && length == 0 {
			return true
		}
	}
}

// greCarries chooses the layer by the protocol of a GRE header: an EtherType, but
// for some vendors' own.
func greCarries(c *cursor, sequence bool) layer {
	switch {
	case c.etherType == greERSPAN2 && !sequence:
		return layerEthernet // type I
	case c.etherType == greERSPAN2:
		return layerERSPAN2
	case c.etherType == greERSPAN3:
		return layerERSPAN3
	case c.etherType >= greAruba && c.etherType <= greArubaLast && c.etherType&15 == 0:
		return layerIEEE80211
	}
	return layerEtherType
}

// greTunnel folds the 32 bits of a GRE key into the 24 there is room for.
func greTunnel(key uint32) uint32 {
	return tunnelGRE | (key^key>>24*0x9e3779)&0xffffff
}

// erspan2 steps over the header of ERSPAN type II
// (draft-foschiano-erspan-03 §4.2). Its VLAN and session say where a mirror
// stands, not what a connection is.
func erspan2(c *cursor) layer {
	const header = 8
	if len(c.data) < header {
		return c.short(header)
	}
	c.skip(header)
	return layerEthernet
}

// erspan3 steps over the header of ERSPAN type III and its optional
// platform-specific part (draft-foschiano-erspan-03 §4.3). Frames that are not
// Ethernet are passed over.
func erspan3(c *cursor) layer {
	const minimum, platform, hasPlatform = 12, 8, 1
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	header := minimum
	flags := c.data[11]
	if flags&hasPlatform != 0 {
		header += platform
	}
	if len(c.data) < header {
		return c.short(header)
	}
	frame := be16(c.data[10:]) >> 10 & 0x1f // frame type: 0 Ethernet, 2 IP
	c.skip(header)
	switch frame {
	case 0:
		return layerEthernet
	case 2:
		return layerIP
	}
	return c.stop(KindProtocol)
}
