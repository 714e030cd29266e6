package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// Nodes is what is learned of a chain's nodes from all journeys: what a single
// failing request does not show. It holds a bounded amount, whatever the number
// of journeys. Observe the journeys first and run the rules after: a rule that compares
// a request with others may leave a cause open otherwise, or accuse a node that another
// request clears.
type Nodes struct {
	// Time turns a packet time of a hop into the time of the first hop, both in
	// nanoseconds since the Unix epoch. If it is nil, all hops have one clock.
	Time func(hop int, t int64) int64

	// Apart tells whether the captures of two hops have no time in common. If it is
	// nil, all have.
	Apart func(x, y int) bool

	hops       []chain.Hop
	nodes      []node              // by the index of the hop that the node is named after
	paths      map[string]struct{} // on which upgrades were asked for
	handshakes handshakes
}

// Limits of what is kept, per chain and per node.
const (
	maxPaths     = 256
	maxListeners = 64
	maxEarly     = 256
)

// node is what one node was seen to do.
type node struct {
	servers       map[netip.AddrPort]*ways
	latest        *ways // the one that was asked for last, of servers
	listeners     map[netip.AddrPort]listener
	moreListeners bool // than are remembered
	behind        behind
	illegible     illegible
	kept          map[string]struct{}            // paths of handshakes that it passed on as such
	keptMore      bool                           // than are remembered
	early         map[*http1.Conn]*http1.Message // 400s to a PROXY protocol header, given before the request had come
}

// ways is what one server of a node was seen to do: two nginxes behind one load
// balancer are one node, and each has a configuration of its own.
type ways struct {
	server   netip.AddrPort
	software string // the first value of Server that it put into a response
	named    bool   // software is known
	sibling  *sibling
}

// sibling is a request that a node passed on with its own settings: the first
// one that was seen.
type sibling struct {
	path     string
	did      string // "keeps the client's Host", "sets X-Forwarded-For"
	source   int
	packets  []uint64
	keepHost bool
	forwards bool
}

// listener is what an address of a node was seen to answer.
type listener struct {
	plain bool // a connection without a PROXY protocol header
	proxy bool // a connection that began with one
}

// NewNodes makes an empty Nodes for a chain.
func NewNodes(hops []chain.Hop) *Nodes {
	return &Nodes{hops: hops, nodes: make([]node, len(hops)), paths: make(map[string]struct{})}
}

// Observe learns from one journey. It keeps nothing of it but short strings, packet
// numbers and, rarely, a response.
func (n *Nodes) Observe(j *chain.Journey) {
	n.observeBehind(j)
	n.observeKey(j)
	for i, x := range j.Exchanges {
		if x != nil {
			n.nodes[i].observeListener(x)
			n.nodes[i].observeEarly(x)
			if i > 0 && j.Exchanges[i-1] == nil && mayBeFromFront(x) {
				n.ObserveIllegible(i, x.Conn.Start)
			}
			if !x.IsOrdinary() {
				n.observePath(x.Request)
			}
		}
	}
	for _, l := range j.Links {
		if confidenceIn(l) > chain.Guess && l.To == l.From+1 {
			n.nodes[l.From].observePassing(j.Exchanges[l.From], j.Exchanges[l.To])
			n.nodes[l.From].observeKept(j.Exchanges[l.From], j.Exchanges[l.To])
		}
	}
}

func (n *Nodes) observePath(m *http1.Message) {
	if m == nil || len(n.paths) >= maxPaths || !isHandshake(m) {
		return
	}
	n.paths[strings.Clone(pathOf(m.Target))] = struct{}{}
}

func (n *node) observeListener(x *http1.Exchange) {
	if x.Index > 0 || x.Response == nil || x.Response.Status == 400 {
		return
	}
	l, known := n.listeners[x.Conn.Server]
	if !known && len(n.listeners) >= maxListeners {
		n.moreListeners = true
		return
	}
	if n.listeners == nil {
		n.listeners = make(map[netip.AddrPort]listener)
	}
	if len(x.Conn.Proxy) > 0 {
		l.proxy = true
	} else if x.Conn.Whole {
		l.plain = true
	}
	n.listeners[x.Conn.Server] = l
}

// observeEarly remembers a server that refuses a PROXY protocol header at once:
// the request that follows is an exchange of its own, without a response.
func (n *node) observeEarly(x *http1.Exchange) {
	if x.Request != nil || x.Index > 0 || !refusesConnection(x.Response) || len(x.Conn.Proxy) == 0 || len(n.early) >= maxEarly {
		return
	}
	if n.early == nil {
		n.early = make(map[*http1.Conn]*http1.Message)
	}
	n.early[x.Conn] = x.Response.Clone()
}

