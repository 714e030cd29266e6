package diagnose

import (
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// maxBehind bounds the connections that are remembered of each kind, per node.
const maxBehind = 256

// behind is what followed other requests on their connections, where it tells
// what a node took those requests for. The zero value is empty.
type behind struct {
	surplus map[*http1.Conn]surplus
	more    bool                    // of them than are remembered
	next    map[place]*next         // behind requests that hold another, on the connections behind the node
	unread  map[*http1.Conn]*unread // by the connection behind the node
}

// place is that of an exchange.
type place struct {
	conn  *http1.Conn
	index int
}

// surplus is the first answer to no request on a connection.
type surplus struct {
	index   int // of its exchange
	status  int
	packets []uint64
}

// next is the request that was sent directly behind one that holds another in
// its content, if nothing of it was seen in front of the node.
type next struct {
	method, target string
	packets        []uint64
}

// unread is a refused handshake, and the first request behind it of which the
// node changed nothing.
type unread struct {
	front   *http1.Conn // that of the same requests in front of the node
	index   int         // of the handshake behind the node
	behind  string      // the request behind it, without its query; empty if there is none
	packets []uint64
}

// observeSurplus learns of an answer that nobody asked for. 408 is no sign of
// anything: servers say it to connections that are idle (RFC 9110 §15.5.9).
func (b *behind) observeSurplus(x *http1.Exchange) {
	if !x.Unasked || x.Response == nil || !x.Response.Complete || x.Response.Status == 408 {
		return
	}
	if b.surplus == nil {
		b.surplus = make(map[*http1.Conn]surplus)
	}
	switch _, known := b.surplus[x.Conn]; {
	case known:
	case len(b.surplus) >= maxBehind:
		b.more = true
	default:
		b.surplus[x.Conn] = surplus{x.Index, x.Response.Status, slices.Clone(x.Response.Packets)}
	}
}

// observeAlone learns of a request behind the node that was not seen in front.
func (b *behind) observeAlone(y *http1.Exchange) {
	n := b.next[place{y.Conn, y.Index}]
	if m := y.Request; n != nil && m != nil && m.Complete {
		n.method, n.target, n.packets = strings.Clone(m.Method), strings.Clone(m.Target), slices.Clone(m.Packets)
	}
}

// observeCarrier learns of a request that holds another in its content.
func (b *behind) observeCarrier(x, y *http1.Exchange) {
	if _, _, ok := x.Request.Hidden(); !ok || len(b.next) >= maxBehind {
		return
	}
	if b.next == nil {
		b.next = make(map[place]*next)
	}
	b.next[place{y.Conn, y.Index + 1}] = &next{}
}

// observePassing learns from two exchanges that are known to be the same request.
func (b *behind) observePassing(x, y *http1.Exchange) {
	if x.Request == nil || y.Request == nil {
		return
	}
	if !x.IsOrdinary() {
		b.observeCarrier(x, y)
	}
	u := b.unread[y.Conn]
	switch {
	case u != nil && u.follows(x, y):
		u.behind = strings.Clone(y.Request.Method) + " " + strings.Clone(pathOf(y.Request.Target))
		u.packets = slices.Clone(y.Request.Packets)
	case u == nil && len(b.unread) < maxBehind && !y.IsOrdinary() && refusedHandshake(x, y):
		if b.unread == nil {
			b.unread = make(map[*http1.Conn]*unread)
		}
		b.unread[y.Conn] = &unread{front: x.Conn, index: y.Index}
	}
}

// follows tells of the first request behind the handshake that the node gave on
// as it came.
func (u *unread) follows(x, y *http1.Exchange) bool {
	return u.behind == "" && u.front == x.Conn && y.Index > u.index && y.Request.Complete && x.Request.Head == y.Request.Head
}

// observeBehind learns what followed on the connections of a journey.
func (n *Nodes) observeBehind(j *chain.Journey) {
	for i, x := range j.Exchanges {
		if x == nil {
			continue
		}
		n.nodes[i].behind.observeSurplus(x)
		if i > 0 && j.Exchanges[i-1] == nil {
			n.nodes[i-1].behind.observeAlone(x)
		}
	}
	for _, l := range j.Links {
		if confidenceIn(l) > chain.Guess && l.To == l.From+1 {
			n.nodes[l.From].behind.observePassing(j.Exchanges[l.From], j.Exchanges[l.To])
		}
	}
}

// surplusOn gives the first answer to no request on a connection, if it is remembered.
func (n *Nodes) surplusOn(hop int, conn *http1.Conn) (surplus, bool) {
	if n == nil {
		return surplus{}, false
	}
	e, ok := n.nodes[hop].behind.surplus[conn]
	return e, ok
}

// mayHaveSurplus tells whether there may be one.
func (n *Nodes) mayHaveSurplus(hop int, conn *http1.Conn) bool {
	_, has := n.surplusOn(hop, conn)
	return has || n != nil && n.nodes[hop].behind.more
}

// nextOn gives the request behind one that holds another, given the hop before
// the node; nil if there is none.
func (n *Nodes) nextOn(from int, carrier *http1.Exchange) *next {
	if n == nil {
		return nil
	}
	return n.nodes[from].behind.next[place{carrier.Conn, carrier.Index + 1}]
}

// unreadOn gives the refused handshake on a connection behind a node, given the
// hop before the node; nil if there is none.
func (n *Nodes) unreadOn(from int, conn *http1.Conn) *unread {
	if n == nil {
		return nil
	}
	return n.nodes[from].behind.unread[conn]
}
