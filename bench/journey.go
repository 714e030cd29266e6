package bench

import (
	"net/netip"
	"slices"
	"time"
)

// journey is one request on its way through the chain.
type journey struct {
	number  int // from 1
	request message
	upgrade bool // it asks for a WebSocket
	lost    bool // and the last proxy drops that
	once    bool // every hop has a connection for it alone
	conns   []*connection
}

// upgraded tells that a WebSocket comes of it.
func (j *journey) upgraded() bool { return j.upgrade && !j.lost }

// reply is a response that a hop has seen.
type reply struct {
	message
	span
}

const (
	think = 80 * int64(time.Microsecond) // what a proxy needs for a head
	cable = "/cable"
)

// relay takes a request that has arrived over c, at the hop of that index, by
// the time seen, on through the rest of the chain, and sends back the response.
// So each hop's exchange lies, in time, within that of the hop before it.
func (l *load) relay(hop int, c *connection, seen int64, m message, j *journey) reply {
	j.conns = append(j.conns, c)
	c.used++
	c.hop.summary.Exchanges++
	if hop == l.chain.last() {
		at := seen + l.between(500*time.Microsecond, 8*time.Millisecond)
		response := l.application(j, m)
		return reply{response, c.send(server, at, response.wire())}
	}
	node := l.chain.nodes[hop]
	peer := netip.AddrFrom4(c.ends[client].address)
	forwarded := node.forward(m, peer, j)
	next := l.chain.hops[hop+1]
	up, ready := l.connect(next, seen+think, j)
	sent := up.send(client, ready, forwarded.wire())
	r := l.relay(hop+1, up, sent.last+delay, forwarded, j)
	// What the proxy gets it passes on at once, at the same pace.
	at := r.first + up.trip/2 + think
	response := node.answer(r.message, at, j)
	back := reply{response, c.send(server, at, response.wire())}
	l.settle(up, j)
	return back
}

// connect gives a proxy a connection to the next node on which a request can be
// seen at the time it gives back: one from its pool that is free, or else a new
// one.
func (l *load) connect(h *hop, at int64, j *journey) (*connection, int64) {
	if !j.needsOwn(h, l.chain.last()) {
		if c := h.take(at); c != nil {
			return c, at + c.trip/2
		}
	}
	c := l.newConnection(h, l.between(200*time.Microsecond, 500*time.Microsecond))
	return c, c.open(at + c.trip/2)
}

// needsOwn tells that a request gets a connection of its own at a hop, which
// ends with it.
func (j *journey) needsOwn(h *hop, last int) bool {
	return j.once || j.lost && h.index == last
}

// settle says what becomes of a proxy's connection after an exchange: it is now
// a tunnel, or the server closes it, or it goes back to the pool. A thousand
// requests are the most that nginx sends over one (keepalive_requests).
func (l *load) settle(c *connection, j *journey) {
	switch {
	case j.upgraded():
	case j.needsOwn(c.hop, l.chain.last()):
		c.close(server, c.quiet)
	case c.used >= 1000:
		c.close(client, c.quiet)
	default:
		c.hop.idle = append(c.hop.idle, c)
	}
}

// take removes from the pool a connection that is free at a time, the one used
// last if there are several.
func (h *hop) take(at int64) *connection {
	for i, c := range slices.Backward(h.idle) {
		if c.quiet+c.trip <= at {
			h.idle = slices.Delete(h.idle, i, i+1)
			return c
		}
	}
	return nil
}
