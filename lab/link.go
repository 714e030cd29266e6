//go:build linux

package lab

import (
	"context"
	"fmt"
	"net/netip"
)

// link is the wire into a node: a veth pair with a network of its own,
// 10.77.PLACE.0/24, whose client side is .1 and whose server side is .2.
type link struct {
	place      Place
	from, to   Namespace
	fromDevice string // device on the client's side: eth0 on the client itself, eth1 on a proxy
	toDevice   string // device on the server's side: always eth0
}

// makeLink joins two namespaces. With segmented set, the sender's segmentation
// is done in software before the packet reaches the wire, so that no captured
// packet is larger than the MTU (ip-link(8), gso_max_segs).
func makeLink(ctx context.Context, l link, segmented bool) error {
	if err := ip(ctx, "link", "add", "name", l.fromDevice, "netns", l.from.Name,
		"type", "veth", "peer", "name", l.toDevice, "netns", l.to.Name); err != nil {
		return err
	}
	ends := []struct {
		ns      Namespace
		device  string
		address string
	}{
		{l.from, l.fromDevice, l.place.client()},
		{l.to, l.toDevice, l.place.server()},
	}
	for _, end := range ends {
		if err := ip(ctx, "-n", end.ns.Name, "address", "add", end.address+"/24", "dev", end.device); err != nil {
			return err
		}
		if segmented {
			if err := ip(ctx, "-n", end.ns.Name, "link", "set", end.device, "gso_max_segs", "1"); err != nil {
				return err
			}
		}
		if err := ip(ctx, "-n", end.ns.Name, "link", "set", end.device, "up"); err != nil {
			return err
		}
	}
	return nil
}

// slowDown lets a client's packets out so slowly that its handshake waits for a
// tenth of a second after the connection is there, as on a long way: what fits
// into the bucket (the packets that open the connection) passes at once, what
// is larger waits (tc-tbf(8)).
func slowDown(ctx context.Context, client Namespace) error {
	_, err := run(ctx, "", client.command("tc", "qdisc", "add", "dev", "eth0", "root",
		"tbf", "rate", "8kbit", "burst", "450", "latency", "5s").Args...)
	return err
}

// Place is where a node stands in its chain. Each place has its own network, so
// that the configuration files can name addresses and be read as they are.
type Place int

// The places of a chain, client side first; a chain may leave some empty.
const (
	Front       Place = 1 // what faces the client: the load balancer
	Proxy       Place = 2 // the reverse proxy before the application
	Application Place = 3
)

func (p Place) client() string { return fmt.Sprintf("10.77.%d.1", p) }
func (p Place) server() string { return p.address(0).String() }

// address is that of the place's server, or, from 1, of those beside it.
func (p Place) address(number int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 77, byte(p), byte(2 + number)})
}
