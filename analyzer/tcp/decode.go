package tcp

import (
	"encoding/binary"

	"github.com/hophound/hophound/capture"
)

// maxDepth is how many IP headers may stand inside each other. A mirror of a
// mirror of a tunnel has three or four.
const maxDepth = 8

// layer names the header that comes next.
type layer uint8

const (
	layerNone layer = iota // decoding is over; cursor.kind says why
	layerEthernet
	layerVLAN
	layerLLC
	layerEtherType // by cursor.etherType
	layerLinuxSLL
	layerLinuxSLL2
	layerNull
	layerLoop
	layerIP // version by its first four bits
	layerIPv4
	layerIPv6
	layerProtocol // by cursor.protocol
	layerExtension
	layerAuthentication
	layerFragment6
	layerUDP
	layerVXLAN
	layerVXLANGPE
	layerGENEVE
	layerGRE
	layerERSPAN2
	layerERSPAN3
	layerTCP

	// What follows is met less often; peel knows what reads it.
	layerTokenRing
	layerFDDI
	layerARCNET
	layerARCNETLinux
	layerPPP
	layerUncompressed
	layerPPPoE
	layerHDLC
	layerFrameRelay
	layerRadiotap
	layerPrism
	layerIEEE80211
	layerAggregate
	layerPPI
	layerPKTAP
	layerERF
	layerNFLOG
	layerPFLOG
	layerIPNET
	layerJuniper
	layerBackbone
	layerETag
	layerVNTag
	layerCMD
	layerHSR
	layerMACsec
	layerTRILL
	layerMPLS
	layerNSH
	layerWCCP
	layerEtherIP
	layerIPComp
	layerGTP
	layerGTPOld
	layerTeredo
	layerAYIYA
	layerL2TP
	layerL2TPv3
	layerCAPWAP
	layerTZSP
)

// cursor is what is left to decode of a packet, and what its outer headers said.
type cursor struct {
	data []byte // captured bytes from here on
	wire int    // bytes from here on that were on the wire, never fewer than data has

	src, dst  address
	tunnel    uint32 // identity of the innermost tunnel that has one, 0 outside of tunnels
	etherType uint16
	protocol  uint8
	ipv6      bool // the innermost IP header is an IPv6 one
	depth     uint8
	inflated  bool // an IPComp payload
	kind      Kind
	link      capture.LinkType // whose header comes next; of a header within a packet too
}

// decoder turns packets into segments. It allocates nothing per packet but
// for IP fragments.
type decoder struct {
	now       int64 // the assembler's clock, for the age of fragments
	cursor    cursor
	fragments defragmenter
	inflater  inflater
	also      func(*segment) // takes those of a packet that has several, but for the last; may be nil
	nested    int            // packets within packets that are being decoded for it
}

// decode fills s from p if p carries a TCP segment and says what p is. The
// segment's payload points into p.Data, or for a fragmented datagram into
// memory of the decoder; both hold until the next call.
func (d *decoder) decode(p *capture.Packet, s *segment) Kind {
	d.fragments.recycle()
	if s.plain(p) {
		return KindTCP
	}
	return d.layers(p, s)
}

// layers is decode for any packet.
func (d *decoder) layers(p *capture.Packet, s *segment) Kind {
	c := &d.cursor
	*c = cursor{data: p.Data, wire: max(p.Length, len(p.Data))}
	c.link = p.Link
	next := firstLayer(c)
	for {
		switch next {
		case layerEthernet:
			next = ethernet(c)
		case layerVLAN:
			next = vlan(c)
		case layerEtherType:
			next = etherType(c)
		case layerLinuxSLL:
			next = linuxSLL(c)
		case layerLinuxSLL2:
			next = linuxSLL2(c)
		case layerNull, layerLoop:
			next = loopback(c, next == layerNull)
		case layerIP:
			next = ip(c)
		case layerIPv4:
			next = d.ipv4(c)
		case layerIPv6:
			next = ipv6(c)
		case layerProtocol:
			next = protocol(c)
		case layerTCP:
			s.Packet, s.Time = p.Number, p.Time
			return tcp(c, s)
		case layerNone:
			return c.kind
		default:
			next = d.peel(next, p)
		}
	}
}

// stop ends decoding: the packet is of this kind.
func (c *cursor) stop(k Kind) layer {
	c.kind = k
	return layerNone
}

// short ends decoding because fewer than n bytes are left.
func (c *cursor) short(n int) layer {
	if c.wire >= n {
		return c.stop(KindCut)
	}
	return c.stop(KindMalformed)
}

// skip steps over n bytes, which must be there.
func (c *cursor) skip(n int) {
	c.data = c.data[n:]
	c.wire -= n
}

// limit says that n bytes from here on were on the wire. Captured bytes after
// them are padding. More than an outer header promised means that a mirror cut
// the packet before it wrapped it.
func (c *cursor) limit(n int) {
	c.wire = n
	if len(c.data) > n {
		c.data = c.data[:n]
	}
}

func be16(b []byte) uint16 { return binary.BigEndian.Uint16(b) }
func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func le16(b []byte) uint16 { return binary.LittleEndian.Uint16(b) }
func le32(b []byte) uint32 { return binary.LittleEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
