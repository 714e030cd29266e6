//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Chain is a scenario's nodes, up and running, with their captures.
type Chain struct {
	lab      *Lab
	scenario Scenario
	dir      string // where the captures, configurations and logs are
	spaces   map[string]Namespace
	running  []*process // in the order of their start
	captures []*capture
}

// start builds the scenario's chain with its files in dir and returns when every
// node listens and every capture runs. On an error nothing is left behind.
func (l *Lab) start(ctx context.Context, s Scenario, dir string) (*Chain, error) {
	c := &Chain{lab: l, scenario: s, dir: dir, spaces: map[string]Namespace{}}
	for _, step := range []func(context.Context) error{c.makeSpaces, c.makeLinks, c.startNodes, c.startCaptures} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("build chain %s: %w", s.Name, err), c.stop())
		}
	}
	return c, nil
}

// makeSpaces makes a namespace for the client and one for each node.
func (c *Chain) makeSpaces(ctx context.Context) error {
	number := c.lab.chains.Add(1)
	names := []string{clientName}
	for _, node := range c.scenario.hosts() {
		names = append(names, node.Name)
	}
	if c.scenario.Docker {
		names = append(names, dockerHost)
	}
	for _, name := range names {
		ns, err := newNamespace(ctx, fmt.Sprintf("%s%d-%d-%s", namePrefix, os.Getpid(), number, name))
		if err != nil {
			return err
		}
		c.spaces[name] = ns
	}
	return nil
}

// makeLinks joins each node to the one before it.
func (c *Chain) makeLinks(ctx context.Context) error {
	if c.scenario.Docker {
		return c.makeDockerHost(ctx)
	}
	before, device := clientName, "eth0"
	for _, node := range c.scenario.hosts() {
		l := link{place: node.Place, from: c.spaces[before], to: c.spaces[node.Name], fromDevice: device, toDevice: "eth0"}
		if err := makeLink(ctx, l, c.scenario.Segmented); err != nil {
			return err
		}
		before, device = node.Name, "eth1"
	}
	if err := c.addAddresses(ctx); err != nil {
		return err
	}
	if c.scenario.FarClient {
		return slowDown(ctx, c.spaces[clientName])
	}
	return nil
}

// addAddresses gives hosts the further addresses that nodes on them have.
func (c *Chain) addAddresses(ctx context.Context) error {
	for _, node := range c.scenario.Nodes {
		if node.Number == 0 {
			continue
		}
		if err := ip(ctx, "-n", c.spaces[node.host()].Name, "address", "add", node.address().String()+"/24", "dev", "eth0"); err != nil {
			return err
		}
	}
	return nil
}

// startNodes starts the servers from the application's host forward, so that
// each finds those behind it. Those of one host start together.
func (c *Chain) startNodes(ctx context.Context) error {
	for _, host := range slices.Backward(c.scenario.hosts()) {
		nodes := slices.DeleteFunc(slices.Clone(c.scenario.Nodes), func(n Node) bool { return n.host() != host.Name })
		processes, failed := make([]*process, len(nodes)), make([]error, len(nodes))
		var together sync.WaitGroup
		for i, node := range nodes {
			together.Go(func() {
				processes[i], failed[i] = node.start(ctx, c.lab, c.spaces[host.Name], c.dir)
			})
		}
		together.Wait()
		for _, p := range processes {
			if p != nil {
				c.running = append(c.running, p)
			}
		}
		if err := errors.Join(failed...); err != nil {
			return err
		}
	}
	return nil
}

func (c *Chain) startCaptures(ctx context.Context) error {
	for _, tap := range c.scenario.taps() {
		if len(tap.Of) > 0 {
			continue
		}
		captured, err := startCapture(ctx, c.spaces[tap.Node], tap, c.dir)
		if err != nil {
			return err
		}
		c.captures = append(c.captures, captured)
	}
	return nil
}

// endCaptures ends the captures once they have been quiet for a while.
func (c *Chain) endCaptures(ctx context.Context) error {
	var failed error
	for _, captured := range c.captures {
		failed = errors.Join(failed, captured.settle(ctx, 250*time.Millisecond))
	}
	for _, captured := range c.captures {
		failed = errors.Join(failed, captured.stop(), captured.lost())
		failed = errors.Join(failed, os.Remove(filepath.Join(c.dir, captured.tap.File+".log")))
	}
	c.captures = nil
	if failed != nil {
		return failed
	}
	for _, tap := range c.scenario.taps() {
		failed = errors.Join(failed, tap.finish(ctx, c.dir))
	}
	return failed
}

// stop ends every process of the chain and removes its namespaces. It needs no
// context: it must work after one was cancelled.
func (c *Chain) stop() error {
	var failed error
	for _, captured := range c.captures {
		failed = errors.Join(failed, captured.stop())
	}
	for _, p := range slices.Backward(c.running) {
		failed = errors.Join(failed, p.stop(syscall.SIGTERM, 5*time.Second))
	}
	for _, ns := range c.spaces {
		failed = errors.Join(failed, ns.remove(context.Background()))
	}
	return failed
}
