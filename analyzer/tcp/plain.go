package tcp

import "github.com/hophound/hophound/capture"

// plain reads what nearly all packets are: a TCP segment in IPv4 without options
// and fragments, directly behind the header of the link. It says of them what the
// layers would say one after the other, and of any other packet nothing: then it
// gives false.
func (s *segment) plain(p *capture.Packet) bool {
	const ipHeader, tcpHeader, version4 = 20, 20, 0x45 // 0x45: with five words
	b := p.Data
	var begin, etherType int // where the IP header begins, and where its EtherType stands
	switch p.Link {
	case capture.LinkEthernet:
		begin, etherType = 14, 12
	case capture.LinkLinuxSLL:
		begin, etherType = 16, 14
	case capture.LinkLinuxSLL2:
		begin, etherType = 20, 0
	default:
		return false
	}
	if len(b) < begin+ipHeader+tcpHeader || be16(b[etherType:]) != etherIPv4 {
		return false
	}
	b = b[begin:]
	total := int(be16(b[2:]))
	const moreAndOffset = 0x3fff
	if b[0] != version4 || b[9] != protoTCP || be16(b[6:])&moreAndOffset != 0 || total < ipHeader+tcpHeader {
		return false
	}
	t := b[ipHeader:min(len(b), total)]
	header := int(t[12]>>4) * 4
	if header < tcpHeader || header > total-ipHeader {
		return false
	}
	s.Packet, s.Time = p.Number, p.Time
	s.src, s.dst, s.tunnel = ipv4Address(b[12:16]), ipv4Address(b[16:20]), 0
	s.srcPort, s.dstPort = be16(t), be16(t[2:])
	s.seq, s.ack = be32(t[4:]), be32(t[8:])
	s.flags = t[13]
	s.payload = t[min(header, len(t)):]
	s.length = total - ipHeader - header
	return true
}
