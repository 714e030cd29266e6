package capture

// LinkType says which header a captured packet begins with. The values are
// those of the LINKTYPE_ registry (https://www.tcpdump.org/linktypes.html),
// which need more than the eight bits that gopacket's layers.LinkType has:
// LINUX_SLL2 is 276.
type LinkType uint16

// The link types whose packets can be read.
const (
	LinkNull      LinkType = 0   // BSD loopback, address family in the byte order of the host
	LinkEthernet  LinkType = 1   // IEEE 802.3
	LinkRawBSD    LinkType = 12  // raw IP as some BSDs write it (DLT_RAW)
	LinkRawOpen   LinkType = 14  // raw IP as OpenBSD writes it (DLT_RAW)
	LinkRaw       LinkType = 101 // raw IPv4 or IPv6
	LinkLoop      LinkType = 108 // OpenBSD loopback, address family in network byte order
	LinkLinuxSLL  LinkType = 113 // Linux cooked capture v1 (tcpdump -i any, before 4.99)
	LinkIPv4      LinkType = 228 // raw IPv4
	LinkIPv6      LinkType = 229 // raw IPv6
	LinkLinuxSLL2 LinkType = 276 // Linux cooked capture v2 (tcpdump -i any)
)

// Supported tells whether packets of this link type can be read, that is,
// whether it is one of the constants of this package.
func (l LinkType) Supported() bool {
	switch l {
	case LinkNull, LinkEthernet, LinkRawBSD, LinkRawOpen, LinkRaw, LinkLoop,
		LinkLinuxSLL, LinkIPv4, LinkIPv6, LinkLinuxSLL2:
		return true
	}
	return false
}
