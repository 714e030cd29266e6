package tcp

import "github.com/hophound/hophound/capture"

// juniper steps over the header of captures made on Juniper routers: a magic
// number, flags, and extensions if there are any. If the router had taken the
// link's header off already, a family stands in its place.
// (print-juniper.c of tcpdump)
func juniper(c *cursor) layer {
	const magic, minimum, noLink, extended = 0x4d4743, 4, 0x02, 0x80
	if len(c.data) < minimum {
		return c.short(minimum)
	}
	if be32(c.data)>>8 != magic {
		return c.stop(KindMalformed)
	}
	flags, header := c.data[3], minimum
	if flags&extended != 0 {
		if len(c.data) < header+2 {
			return c.short(header + 2)
		}
		header += 2 + int(be16(c.data[4:]))
	}
	if flags&noLink != 0 {
		return skipTo(c, header+4, layerIP)
	}
	switch c.link {
	case capture.LinkJuniperPPP:
		return skipTo(c, header, layerPPP)
	case capture.LinkJuniperFrameRelay:
		return skipTo(c, header, layerFrameRelay)
	case capture.LinkJuniperHDLC:
		return skipTo(c, header, layerHDLC)
	}
	return skipTo(c, header, layerEthernet)
}
