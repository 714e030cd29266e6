// Package bench makes captures of a proxy chain at work, as large as wished: to
// measure the analysis with, and to test it on more traffic than a lab makes.
//
// The traffic is invented, the wire is not: every hop has TCP connections of
// its own with handshakes, sequence numbers, acknowledgements, timestamps and
// right checksums, the proxies keep pools of connections and change heads as
// nginx and a load balancer do, and what happens at one hop happens there at
// the time at which it can, seen from the other hops. Captures are taken on the
// node that a hop is named after.
//
// The same [Options] make the same files, byte for byte.
package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// chain is the nodes that a request passes and the hops into them.
type chain struct {
	hops  []*hop
	nodes []node // nodes[i] stands between hops[i] and hops[i+1]
}

// hop is the link into a node, and the capture taken of it.
type hop struct {
	index   int
	name    string
	port    uint16 // the node listens there
	capture *capture
	opened  int           // connections made so far
	idle    []*connection // kept alive by the node before this hop, last used last
	summary HopSummary
}

// HopNames gives the names of a chain's hops, client side first: the last is
// the application, the one before it nginx, the first of three or more a load
// balancer.
func HopNames(hops int) []string {
	names := make([]string, hops)
	for i := range names {
		switch {
		case i == hops-1:
			names[i] = "puma"
		case i == 0 && hops > 2:
			names[i] = "elb"
		case i == hops-2:
			names[i] = "nginx"
		default:
			names[i] = fmt.Sprintf("nginx%d", hops-1-i)
		}
	}
	return names
}

// newChain opens a capture file for every hop: DIR/NAME.pcap.
func newChain(dir string, o Options) (*chain, error) {
	ch := &chain{}
	for i, name := range HopNames(o.Hops) {
		f, err := os.Create(filepath.Join(dir, name+".pcap"))
		if err != nil {
			return nil, errors.Join(err, ch.close())
		}
		ch.hops = append(ch.hops, &hop{
			index: i, name: name, port: listenPort(name, o.Kind),
			capture: newCapture(f, o, i), summary: HopSummary{Name: name},
		})
		switch name {
		case "puma":
		case "elb":
			ch.nodes = append(ch.nodes, balancer{requestIDs: o.RequestIDs})
		default:
			ch.nodes = append(ch.nodes, nginx{upstream: HopNames(o.Hops)[i+1]})
		}
	}
	return ch, nil
}

func listenPort(name string, k Kind) uint16 {
	switch {
	case k == TLS:
		return 443
	case name == "puma":
		return 3000
	}
	return 80
}

// last tells the index of the hop into the application.
func (ch *chain) last() int { return len(ch.hops) - 1 }

// flush writes all packets from before the time until: nothing will be added
// there any more. It waits until enough have come together to be worth it.
func (ch *chain) flush(until int64) error {
	full := false
	for _, h := range ch.hops {
		full = full || h.capture.full()
	}
	if !full && until != endOfTime {
		return nil
	}
	errs := make([]error, len(ch.hops))
	var writers sync.WaitGroup
	for i, h := range ch.hops {
		writers.Go(func() { errs[i] = h.capture.flush(until) })
	}
	writers.Wait()
	return errors.Join(errs...)
}

// close ends the capture files.
func (ch *chain) close() error {
	var errs []error
	for _, h := range ch.hops {
		errs = append(errs, h.capture.close())
	}
	return errors.Join(errs...)
}
