package tcp

import "github.com/hophound/hophound/capture"

// aggregate reads the frames of an A-MSDU (IEEE 802.11-2020 §9.3.2.2.2): before
// each stand two addresses and its length, behind each but the last it is padded
// to words of 4 bytes. The last one is what the packet p holds; those before it
// are taken aside.
func (d *decoder) aggregate(p *capture.Packet) layer {
	const header, word = 14, 4
	c := &d.cursor
	for {
		if len(c.data) < header {
			return c.short(header)
		}
		length := int(be16(c.data[header-2:]))
		next := (header + length + word - 1) &^ (word - 1)
		if next+header > c.wire {
			c.skip(header)
			c.limit(min(c.wire, length))
			return layerLLC
		}
		if len(c.data) < next {
			return c.short(next)
		}
		d.aside(p, c.data[header:header+length])
		c.skip(next)
	}
}

// aside decodes a frame with an LLC header that is one of several in a packet.
func (d *decoder) aside(p *capture.Packet, frame []byte) {
	const mostNested = 1 // a frame in a frame in a frame is somebody's joke
	if d.also == nil || d.nested >= mostNested {
		return
	}
	outer := d.cursor
	d.nested++
	inner := capture.Packet{Number: p.Number, Time: p.Time, Link: capture.LinkATM, Length: len(frame), Data: frame}
	var s segment
	if d.layers(&inner, &s) == KindTCP { // what p was put together from is still in use
		d.also(&s)
	}
	d.nested--
	d.cursor = outer
}
