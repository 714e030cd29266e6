package capture

import (
	"fmt"
	"slices"
	"strings"
)

// LiveName is where to capture, as people write it.
type LiveName struct {
	Kind      string // "iface", "netns", "pid" or "container"
	Of        string // the namespace's name or path, the process id, the container's name or id; empty for "iface"
	Interface string // "eth0", or [AnyInterface]
}

// The kinds of [LiveName].
const (
	KindInterface = "iface"
	KindNamespace = "netns"
	KindProcess   = "pid"
	KindContainer = "container"
)

// ParseLive reads where to capture:
//
//	iface:eth0               an interface here
//	netns:NAME/eth0          in the network namespace that ip-netns(8) calls NAME
//	netns:/run/x/ns/eth0     in the one at that path
//	pid:4242/eth0            in that of a process
//	container:NAME/eth0      in that of a container; see [LiveName.Namespace]
//
// The interface may always be "any". The second value is false, and the error
// nil, for anything that does not begin with one of these words and a colon.
func ParseLive(where string) (LiveName, bool, error) {
	kind, rest, found := strings.Cut(where, ":")
	if !found || !slices.Contains([]string{KindInterface, KindNamespace, KindProcess, KindContainer}, kind) {
		return LiveName{}, false, nil
	}
	n := LiveName{Kind: kind, Interface: rest}
	if kind != KindInterface {
		slash := strings.LastIndexByte(rest, '/')
		if slash < 0 {
			return n, true, fmt.Errorf("%s names no interface: write %s/eth0, or %s/any for all of them", where, where, where)
		}
		n.Of, n.Interface = rest[:slash], rest[slash+1:]
	}
	return n, true, n.check(where)
}

// check finds what can't be meant.
func (n LiveName) check(where string) error {
	switch {
	case n.Interface == "":
		return fmt.Errorf("%s names no interface", where)
	case strings.ContainsAny(n.Interface, "/ \t"):
		return fmt.Errorf("%s: %q is no name of an interface", where, n.Interface)
	case n.Kind == KindInterface:
		return nil
	case n.Of == "":
		return fmt.Errorf("%s: nothing stands between %s: and the interface", where, n.Kind)
	case n.Kind == KindProcess && strings.Trim(n.Of, "0123456789") != "":
		return fmt.Errorf("%s: %q is no process id", where, n.Of)
	case n.Kind == KindNamespace && strings.Contains(n.Of, "/") && n.Of[0] != '/':
		return fmt.Errorf("%s: %q is neither the name of a network namespace nor an absolute path", where, n.Of)
	case n.Kind == KindContainer && strings.Contains(n.Of, "/"):
		return fmt.Errorf("%s: %q is no name of a container", where, n.Of)
	}
	return nil
}

// String gives the name back as [ParseLive] reads it.
func (n LiveName) String() string {
	if n.Kind == KindInterface {
		return n.Kind + ":" + n.Interface
	}
	return n.Kind + ":" + n.Of + "/" + n.Interface
}
