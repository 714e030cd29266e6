package tcp

import "github.com/hophound/hophound/capture"

// peel reads one header of those that are met less often.
func (d *decoder) peel(next layer, p *capture.Packet) layer {
	c := &d.cursor
	switch next {
	case layerLLC:
		return llc(c)
	case layerExtension:
		return extension(c)
	case layerAuthentication:
		return authentication(c)
	case layerFragment6:
		return d.fragment6(c)
	case layerIPComp:
		return d.ipcomp(c)
	case layerUncompressed:
		return d.uncompressed(c)
	case layerUDP:
		return udp(c)
	case layerAggregate:
		return d.aggregate(p)
	}
	if next < layerTokenRing || next >= layerMPLS {
		return peelTunnel(c, next)
	}
	return peelLink(c, next)
}

// peelLink reads a header of a link.
func peelLink(c *cursor, next layer) layer {
	switch next {
	case layerTokenRing:
		return tokenRing(c)
	case layerFDDI:
		return fddi(c)
	case layerARCNET, layerARCNETLinux:
		return arcnet(c, next == layerARCNETLinux)
	case layerPPP:
		return ppp(c)
	case layerPPPoE:
		return pppoe(c)
	case layerHDLC:
		return hdlc(c)
	case layerFrameRelay:
		return frameRelay(c)
	case layerRadiotap:
		return radiotap(c)
	case layerPrism:
		return prism(c)
	case layerIEEE80211:
		return ieee80211(c)
	case layerPPI:
		return ppi(c)
	case layerPKTAP:
		return pktap(c)
	case layerERF:
		return erf(c)
	case layerNFLOG:
		return nflog(c)
	case layerPFLOG:
		return pflog(c)
	case layerIPNET:
		return ipnet(c)
	case layerJuniper:
		return juniper(c)
	case layerBackbone:
		return backbone(c)
	case layerETag, layerCMD:
		return tag(c, 6)
	case layerVNTag, layerHSR:
		return tag(c, 4)
	case layerMACsec:
		return macsec(c)
	case layerTRILL:
		return trill(c)
	}
	return c.stop(KindMalformed)
}

// peelTunnel reads a header of a tunnel.
func peelTunnel(c *cursor, next layer) layer {
	switch next {
	case layerVXLAN:
		return vxlan(c)
	case layerVXLANGPE:
		return vxlanGPE(c)
	case layerGENEVE:
		return geneve(c)
	case layerGRE:
		return gre(c)
	case layerERSPAN2:
		return erspan2(c)
	case layerERSPAN3:
		return erspan3(c)
	case layerMPLS:
		return mpls(c)
	case layerNSH:
		return nsh(c)
	case layerWCCP:
		return wccp(c)
	case layerEtherIP:
		return etherIP(c)
	case layerGTP:
		return gtp(c)
	case layerGTPOld:
		return gtpOld(c)
	case layerTeredo:
		return teredo(c)
	case layerAYIYA:
		return ayiya(c)
	case layerL2TP:
		return l2tp(c)
	case layerL2TPv3:
		return l2tpv3(c)
	case layerCAPWAP:
		return capwap(c)
	case layerTZSP:
		return tzsp(c)
	}
	return c.stop(KindMalformed)
}
