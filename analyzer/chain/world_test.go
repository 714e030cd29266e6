package chain_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"

	"github.com/hophound/hophound/analyzer/http1"
)

// world makes up the traffic of a chain client → balancer → nginx → puma as
// the three hops see it, and knows which exchanges are one request.
type world struct {
	rng   *rand.Rand
	load  load
	now   int64
	conns uint64
	free  [worldHops][]*keepAlive // idle connections to the later hops
	users []*user
	// captured, in the order in which the exchanges ended
	captured []capturedExchange
	truth    map[*http1.Exchange]origin
	n        int
}

const worldHops = 3

// origin is what an exchange belongs to.
type origin struct {
	request int
	failed  bool // an attempt, or part of one, that another attempt followed
}

// load says what the traffic is like. Shares are of 1.
type load struct {
	gap      int64            // mean time between requests, nanoseconds
	users    int              // each with a cookie; ten share an address
	plain    float64          // requests without any identifier
	alike    float64          // health checks: no cookie, all heads the same
	lost     float64          // not captured, at each hop
	rewrites bool             // nginx writes an X-Request-Id of its own
	newKeys  bool             // the balancer makes a Sec-WebSocket-Key of its own
	retried  float64          // requests that a node sends to a second server, the first having failed
	skew     [worldHops]int64 // what the hops' clocks are ahead, nanoseconds
	drift    [worldHops]float64
	step     [worldHops]int64 // what is added to the clocks after 100 s
	oneClock bool             // all hops were captured on one host, and the matcher is told
	apart    bool             // captures are read by their packet times, not side by side
}

type capturedExchange struct {
	hop     int
	ended   int64 // in truth
	stamped int64 // by the hop's clock
	x       *http1.Exchange
}

// keepAlive is a connection that is used again.
type keepAlive struct {
	conn *http1.Conn
	next int
	busy int64 // until
}

type user struct {
	cookie, agent, trace string
	conn                 *keepAlive
	address              netip.AddrPort
}

func newWorld(seed uint64, l load) *world {
	w := &world{rng: rand.New(rand.NewPCG(seed, 1)), load: l, now: 1e18, truth: make(map[*http1.Exchange]origin)}
	for i := range l.users {
		u := &user{
			cookie: fmt.Sprintf("session=%d", i), agent: fmt.Sprintf("Browser/%d", i%7),
			trace:   fmt.Sprintf("00-%032x-%016x-01", w.rng.Uint64(), i),
			address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{198, 51, byte(i / 2560), byte(i / 10)}), uint16(1024+i)),
		}
		w.users = append(w.users, u)
	}
	return w
}

func (w *world) chance(p float64) bool { return w.rng.Float64() < p }

func (w *world) between(least, most int64) int64 { return least + w.rng.Int64N(most-least) }

// live lets n requests happen and returns what was captured.
func (w *world) live(n int) []capturedExchange {
	for range n {
		w.now += int64(w.rng.ExpFloat64() * float64(w.load.gap))
		w.request()
	}
	slices.SortStableFunc(w.captured, func(a, b capturedExchange) int {
		if w.load.apart {
			return cmp.Compare(a.stamped, b.stamped)
		}
		return cmp.Compare(a.ended, b.ended)
	})
	return w.captured
}

// wish is a request as it is on its way: each node changes it.
type wish struct {
	method, target string
	fields         []http1.Field
	client         netip.AddrPort
	user           *user
	start, end     int64
	failed         bool   // as origin.failed
	status         int    // 0: no answer
	again          bool   // on its way to another server than before
	frames         uint64 // what the client sends through the tunnel
}

func (r *wish) set(name, value string) {
	r.fields = append(slices.Clone(r.fields), http1.Field{Name: name, Value: value})
}

func (r *wish) drop(name string) {
	r.fields = slices.DeleteFunc(slices.Clone(r.fields), func(f http1.Field) bool { return f.Name == name })
}

// request lets one request go through the chain.
func (w *world) request() {
	w.n++
	r := w.makeRequest()
	w.identify(r)
	w.pass(0, r)
}

func (w *world) makeRequest() *wish {
	u := w.users[w.rng.IntN(len(w.users))]
	r := &wish{method: "GET", user: u, client: u.address, start: w.now, status: 200}
	r.end = r.start + w.between(4e6, 60e6)
	if w.chance(0.02) {
		r.end += w.between(1e9, 5e9) // a slow one
	}
	if w.chance(w.load.alike) {
		r.target, r.user = "/health", nil
		r.set("User-Agent", "Checker/1.0")
		return r
	}
	r.target = fmt.Sprintf("/page/%d", w.rng.IntN(20))
	if w.chance(0.05) {
		r.target = "/app" + r.target // nginx strips the prefix
	}
	r.set("User-Agent", u.agent)
	r.set("Cookie", u.cookie)
	return r
}

