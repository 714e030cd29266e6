package filter

import (
	"fmt"
	"strings"

	"golang.org/x/net/bpf"
)

// portRange is what `port` and `portrange` ask for. over is the transport
// protocol, 0 for any of TCP, UDP and SCTP.
type portRange struct {
	low, high uint32
	over      uint32
}

// ports is `tcp dst port http`, `portrange 8000-8099`.
func (p *parser) ports(q qualifier, t token) (node, error) {
	var r portRange
	switch q.proto {
	case "":
	case "tcp", "udp", "sctp":
		r.over = protocols[q.proto].number
	default:
		return nil, fmt.Errorf("at byte %d: %s has no ports", t.at+1, q.proto)
	}
	low, high, isRange := strings.Cut(t.text, "-")
	if q.kind == "port" || t.kind != name || !isRange {
		low, high = t.text, t.text
	}
	first, firstOver, err := portOf(low, r.over, t)
	if err != nil {
		return nil, err
	}
	last, lastOver, err := portOf(high, r.over, t)
	if err != nil {
		return nil, err
	}
	if firstOver == lastOver {
		r.over = firstOver
	}
	r.low, r.high = min(first, last), max(first, last)
	return p.portNode(q.direction, r), nil
}

// portOf reads a port's number or name. over is the protocol that was asked for
// and, of what is returned, the one that the name is for.
func portOf(s string, over uint32, t token) (port, protocol uint32, err error) {
	read, err := word(s)
	if err != nil {
		return 0, 0, fmt.Errorf("at byte %d: %w", t.at+1, err)
	}
	if read.kind == number {
		if read.value > 65535 {
			return 0, 0, fmt.Errorf("at byte %d: a port is at most 65535", t.at+1)
		}
		return read.value, over, nil
	}
	service, ok := services[s]
	if !ok {
		return 0, 0, fmt.Errorf("at byte %d: no port called %q is known; give its number", t.at+1, s)
	}
	if over == protocolTCP && service.over&overTCP == 0 || over == protocolUDP && service.over&overUDP == 0 {
		return 0, 0, fmt.Errorf("at byte %d: port %q is not one of that protocol; give its number", t.at+1, s)
	}
	switch {
	case over != 0:
		return uint32(service.port), over, nil
	case service.over == overTCP:
		return uint32(service.port), protocolTCP, nil
	case service.over == overUDP:
		return uint32(service.port), protocolUDP, nil
	}
	return uint32(service.port), 0, nil
}

// portNode looks at IPv6 packets without extension headers and at IPv4 packets
// that are the first fragment or no fragment.
func (p *parser) portNode(direction string, r portRange) node {
	n := p.layout.network
	v6 := and(p.isEtherType(etherIPv6), carries(n+6, r.over),
		directed(direction, r.at(field{off: n + 40, size: 2}), r.at(field{off: n + 42, size: 2})))
	v4 := and(p.isEtherType(etherIP), carries(n+9, r.over), p.firstFragment(),
		directed(direction,
			r.at(field{off: n, size: 2, transport: true, network: n}),
			r.at(field{off: n + 2, size: 2, transport: true, network: n})))
	return or(v6, v4)
}

// carries tells whether the protocol number at off is that of ports.
func carries(off, over uint32) node {
	if over != 0 {
		return equal(off, 1, over)
	}
	return or(equal(off, 1, protocolTCP), equal(off, 1, protocolUDP), equal(off, 1, protocolSCTP))
}

func (r portRange) at(f field) node {
	if r.low == r.high {
		return test{field: f, mask: noMask, cond: bpf.JumpEqual, value: r.low}
	}
	return and(
		test{field: f, mask: noMask, cond: bpf.JumpGreaterOrEqual, value: r.low},
		not(test{field: f, mask: noMask, cond: bpf.JumpGreaterThan, value: r.high}))
}
