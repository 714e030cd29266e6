//go:build linux

package lab

import (
	"context"
	"net/netip"
	"path/filepath"

	"github.com/hophound/hophound/pcaps"
)

// What stands on a host with containers as Docker sets it up: its bridge, and
// the rules of the kernel's NAT for the one published port.
const (
	dockerHost   = "host"
	dockerBridge = "docker0"
	dockerRules  = "nft/published.nft"
	rulesSavedAs = "host.nft"
)

// published is where the client finds the container's port 80.
func published() string { return netip.AddrPortFrom(Proxy.address(0), 8080).String() }

// container is the node as a container: with an address behind the host's bridge.
func container(n Node, number int) Node {
	n.Place, n.Number = Application, number
	return n
}

// vethOf is the device of the host that leads to a container.
func vethOf(node string) string { return "veth-" + node }

// onHost is a tap on a device of the containers' host.
func onHost(device string, hops ...pcaps.Hop) Tap {
	return Tap{Node: dockerHost, Device: device, File: "host-" + device + ".pcap", Hops: hops}
}

// makeDockerHost joins the client to a host, and the host by a bridge to its
// containers. What comes to the published port goes on to the container under
// other addresses, by the kernel's NAT: no process accepts it on the host.
func (c *Chain) makeDockerHost(ctx context.Context) error {
	host := c.spaces[dockerHost]
	err := makeLink(ctx, link{place: Proxy, from: c.spaces[clientName], to: host, fromDevice: "eth0", toDevice: "eth0"}, false)
	if err != nil {
		return err
	}
	gateway := Application.client()
	steps := [][]string{
		{"link", "add", dockerBridge, "type", "bridge"},
		{"address", "add", gateway + "/24", "dev", dockerBridge},
		{"link", "set", dockerBridge, "up"},
	}
	for _, step := range steps {
		if err := ip(ctx, append([]string{"-n", host.Name}, step...)...); err != nil {
			return err
		}
	}
	for _, node := range c.scenario.hosts() {
		if err := c.plugIn(ctx, node, gateway); err != nil {
			return err
		}
	}
	if err := copyFile(c.lab.path(dockerRules), filepath.Join(c.dir, rulesSavedAs)); err != nil {
		return err
	}
	for _, argv := range [][]string{{"sysctl", "-q", "-w", "net.ipv4.ip_forward=1"}, {"nft", "-f", rulesSavedAs}} {
		if _, err := run(ctx, c.dir, host.command(argv...).Args...); err != nil {
			return err
		}
	}
	return nil
}

// plugIn joins a container to the host's bridge.
func (c *Chain) plugIn(ctx context.Context, node Node, gateway string) error {
	inside, outside, veth := c.spaces[node.Name].Name, c.spaces[dockerHost].Name, vethOf(node.Name)
	steps := [][]string{
		{"link", "add", "name", veth, "netns", outside, "type", "veth", "peer", "name", "eth0", "netns", inside},
		{"-n", outside, "link", "set", veth, "master", dockerBridge, "up"},
		{"-n", inside, "address", "add", node.address().String() + "/24", "dev", "eth0"},
		{"-n", inside, "link", "set", "eth0", "up"},
		{"-n", inside, "route", "add", "default", "via", gateway},
	}
	for _, step := range steps {
		if err := ip(ctx, step...); err != nil {
			return err
		}
	}
	return nil
}
