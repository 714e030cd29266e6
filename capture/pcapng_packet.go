package capture

import "slices"

// dropsUnknown stands in a Packet Block whose writer did not count the loss.
const dropsUnknown = 0xffff

// packet reads the body of an Enhanced Packet Block, or of an obsolete Packet
// Block, which differs in its first four bytes only: interface (32 bits) or
// interface and drop count (16 bits each); then time (two halves), captured
// length, original length, data, options.
func (r *pcapngRecords) packet(offset int64, kind uint32, body []byte, p *Packet) error {
	const fixed = 20
	if len(body) < fixed {
		return broken(offset, "packet %d has no room for its lengths", p.Number)
	}
	id := r.order.uint32(body)
	lost := uint64(0)
	if kind == blockPacket {
		id = uint32(r.order.uint16(body))
		if n := r.order.uint16(body[2:]); n != dropsUnknown {
			lost = uint64(n)
		}
	}
	if int64(id) >= int64(len(r.ifaces)-r.first) {
		return r.noInterface(offset, "packet", p.Number, id)
	}
	captured := r.order.uint32(body[12:])
	if int64(captured) > int64(len(body)-fixed) {
		return broken(offset, "packet %d claims %d captured bytes, and its block has room for %d", p.Number, captured, len(body)-fixed)
	}
	iface := r.first + int(id)
	end := fixed + int(captured)
	p.Interface, p.Link = iface, r.ifaces[iface].Link
	p.Time = r.clocks[iface].nanoseconds(uint64(r.order.uint32(body[4:]))<<32 | uint64(r.order.uint32(body[8:])))
	p.Data = body[fixed:end:end]
	p.Length = int(max(r.order.uint32(body[16:]), captured))
	p.Comment = nil
	if rest := (end + 3) &^ 3; rest < len(body) {
		lost += r.packetOptions(body[rest:], p)
	}
	r.drops[iface].summed += lost
	return nil
}

// simplePacket reads the body of a Simple Packet Block: original length and
// data. It belongs to the section's first interface, has no time, and does not
// say how much was captured other than by that interface's snapshot length.
func (r *pcapngRecords) simplePacket(offset int64, body []byte, p *Packet) error {
	const fixed = 4
	if len(body) < fixed {
		return broken(offset, "packet %d has no room for its length", p.Number)
	}
	if len(r.ifaces) == r.first {
		return r.noInterface(offset, "packet", p.Number, 0)
	}
	length := r.order.uint32(body)
	captured := int64(length)
	if snap := int64(r.ifaces[r.first].SnapLen); snap > 0 {
		captured = min(captured, snap)
	}
	end := fixed + int(min(captured, int64(len(body)-fixed)))
	p.Interface, p.Link = r.first, r.ifaces[r.first].Link
	p.Time = 0
	p.Data = body[fixed:end:end]
	p.Length = int(length)
	p.Comment = nil
	return nil
}

// noInterface says that a block names an interface that its section lacks.
func (r *pcapngRecords) noInterface(offset int64, what string, number uint64, id uint32) error {
	return broken(offset, "%s %d is of interface %d, and its section has described %d so far", what, number, id, len(r.ifaces)-r.first)
}

// packetOptions keeps the comments and returns how many packets were lost
// between this one and the one before. Broken options cost no more than
// themselves: the packet is whole.
func (r *pcapngRecords) packetOptions(b []byte, p *Packet) (lost uint64) {
	opts := options{rest: b, order: r.order}
	for {
		code, value, ok := opts.next()
		if !ok {
			return lost
		}
		switch {
		case code == optComment:
			r.addComment(p, value)
		case code == optPacketDropCount && len(value) == 8:
			lost += r.order.uint64(value)
		}
	}
}

// addComment points p.Comment to a comment, or joins it to those before, which may be
// no more than so many bytes.
func (r *pcapngRecords) addComment(p *Packet, comment []byte) {
	const most = 64 << 10
	if p.Comment == nil {
		p.Comment, r.joined = slices.Clip(comment), false
		return
	}
	if len(p.Comment)+1+len(comment) > most {
		return
	}
	if !r.joined {
		r.comment, r.joined = append(r.comment[:0], p.Comment...), true
	}
	r.comment = append(r.comment, '\n')
	r.comment = append(r.comment, comment...)
	p.Comment = r.comment
}
