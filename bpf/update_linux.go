//go:build amd64 || arm64

package bpf

import (
	"errors"
	"fmt"
	"net/netip"

	"github.com/cilium/ebpf"
)

// Update changes what the filter lets through while it runs, all but Flows.
// Packets that pass meanwhile are judged by the old options, the new ones, or
// some of each.
func (h *Heads) Update(options Options) error {
	options, err := options.withDefaults()
	if err != nil {
		return fmt.Errorf("set options of the eBPF filter: %w", err)
	}
	if err := h.setNetworks(options.Networks); err != nil {
		return fmt.Errorf("set networks of the eBPF filter: %w", err)
	}
	var ports headsPorts
	for _, p := range options.Ports {
		ports.Bits[p/64] |= 1 << (p % 64)
	}
	if err := h.objects.Ports.Put(uint32(0), &ports); err != nil {
		return fmt.Errorf("set ports of the eBPF filter: %w", err)
	}
	if err := h.objects.Config.Put(uint32(0), options.config()); err != nil {
		return fmt.Errorf("set options of the eBPF filter: %w", err)
	}
	return nil
}

// config is the part of the options that is not in maps of its own.
func (o Options) config() *headsConfig {
	const ethernet = 14
	c := &headsConfig{
		Link:            ethernet,
		HeadLimit:       uint32(o.HeadLimit),
		StartLimit:      uint32(o.StartLimit),
		AnyPort:         flag(len(o.Ports) == 0),
		AnyAddress:      flag(len(o.Networks) == 0),
		HeadersOfOthers: flag(o.OthersHeaders),
	}
	if o.Cooked {
		c.Link = 0
	}
	return c
}

func flag(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// setNetworks adds what is new and then removes what is no more.
func (h *Heads) setNetworks(networks []netip.Prefix) error {
	wanted := make(map[headsNetwork]bool, len(networks))
	for _, n := range networks {
		wanted[key(n)] = true
	}
	for n := range wanted {
		if err := h.objects.Networks.Put(n, uint8(1)); err != nil {
			return err
		}
	}
	var old []headsNetwork
	var n headsNetwork
	var value uint8
	entries := h.objects.Networks.Iterate()
	for entries.Next(&n, &value) {
		if !wanted[n] {
			old = append(old, n)
		}
	}
	if err := entries.Err(); err != nil {
		return err
	}
	for _, n := range old {
		if err := h.objects.Networks.Delete(n); err != nil && !isGone(err) {
			return err
		}
	}
	return nil
}

func isGone(err error) bool { return errors.Is(err, ebpf.ErrKeyNotExist) }

// key is a network as the filter looks it up: of IPv6, where IPv4 is
// ::ffff:0:0/96.
func key(n netip.Prefix) headsNetwork {
	n = n.Masked()
	bits := n.Bits()
	if n.Addr().Is4() {
		bits += 96
	}
	return headsNetwork{Length: uint32(bits), Address: n.Addr().As16()}
}
