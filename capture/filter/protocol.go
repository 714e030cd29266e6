package filter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// isEtherType compares the Ethernet type; where there is none, the version of IP.
func (p *parser) isEtherType(etherType uint32) node {
	if p.layout.typed {
		return equal(p.layout.etherType, 2, etherType)
	}
	version := map[uint32]int{etherIP: 4, etherIPv6: 6}[etherType]
	switch {
	case version == 0:
		return truth(false)
	case p.layout.version != 0:
		return truth(version == p.layout.version)
	}
	return masked(0, 1, 0xf0, uint32(version)<<4)
}

func (p *parser) isProtocol4(number uint32) node {
	return and(p.isEtherType(etherIP), equal(p.layout.network+9, 1, number))
}

// isProtocol6 looks at the next header and, if that is a fragment's, at the one
// after it, as libpcap does. Other extension headers are not stepped over.
func (p *parser) isProtocol6(number uint32) node {
	next := p.layout.network + 6
	fragment := and(equal(next, 1, protocolFragment), equal(p.layout.network+40, 1, number))
	return and(p.isEtherType(etherIPv6), or(fragment, equal(next, 1, number)))
}

// firstFragment holds for IPv4 packets that have the header of what is above.
func (p *parser) firstFragment() node {
	return not(test{field: field{off: p.layout.network + 6, size: 2}, mask: noMask, cond: bpf.JumpBitsSet, value: 0x1fff})
}

// protocolNumber is `proto N`, `ip proto N`, `ip6 proto N`, `ether proto N`.
func (p *parser) protocolNumber(q qualifier, t token, number uint32) (node, error) {
	switch q.proto {
	case "":
		return or(p.isProtocol4(number), p.isProtocol6(number)), nil
	case "ip":
		return p.isProtocol4(number), nil
	case "ip6":
		return p.isProtocol6(number), nil
	case "ether":
		if number <= 1500 {
			return nil, fmt.Errorf("at byte %d: %d is a length and no Ethernet type; 802.2 frames are %w", t.at+1, number, ErrUnsupported)
		}
		return p.isEtherType(number), nil
	}
	return nil, fmt.Errorf("at byte %d: %s carries no other protocol by number", t.at+1, q.proto)
}

func protocolByName(q qualifier, t token) (uint32, error) {
	if q.proto == "ether" {
		if number, ok := etherTypes[t.text]; ok {
			return number, nil
		}
	} else if known, ok := protocols[t.text]; ok && t.text != "igrp" && t.text != "carp" && t.text != "icmp6" {
		return known.number, nil // those three are no names of /etc/protocols
	} else if number, ok := protocolNames[t.text]; ok {
		return number, nil
	}
	return 0, fmt.Errorf("at byte %d: no protocol called %q is known; give its number", t.at+1, t.text)
}

// vlan is `vlan [id]`. From here on the expression looks behind the tag.
func (p *parser) vlan() (node, error) {
	if !p.layout.typed {
		return nil, fmt.Errorf("at byte %d: raw IP has no VLAN", p.tokens[p.next-1].at+1)
	}
	p.vlans++
	id, given, err := p.vlanID()
	if err != nil {
		return nil, err
	}
	if p.tagged {
		p.tagged = false
		if !given {
			return truth(true), nil
		}
		return ancillary(bpf.ExtVLANTag, 0x0fff, bpf.JumpEqual, id), nil
	}
	tag := or(p.isEtherType(etherVLAN), p.isEtherType(etherSVLAN), p.isEtherType(etherQinQ))
	if given {
		tag = and(tag, masked(p.layout.network, 2, 0x0fff, id))
	}
	p.layout.etherType = p.layout.network + 2
	p.layout.network += 4
	return tag, nil
}

func (p *parser) vlanID() (id uint32, given bool, err error) {
	at, open := p.next, 0
	for p.peek().is("(") {
		p.next++
		open++
	}
	t := p.peek()
	if t.kind != number {
		p.next = at
		return 0, false, nil
	}
	p.next++
	for ; open > 0; open-- {
		if !p.accept(")") {
			return 0, false, p.unexpected(`")"`)
		}
	}
	if t.value > 0x0fff {
		return 0, false, fmt.Errorf("at byte %d: a VLAN id is at most 4095", t.at+1)
	}
	return t.value, true, nil
}
