//go:build linux

package lab

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// clientName is the name of the node at the client's end of every chain.
const clientName = "client"

// Node is one server process of a chain.
type Node struct {
	Name  string // of the node, and of the hop into it
	Place Place
	Port  int // where it listens, at its address

	Host   string // the node on whose host it runs; empty: it has one of its own
	Number int    // 0, or 1, 2, ... for a further address of Place's network
	Fails  bool   // stands where the application should, and its log tells nothing of the requests

	Config  string // its configuration, a path relative to lab/ or an absolute one; empty if it has none
	SavedAs string // the name of that file in the working directory and in the case
	Argv    []string
	Env     []string

	Forky    bool       // runs in the forky root, not on the machine's own Debian
	Versions [][]string // commands whose first lines name the software; none if it is the lab's own
	Imitates string     // set if it stands in for something else: for what, and after which source
}

// log is the name of the file that holds what the node wrote.
func (n Node) log() string { return n.Name + ".log" }

// host is the name of the node on whose host this one runs, and so that of the
// hop into it.
func (n Node) host() string {
	if n.Host != "" {
		return n.Host
	}
	return n.Name
}

// address is the node's address in its place's network.
func (n Node) address() netip.Addr { return n.Place.address(n.Number) }

// server is the node's address and port.
func (n Node) server() string { return netip.AddrPortFrom(n.address(), uint16(n.Port)).String() }

// start starts the node in its namespace and returns when it listens. dir is
// its working directory, with the configuration in it.
func (n Node) start(ctx context.Context, l *Lab, ns Namespace, dir string) (*process, error) {
	if n.Config != "" {
		if err := copyFile(l.path(n.Config), filepath.Join(dir, n.SavedAs)); err != nil {
			return nil, fmt.Errorf("copy the configuration of %s: %w", n.Name, err)
		}
	}
	cmd := ns.command(l.argv(n, dir, n.Argv)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), n.Env...)
	p, err := startProcess(n.Name, cmd, filepath.Join(dir, n.log()))
	if err != nil {
		return nil, err
	}
	return p, p.waitFor(ctx, "listens on "+n.server(), 60*time.Second, func() bool {
		return p.listens(n.address(), n.Port)
	})
}

// software asks the node's programs for their versions.
func (n Node) software(ctx context.Context, l *Lab) (string, error) {
	if own, found := strings.CutPrefix(n.Argv[0], "{tools}/"); found {
		return "lab/" + own, nil
	}
	var parts []string
	for _, version := range n.Versions {
		argv := version
		if n.Forky {
			argv = append([]string{"chroot", l.forky}, version...)
		}
		line, err := l.ask(ctx, argv...)
		if err != nil {
			return "", fmt.Errorf("ask %s for its version: %w", n.Name, err)
		}
		parts = append(parts, versionOf(line))
	}
	return strings.Join(parts, ", "), nil
}

// versionOf turns the many ways in which servers say their version into one:
// "nginx version: nginx/1.22.1" becomes "nginx 1.22.1".
func versionOf(line string) string {
	line = strings.TrimPrefix(line, "nginx version: ")
	if version, found := strings.CutPrefix(line, "varnishd (varnish-"); found {
		line, _, _ = strings.Cut("varnish/"+version, " ")
	}
	line = strings.TrimPrefix(line, "Server version: ")
	line = strings.Replace(line, " version ", " ", 1)
	line = strings.Replace(line, "/", " ", 1)
	for _, end := range []string{" (", " 20", "-"} {
		line, _, _ = strings.Cut(line, end)
	}
	return strings.TrimSpace(line)
}

func copyFile(from, to string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, text, 0o644)
}
