package tcp

// Kind is what a packet turned out to be.
type Kind uint8

// What a packet can be. Everything but KindTCP is passed over and counted.
const (
	KindTCP       Kind = iota
	KindUDP            // UDP that carries no tunnel known here
	KindICMP           // ICMP or ICMPv6
	KindProtocol       // another protocol over IP
	KindEncrypted      // IPsec ESP: whatever is inside cannot be read
	KindARP            // ARP or reverse ARP
	KindLLC            // IEEE 802.2 frames: spanning tree and the like
	KindEtherType      // another EtherType
	KindFragment       // a fragment of an IP datagram that is not complete yet
	KindCut            // captured with too few bytes to see the TCP header
	KindMalformed      // headers that contradict themselves or end too early
	KindTooDeep        // more encapsulations inside each other than are followed
	KindLinkType       // a link type that is not read
	kindCount
)

var kindNames = [kindCount]string{
	KindTCP:       "TCP",
	KindUDP:       "UDP",
	KindICMP:      "ICMP",
	KindProtocol:  "other IP protocol",
	KindEncrypted: "IPsec ESP",
	KindARP:       "ARP",
	KindLLC:       "LLC",
	KindEtherType: "other EtherType",
	KindFragment:  "fragment of an incomplete datagram",
	KindCut:       "cut before the TCP header's end",
	KindMalformed: "malformed",
	KindTooDeep:   "too many encapsulations",
	KindLinkType:  "link type that is not read",
}

// String names the kind for people.
func (k Kind) String() string {
	if k < kindCount {
		return kindNames[k]
	}
	return "unknown"
}
