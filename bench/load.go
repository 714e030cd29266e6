package bench

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// load is the clients at work on a chain.
type load struct {
	options Options
	chain   *chain
	random  *rand.Rand
	content *content
	clients []*visitor
	summary Summary
}

// visitor is a client: it makes a connection, sends some requests, goes away,
// and comes back as another.
type visitor struct {
	next int64       // when its next packet can be seen
	conn *connection // nil before the first request
	left int         // requests until it goes away
}

// Generate writes the captures of a chain at work into the folder dir, one for
// each hop, named as [HopNames] says with ".pcap" behind it. The folder must be
// there; files of these names are replaced. Memory does not grow with the
// number of journeys.
func Generate(dir string, o Options) (Summary, error) {
	o, err := o.complete()
	if err != nil {
		return Summary{}, err
	}
	ch, err := newChain(dir, o)
	if err != nil {
		return Summary{}, fmt.Errorf("make captures: %w", err)
	}
	l := newLoad(o, ch)
	if err := errors.Join(l.run(), ch.close()); err != nil {
		return Summary{}, err
	}
	return l.total(), nil
}

func newLoad(o Options, ch *chain) *load {
	random := rand.New(rand.NewPCG(o.Seed, 0))
	l := &load{options: o, chain: ch, random: random, content: newContent(random)}
	for range o.Clients {
		l.clients = append(l.clients, &visitor{next: l.between(0, 50*time.Millisecond)})
	}
	return l
}

// run lets the clients work until all journeys are made. It is always the turn
// of the client whose time comes first, so nothing more can happen before it.
func (l *load) run() error {
	for l.summary.Journeys < l.options.Journeys {
		v := l.first()
		if err := l.chain.flush(v.next); err != nil {
			return err
		}
		l.turn(v)
	}
	for _, v := range l.clients {
		v.leave()
	}
	for _, h := range l.chain.hops {
		for _, c := range h.idle {
			c.close(client, c.quiet+int64(time.Second))
		}
	}
	return l.chain.flush(endOfTime)
}

// first gives the client whose turn it is.
func (l *load) first() *visitor {
	v := l.clients[0]
	for _, w := range l.clients[1:] {
		if w.next < v.next {
			v = w
		}
	}
	return v
}

// turn lets a client do one thing: one request, or several at once.
func (l *load) turn(v *visitor) {
	var journeys []*journey
	for range l.burst() {
		journeys = append(journeys, l.newJourney())
	}
	// Clients make a WebSocket on a connection of its own.
	if journeys[0].upgrade {
		v.leave()
	}
	if v.conn == nil {
		l.arrive(v)
	}
	c := v.conn
	var burst [][]byte
	for _, j := range journeys {
		burst = append(burst, j.request.wire()...)
	}
	seen := c.send(client, v.next, burst).last + delay
	for _, j := range journeys {
		r := l.relay(0, c, seen, j.request, j)
		seen = r.last + delay
	}
	v.next = c.quiet + l.between(time.Millisecond, 20*time.Millisecond)
	v.left -= len(journeys)
	l.finish(v, journeys[0])
}

// finish lets a client go on, or away, after its requests were answered.
func (l *load) finish(v *visitor, j *journey) {
	switch {
	case j.upgraded():
		l.tunnel(j)
		v.next = v.conn.quiet + int64(time.Millisecond)
		v.conn = nil
	case j.once:
		v.conn.close(server, v.conn.quiet)
		v.next = max(v.next, v.conn.quiet+int64(time.Millisecond))
		v.conn = nil
	case j.upgrade || v.left <= 0:
		v.leave()
	}
}

// arrive makes the client's connection.
func (l *load) arrive(v *visitor) {
	v.conn = l.newConnection(l.chain.hops[0], l.between(4*time.Millisecond, 40*time.Millisecond))
	v.next = v.conn.open(v.next)
	v.left = 1 + l.random.IntN(20)
}

// leave closes the client's connection, if it has one.
func (v *visitor) leave() {
	if v.conn == nil {
		return
	}
	v.conn.close(client, v.next)
	v.next = v.conn.quiet + int64(time.Millisecond)
	v.conn = nil
}

// newConnection makes a connection to the node of a hop, not opened yet.
func (l *load) newConnection(h *hop, trip int64) *connection {
	n := h.opened
	h.opened++
	from := &end{address: [4]byte{10, 0, byte(h.index - 1), 10}, port: ephemeral(n)}
	if h.index == 0 { // clients are many: 198.18.0.0/15 is for benchmarks (RFC 2544 §C.2.2)
		from.address = [4]byte{198, byte(18 + n>>16&1), byte(n >> 8), byte(n)}
		from.port = ephemeral(n >> 17)
	}
	to := &end{address: [4]byte{10, 0, byte(h.index), 10}, port: h.port, number: 1}
	c := &connection{hop: h, ends: [2]*end{from, to}, trip: trip}
	for _, e := range c.ends {
		e.seq, e.boot, e.ipID = l.random.Uint32(), l.random.Uint32N(1<<30), uint16(l.random.Uint32())
	}
	if l.options.Kind == TLS {
		c.seal = &sealer{l.content}
	}
	return c
}

// ephemeral gives the port of a machine's n-th connection, in the range that
// Linux uses (net.ipv4.ip_local_port_range).
func ephemeral(n int) uint16 { return uint16(32768 + n%28232) }

// between gives a random span of time in nanoseconds.
func (l *load) between(from, to time.Duration) int64 {
	return int64(from) + l.random.Int64N(int64(to-from))
}

// total gives what was made in all.
func (l *load) total() Summary {
	s := l.summary
	for _, h := range l.chain.hops {
		w := h.capture.written
		w.Name, w.Connections, w.Exchanges = h.summary.Name, h.summary.Connections, h.summary.Exchanges
		s.Hops = append(s.Hops, w)
	}
	return s
}