// observePassing learns from a request and its response that the node passed on. What
// a node calls itself in ordinary responses it does in the first of each connection.
func (n *node) observePassing(a, b *http1.Exchange) {
	w := n.ways(a.Conn.Server)
	if w == nil {
		return
	}
	later := a.Index > 0 && b.Index > 0 && a.IsOrdinary() && b.IsOrdinary()
	if !w.named && !later && a.Response != nil && b.Response != nil {
		w.observeSoftware(a.Response, b.Response)
	}
	if w.sibling != nil || a.Request == nil || b.Request == nil || !a.Request.Complete || !b.Request.Complete {
		return
	}
	if w.sibling = siblingOf(a.Request, b.Request); w.sibling != nil {
		w.sibling.source = b.Conn.Source
	}
}

// ways gives what is known of one of the node's servers; nil if it has too many.
func (n *node) ways(server netip.AddrPort) *ways {
	if n.latest != nil && n.latest.server == server {
		return n.latest
	}
	w := n.servers[server]
	if w == nil && len(n.servers) < maxListeners {
		w = &ways{server: server}
		if n.servers == nil {
			n.servers = make(map[netip.AddrPort]*ways)
		}
		n.servers[server] = w
	}
	n.latest = w
	return w
}

func (w *ways) observeSoftware(toClient, fromServer *http1.Message) {
	if name, ok := ownServer(toClient, fromServer); ok {
		w.software, w.named = strings.Clone(name), true
	}
}

// ownServer gives the value of Server that a node put into a response: it was
// not, or not so, in the response that the node got.
func ownServer(toClient, fromServer *http1.Message) (string, bool) {
	name, ok := toClient.Get("Server")
	if !ok || !fromServer.Complete {
		return "", false
	}
	theirs, has := fromServer.Get("Server")
	return name, !has || theirs != name
}

// siblingOf tells what an operator configured for a request, nil if nothing
// shows.
func siblingOf(a, b *http1.Message) *sibling {
	s := &sibling{keepHost: sameField(a, b, "Host"), forwards: len(forwardedFields(a, b)) > 0}
	switch {
	case s.forwards:
		s.did = "sets " + and(forwardedFields(a, b))
	case s.keepHost:
		s.did = "keeps the client's Host"
	default:
		return nil
	}
	s.path, s.packets = strings.Clone(pathOf(a.Target)), slices.Clone(b.Packets)
	return s
}

// forwardedFields gives the fields that tell the next server of the client and
// that a node set: names as sent, in wire order.
func forwardedFields(a, b *http1.Message) []string {
	var names []string
	for _, f := range b.Fields {
		if isForwarded(f.Name) && !sameField(a, b, f.Name) && !slices.Contains(names, f.Name) {
			names = append(names, strings.Clone(f.Name))
		}
	}
	return names
}

func isForwarded(name string) bool {
	const prefix = "x-forwarded-"
	return len(name) > len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) ||
		strings.EqualFold(name, "X-Real-IP") || strings.EqualFold(name, "Forwarded")
}

// sameField tells whether both messages have the same lines of that name, and
// at least one.
func sameField(a, b *http1.Message, name string) bool {
	v := a.Values(name)
	return len(v) > 0 && slices.Equal(v, b.Values(name))
}

// The questions of the rules. A nil Nodes knows nothing.

func (n *Nodes) listener(hop int, server netip.AddrPort) listener {
	if n == nil {
		return listener{}
	}
	l, known := n.nodes[hop].listeners[server]
	if !known && n.nodes[hop].moreListeners { // it may have answered anything
		return listener{plain: true, proxy: true}
	}
	return l
}

func (n *Nodes) early(hop int, conn *http1.Conn) *http1.Message {
	if n == nil {
		return nil
	}
	return n.nodes[hop].early[conn]
}

// software gives the value of Server by which the server that got x names itself
// in other responses; false if it was not heard to.
func (n *Nodes) software(hop int, x *http1.Exchange) (string, bool) {
	if n == nil || x == nil {
		return "", false
	}
	if w := n.nodes[hop].servers[x.Conn.Server]; w != nil && w.named {
		return w.software, true
	}
	return "", false
}

// siblingOf gives a request on another path to which the server that got x did
// what its operator configured; nil if none was seen.
func (n *Nodes) siblingOf(hop int, x *http1.Exchange, path string) *sibling {
	if n == nil || x == nil {
		return nil
	}
	if w := n.nodes[hop].servers[x.Conn.Server]; w != nil && w.sibling != nil && w.sibling.path != path {
		return w.sibling
	}
	return nil
}

func (n *Nodes) isUpgradePath(path string) bool {
	if n == nil {
		return false
	}
	_, ok := n.paths[path]
	return ok
}
