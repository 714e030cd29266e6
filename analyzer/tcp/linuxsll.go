package tcp

// linuxSLL reads the header of a Linux cooked capture, version 1
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
func linuxSLL(c *cursor) layer {
	const header = 16
	if len(c.data) < header {
		return c.short(header)
	}
	hardware := be16(c.data[2:])
	c.etherType = be16(c.data[14:])
	c.skip(header)
	return cooked(c, hardware)
}

// linuxSLL2 reads the header of a Linux cooked capture, version 2
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html). A segment that
// passes several interfaces of the host is one segment and its duplicates.
func linuxSLL2(c *cursor) layer {
	const header = 20
	if len(c.data) < header {
		return c.short(header)
	}
	hardware := be16(c.data[8:])
	c.etherType = be16(c.data)
	c.skip(header)
	return cooked(c, hardware)
}

// cooked chooses what follows a cooked header by the interface's hardware type
// (linux/if_arp.h) and the protocol: an EtherType, or one of the kernel's numbers
// for what has none (linux/if_ether.h), which mean something here alone.
func cooked(c *cursor, hardware uint16) layer {
	const (
		radiotap = 803 // ARPHRD_IEEE80211_RADIOTAP: whatever the protocol
		frame    = 3   // ETH_P_ALL: Ethernet, as Wireshark has it
		wanPPP   = 7   // ETH_P_WAN_PPP
	)
	switch {
	case hardware == radiotap:
		return layerRadiotap
	case c.etherType == frame:
		return layerEthernet
	case c.etherType == wanPPP:
		return layerPPP
	}
	return layerEtherType
}