// identify gives the request what identifies it, or pretends to.
func (w *world) identify(r *wish) {
	if r.user == nil || w.chance(w.load.plain) {
		return
	}
	switch kind := w.rng.Float64(); {
	case kind < 0.3:
		r.target = "/cable"
		r.set("Sec-WebSocket-Key", fmt.Sprintf("%016x%06x==", w.rng.Uint64(), w.n))
		if r.status = 101; w.chance(0.8) {
			r.frames = w.rng.Uint64()
		}
	case kind < 0.35:
		r.target = "/cable"
		r.set("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
	case kind < 0.7:
		r.set("X-Request-Id", fmt.Sprintf("%016x", w.rng.Uint64()))
	case kind < 0.75:
		r.set("X-Request-Id", "constant-of-a-script")
	case kind < 0.85:
		r.set("traceparent", r.user.trace) // all requests of the user are one trace
	default:
		r.set("traceparent", fmt.Sprintf("00-%032x-%016x-01", w.rng.Uint64(), w.n))
	}
}

// pass lets the request arrive at a hop, and the node there send it on.
func (w *world) pass(hop int, r *wish) {
	w.see(hop, r)
	if hop == worldHops-1 || w.chance(0.04) {
		return // served here
	}
	next := *r
	next.again = false
	next.start += w.delay()
	next.end -= w.delay()
	if next.start >= next.end {
		return // no time to ask anyone
	}
	next.client = netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(hop + 1)}), 0)
	w.change(hop, r, &next)
	if w.chance(w.load.retried) { // the first server fails, the next one is tried
		failed := next
		failed.end = failed.start + (next.end-next.start)/3
		failed.failed, failed.frames = true, 0
		if failed.status = 502; w.chance(0.5) {
			failed.status = 0
		}
		w.pass(hop+1, &failed)
		next.start, next.again = failed.end+100e3, true
	}
	w.pass(hop+1, &next)
}

// delay is what the way from one hop to the next takes: mostly less than a
// millisecond, sometimes much more.
func (w *world) delay() int64 {
	d := w.between(50e3, 900e3)
	if w.chance(0.02) {
		d += int64(w.rng.ExpFloat64() * 10e6)
	}
	return d
}

// change is what the node of a hop does to the head.
func (w *world) change(hop int, r, next *wish) {
	switch hop {
	case 0:
		next.set("X-Forwarded-For", r.client.Addr().String())
		if w.load.newKeys && r.status == 101 {
			next.drop("Sec-WebSocket-Key")
			next.set("Sec-WebSocket-Key", fmt.Sprintf("%016x%06x==", w.rng.Uint64(), w.n))
		}
	case 1:
		if len(r.target) > 4 && r.target[:5] == "/app/" {
			next.target = r.target[4:]
		}
		if w.load.rewrites {
			next.drop("X-Request-Id")
			next.set("X-Request-Id", fmt.Sprintf("%016x", w.rng.Uint64()))
		}
	}
	if w.chance(0.03) {
		next.drop("X-Request-Id")
		next.drop("Sec-WebSocket-Key")
		next.drop("traceparent")
	}
}

// see captures the request at a hop, on a connection that is free; a user's
// requests are pipelined on one.
func (w *world) see(hop int, r *wish) {
	k := w.connection(hop, r)
	start, end := w.clock(hop, r.start), w.clock(hop, r.end)
	x := &http1.Exchange{
		Conn: k.conn, Index: k.next,
		Request:  &http1.Message{Method: r.method, Target: r.target, Fields: r.fields, Complete: true, Start: start, End: start},
		Response: &http1.Message{Status: r.status, Complete: true, Start: end, End: end},
	}
	if r.status == 0 {
		x.Response, x.Unanswered, x.End = nil, true, http1.End{Cause: http1.EndFin, Time: end}
		k.next = 1000
	}
	if r.frames != 0 {
		x.Tunnel = &http1.Tunnel{ClientStart: r.frames}
	}
	k.next++
	k.busy = r.end
	if w.chance(w.load.lost) {
		return
	}
	if w.chance(w.load.lost / 4) {
		x.Response = nil
	}
	if w.chance(w.load.lost / 4) {
		x.Request.Complete = false
		x.Request.Fields = x.Request.Fields[:w.rng.IntN(len(x.Request.Fields)+1)]
	}
	w.truth[x] = origin{request: w.n, failed: r.failed}
	w.captured = append(w.captured, capturedExchange{hop: hop, ended: r.end, stamped: end, x: x})
}

// clock is what the clock of a hop shows.
func (w *world) clock(hop int, t int64) int64 {
	const began, set = int64(1e18), int64(100e9)
	if t > began+set {
		t += w.load.step[hop]
	}
	return t + w.load.skew[hop] + int64(w.load.drift[hop]*float64(t-began))
}

func (w *world) connection(hop int, r *wish) *keepAlive {
	if hop == 0 && r.user != nil {
		if r.user.conn == nil || r.user.conn.next > 50 {
			r.user.conn = w.connect(r)
		}
		return r.user.conn
	}
	for _, k := range w.free[hop] {
		if !r.again && k.busy < r.start && k.next < 1000 {
			return k
		}
	}
	k := w.connect(r)
	if len(w.free[hop]) < 64 {
		w.free[hop] = append(w.free[hop], k)
	} else {
		w.free[hop][w.rng.IntN(64)] = k
	}
	return k
}

func (w *world) connect(r *wish) *keepAlive {
	w.conns++
	return &keepAlive{conn: &http1.Conn{ID: w.conns, Client: r.client, Start: r.start, Whole: true}}
}
