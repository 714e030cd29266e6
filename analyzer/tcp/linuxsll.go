package tcp

// linuxSLL reads the header of a Linux cooked capture, version 1
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html).
func linuxSLL(c *cursor) layer {
	const header = 16
	if len(c.data) < header {
		return c.short(header)
	}
	c.etherType = be16(c.data[14:])
	c.skip(header)
	return layerEtherType
}

// linuxSLL2 reads the header of a Linux cooked capture, version 2
// (https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html). A segment that
// passes several interfaces of the host is one segment and its duplicates.
func linuxSLL2(c *cursor) layer {
	const header = 20
	if len(c.data) < header {
		return c.short(header)
	}
	c.etherType = be16(c.data)
	c.skip(header)
	return layerEtherType
}
