package filter

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// single reads one id and gives what q says of it.
func (p *parser) single(q qualifier) (node, error) {
	t := p.peek()
	switch t.kind {
	case name, number, dotted, address6, mac:
	default:
		return nil, p.unexpected("an address, a port or a number")
	}
	if !q.set {
		return nil, fmt.Errorf(`at byte %d: %s needs a word before it that says what it is: "host %[2]s", "port %[2]s"`, t.at+1, t.text)
	}
	p.next++
	switch {
	case t.kind == mac:
		return p.etherHost(q, t)
	case q.kind == "port" || q.kind == "portrange":
		return p.ports(q, t)
	case q.kind == "proto" && t.kind == number:
		return p.protocolNumber(q, t, t.value)
	case q.kind == "proto" && t.kind == name:
		value, err := protocolByName(q, t)
		if err != nil {
			return nil, err
		}
		return p.protocolNumber(q, t, value)
	case q.kind == "proto":
		return nil, fmt.Errorf("at byte %d: %s is no protocol", t.at+1, t.text)
	case t.kind == name:
		return nil, fmt.Errorf("at byte %d: %q is a name, and names are %w: no question goes out while a network is in trouble; give the address", t.at+1, t.text, ErrName)
	}
	return p.address(q, t)
}

// etherHost is `ether src 02:00:5e:10:00:01`.
func (p *parser) etherHost(q qualifier, t token) (node, error) {
	if q.proto != "ether" || q.kind != "host" && q.kind != "" {
		return nil, fmt.Errorf(`at byte %d: an Ethernet address is asked for by "ether host %s"`, t.at+1, t.text)
	}
	if !p.layout.ethernet {
		return nil, fmt.Errorf("at byte %d: these packets have no Ethernet addresses", t.at+1)
	}
	address := parseMAC(t.text)
	return directed(q.direction, etherAddress(6, address), etherAddress(0, address)), nil
}

// directed joins what holds for the source with what holds for the destination.
func directed(direction string, src, dst node) node {
	switch direction {
	case "src":
		return src
	case "dst":
		return dst
	case "src and dst":
		return and(src, dst)
	}
	return or(src, dst)
}

// address reads the length or the mask of a network, if one follows t.
func (p *parser) address(q qualifier, t token) (node, error) {
	if t.kind == address6 {
		return p.address6(q, t)
	}
	value, mask, err := partial(q, t)
	if err != nil {
		return nil, err
	}
	given := true
	switch following := p.tokens[min(p.next+1, len(p.tokens)-1)]; {
	case t.kind == number:
		given = false
	case p.peek().is("/") && following.kind == number:
		if following.value > 32 {
			return nil, fmt.Errorf("at byte %d: the mask of an IPv4 network has at most 32 bits", following.at+1)
		}
		mask = ^uint32(0) << (32 - following.value)
		p.next += 2
	case p.peek().is("mask") && following.kind == dotted:
		full, short, err := partial(q, following)
		if err != nil {
			return nil, err
		}
		mask = full & short
		p.next += 2
	default:
		given = false
	}
	if given && q.kind != "net" {
		return nil, fmt.Errorf(`at byte %d: a mask is for networks: "net %s"`, t.at+1, t.text)
	}
	if value&^mask != 0 {
		return nil, fmt.Errorf("at byte %d: %s has bits set outside its mask", t.at+1, t.text)
	}
	return p.host4(q, t, value, mask)
}

// partial reads an IPv4 address of one to four numbers: 10.1 is 10.1.0.0, with
// the mask 255.255.0.0. A single number is a network's first bytes (net 10) or
// a whole address (host 167772161).
func partial(q qualifier, t token) (value, mask uint32, err error) {
	mask = ^uint32(0)
	if t.kind == number {
		for value = t.value; q.kind == "net" && value != 0 && value>>24 == 0; {
			value <<= 8
			mask <<= 8
		}
		return value, mask, nil
	}
	parts := strings.Split(t.text, ".")
	for _, part := range parts {
		n, err := strconv.ParseUint(part, 10, 8)
		if err != nil {
			return 0, 0, fmt.Errorf("at byte %d: %s is no IPv4 address", t.at+1, t.text)
		}
		value = value<<8 | uint32(n)
	}
	missing := 32 - 8*len(parts)
	return value << missing, mask << missing, nil
}

func (p *parser) host4(q qualifier, t token, value, mask uint32) (node, error) {
	at := func(etherType, src, dst uint32) node {
		n := p.layout.network
		return and(p.isEtherType(etherType), directed(q.direction, masked(n+src, 4, mask, value), masked(n+dst, 4, mask, value)))
	}
	switch q.proto {
	case "":
		return or(at(etherIP, 12, 16), at(etherARP, 14, 24), at(etherRARP, 14, 24)), nil
	case "ip":
		return at(etherIP, 12, 16), nil
	case "arp":
		return at(etherARP, 14, 24), nil
	case "rarp":
		return at(etherRARP, 14, 24), nil
	}
	return nil, fmt.Errorf(`at byte %d: %s has no IPv4 addresses; write "%[2]s and host %[3]s"`, t.at+1, q.proto, t.text)
}

func (p *parser) address6(q qualifier, t token) (node, error) {
	address := netip.MustParseAddr(t.text) // the lexer has parsed it already
	bits := 128
	if following := p.tokens[min(p.next+1, len(p.tokens)-1)]; p.peek().is("/") && following.kind == number {
		p.next += 2
		if following.value > 128 {
			return nil, fmt.Errorf("at byte %d: the mask of an IPv6 network has at most 128 bits", following.at+1)
		}
		bits = int(following.value)
		if q.kind != "net" && bits != 128 {
			return nil, fmt.Errorf(`at byte %d: a mask is for networks: "net %s"`, t.at+1, t.text)
		}
	}
	if prefix, _ := address.Prefix(bits); prefix.Addr() != address {
		return nil, fmt.Errorf("at byte %d: %s/%d has bits set outside its mask", t.at+1, t.text, bits)
	}
	if q.proto != "" && q.proto != "ip6" {
		return nil, fmt.Errorf(`at byte %d: %s has no IPv6 addresses; write "%[2]s and host %[3]s"`, t.at+1, q.proto, t.text)
	}
	n := p.layout.network
	return and(p.isEtherType(etherIPv6), directed(q.direction, prefix6(n+8, address, bits), prefix6(n+24, address, bits))), nil
}

func prefix6(off uint32, address netip.Addr, bits int) node {
	var all node = truth(true)
	bytes := address.As16()
	for i := 0; i < 16 && bits > 0; i, bits = i+4, bits-32 {
		mask := ^uint32(0) << (32 - min(bits, 32))
		all = and(all, masked(off+uint32(i), 4, mask, binary.BigEndian.Uint32(bytes[i:])))
	}
	return all
}
