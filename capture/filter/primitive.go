package filter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// primitive reads a term that is no relation: a qualifier with its id, the
// abbreviation of a protocol, or one of the words that stand for themselves.
func (p *parser) primitive() (node, qualifier, error) {
	t := p.peek()
	if t.kind != keyword {
		if t.kind == end {
			return nil, qualifier{}, p.unexpected("a primitive such as port 80")
		}
		return nil, qualifier{}, fmt.Errorf(`at byte %d: %s needs a word before it that says what it is: "host %[2]s", "port %[2]s"`, t.at+1, t.text)
	}
	q := qualifier{set: true}
	if protocolKeyword(t.text) {
		q.proto = t.text
		p.next++
	}
	switch following := p.peek(); {
	case following.is("broadcast"), following.is("multicast"):
		p.next++
		x, err := p.castNode(q.proto, following)
		return x, qualifier{}, err
	case p.qualify(&q):
		return p.id(q)
	case q.proto != "":
		x, err := p.abbreviation(q.proto, t)
		return x, qualifier{}, err
	}
	x, err := p.standalone()
	return x, qualifier{}, err
}

func protocolKeyword(s string) bool {
	return s == "ether" || etherTypes[s] != 0 || protocols[s].number != 0
}

// qualify reads direction and type of an id, and tells whether there was any.
func (p *parser) qualify(q *qualifier) bool {
	for _, d := range [...]string{"src", "dst"} {
		if !p.accept(d) {
			continue
		}
		q.direction = d
		join, other := p.peek().text, p.tokens[min(p.next+1, len(p.tokens)-1)]
		if opposite := map[string]string{"src": "dst", "dst": "src"}[d]; other.is(opposite) && (p.peek().is("or") || p.peek().is("and")) {
			p.next += 2
			q.direction = "src " + join + " dst"
		}
		break
	}
	kinds := []string{"host", "net", "port", "portrange"}
	if q.direction == "" {
		kinds = append(kinds, "proto")
	}
	for _, kind := range kinds {
		if p.accept(kind) {
			q.kind = kind
			return true
		}
	}
	return q.direction != ""
}

// abbreviation is a protocol's name alone: `tcp` for `ip proto 6 or ip6 proto 6`.
func (p *parser) abbreviation(proto string, t token) (node, error) {
	if proto == "ether" {
		return nil, fmt.Errorf(`at byte %d: %q alone says nothing`, t.at+1, t.text)
	}
	if etherType := etherTypes[proto]; etherType != 0 {
		return p.isEtherType(etherType), nil
	}
	known := protocols[proto]
	var v4, v6 node = truth(false), truth(false)
	if known.v4 {
		v4 = p.isProtocol4(known.number)
	}
	if known.v6 {
		v6 = p.isProtocol6(known.number)
	}
	return or(v4, v6), nil
}

func (p *parser) standalone() (node, error) {
	t := p.peek()
	p.next++
	switch t.text {
	case "less", "greater":
		n := p.peek()
		if n.kind != number {
			return nil, p.unexpected("a number of bytes")
		}
		p.next++
		if t.text == "less" {
			return relation{op: bpf.JumpLessOrEqual, l: length{}, r: constant(n.value)}, nil
		}
		return relation{op: bpf.JumpGreaterOrEqual, l: length{}, r: constant(n.value)}, nil
	case "vlan":
		return p.vlan()
	case "inbound", "outbound":
		x, err := p.outbound(t)
		if err == nil && t.text == "inbound" {
			x = not(x)
		}
		return x, err
	case "ifindex":
		return p.interfaceIndex(t)
	}
	p.next--
	return nil, p.unexpected("a primitive such as port 80")
}

// packetOutgoing is PACKET_OUTGOING of packet(7).
const packetOutgoing = 4

func (p *parser) outbound(t token) (node, error) {
	switch {
	case p.layout.link == linkLinuxSLL:
		return equal(0, 2, packetOutgoing), nil
	case p.layout.link == linkLinuxSLL2:
		return equal(10, 1, packetOutgoing), nil
	case p.socket:
		return ancillary(bpf.ExtType, noMask, bpf.JumpEqual, packetOutgoing), nil
	}
	return nil, fmt.Errorf("at byte %d: packets in a file of this link type do not tell their direction, so %q is %w", t.at+1, t.text, ErrUnsupported)
}

func (p *parser) interfaceIndex(t token) (node, error) {
	n := p.peek()
	if n.kind != number {
		return nil, p.unexpected("the index of an interface")
	}
	p.next++
	switch {
	case p.layout.link == linkLinuxSLL2:
		return equal(4, 4, n.value), nil
	case p.socket:
		return ancillary(bpf.ExtInterfaceIndex, noMask, bpf.JumpEqual, n.value), nil
	}
	return nil, fmt.Errorf("at byte %d: packets in a file of this link type do not tell their interface, so %q is %w", t.at+1, t.text, ErrUnsupported)
}

// castNode is broadcast or multicast of Ethernet, IPv4, IPv6.
func (p *parser) castNode(proto string, t token) (node, error) {
	switch {
	case t.text == "multicast" && proto == "ip":
		group := test{field: field{off: p.layout.network + 16, size: 1}, mask: noMask, cond: bpf.JumpGreaterOrEqual, value: 224}
		return and(p.isEtherType(etherIP), group), nil
	case t.text == "multicast" && proto == "ip6":
		return and(p.isEtherType(etherIPv6), equal(p.layout.network+24, 1, 255)), nil
	case t.text == "broadcast" && proto == "ip":
		return nil, fmt.Errorf(`at byte %d: "ip broadcast" is %w: it needs the netmask of the interface`, t.at+1, ErrUnsupported)
	case proto != "" && proto != "ether":
		return nil, fmt.Errorf("at byte %d: %s has no %s", t.at+1, proto, t.text)
	case !p.layout.ethernet:
		return nil, fmt.Errorf("at byte %d: %s is only for Ethernet", t.at+1, t.text)
	case t.text == "multicast":
		return test{field: field{off: 0, size: 1}, mask: noMask, cond: bpf.JumpBitsSet, value: 1}, nil
	}
	return etherAddress(0, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}), nil
}

func etherAddress(off uint32, mac []byte) node {
	low := uint32(mac[2])<<24 | uint32(mac[3])<<16 | uint32(mac[4])<<8 | uint32(mac[5])
	return and(equal(off+2, 4, low), equal(off, 2, uint32(mac[0])<<8|uint32(mac[1])))
}
