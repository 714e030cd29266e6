package tcp

import "net/netip"

// flow is what an Assembler remembers of a connection. It is small, because
// there may be a great many that never carry a byte: what must be held back is
// in held, and the Conn is made when there is something to tell of it.
type flow struct {
	key    key
	tunnel [2]uint32 // by side: identity of the tunnel that it sends through
	chain  *flow     // the next one in its bucket of the table
	half   [2]half   // by side: [0] is what key.a sends
	conn   *Conn     // nil until it is announced, and after its end
	held   *held     // nil if nothing is held back
	phase  phase
	opener uint8 // the side that is Conn.A
	opened bool  // a SYN was seen
	closer uint8 // the side whose FIN was told first, or that sent RST
	reset  bool  // it was closed by RST
	last   Mark  // its last packet
	age    node[flow]
	id     uint64
	start  int64 // time of its first packet
}

// phase is where a flow stands.
type phase uint8

const (
	phaseOpening phase = iota // it is not settled yet what the first bytes are
	phaseRunning
	phaseIgnored // the Handler passed it over
	phaseClosed  // its end was told; it is remembered because of packets that come late
)

// direction turns a side into the direction that the Handler knows.
func (f *flow) direction(side int) Direction { return Direction(uint8(side) ^ f.opener) }

// newConn makes what the Handler gets to know of the flow.
func (f *flow) newConn() *Conn {
	a, b := netip.AddrPortFrom(f.key.a.netip(), f.key.aPort), netip.AddrPortFrom(f.key.b.netip(), f.key.bPort)
	if f.opener == 1 {
		a, b = b, a
	}
	return &Conn{
		ID: f.id, A: a, B: b, Start: f.start, Opened: f.opened,
		Sequence: [2]uint32{f.half[f.opener].base, f.half[f.opener^1].base},
		Numbered: f.half[0].known && f.half[1].known,
	}
}

// learn takes from a segment where the directions start, as far as that is not
// certain yet. Only a segment that carries something says so: a keep-alive
// probe stands one byte too low, and in the middle of a transfer an
// acknowledgement lags behind what the capture could have seen.
func (f *flow) learn(side int, s *segment) {
	me, other := &f.half[side], &f.half[side^1]
	me.seen = true
	opening := f.phase == phaseOpening
	if s.has(flagRST) {
		return
	}
	carries := s.length > 0 || s.has(flagSYN|flagFIN)
	switch {
	case s.has(flagSYN):
		f.learnSYN(side, s)
	case !carries:
	case !me.known:
		me.begin(s.seq, opening)
	case opening && !me.syn:
		if off := me.offset(s.seq); off < me.next && me.next-off < maxEarly {
			me.next = off
		}
	}
	if s.has(flagACK) && !other.known && (carries || f.opened) {
		other.begin(s.ack, opening)
	}
}

// learnSYN takes the first byte's number and who opened the connection from a
// SYN.
func (f *flow) learnSYN(side int, s *segment) {
	me := &f.half[side]
	switch {
	case !me.known:
		me.begin(s.seq+1, false)
	case f.phase == phaseOpening && !me.syn:
		f.settle(side, me.offset(s.seq+1))
	}
	me.syn = true
	if f.opened || f.conn != nil {
		return
	}
	f.opened = true
	f.opener = uint8(side)
	if s.has(flagACK) {
		f.opener = uint8(side ^ 1)
	}
}

// settle makes first the start of a direction, in everything that is held too.
func (f *flow) settle(side int, first int64) {
	delta := f.half[side].settle(first)
	if f.held == nil {
		return
	}
	for i := f.held.queue[side].first; i != nil; i = i.next {
		i.off -= delta
	}
	for i := f.held.queue[side^1].first; i != nil; i = i.next {
		if i.ack != noAck {
			i.ack -= delta
		}
	}
}

// run ends the opening: the lowest offsets seen are the first ones.
func (f *flow) run() {
	for side := range f.half {
		if h := &f.half[side]; h.known && !h.syn {
			f.settle(side, h.next)
		}
	}
	f.phase = phaseRunning
}

// replaced tells whether a segment belongs to another connection between the
// same endpoints: a SYN with a number of its own, or, if the SYN was not
// captured, both numbers far from anything known here, or data behind the FIN of
// one that both sides closed. It is also taken for another one if its sender goes
// on after a RST: then somebody else had sent that, and the receiver had ignored it.
func (f *flow) replaced(side int, s *segment) bool {
	me, other := &f.half[side], &f.half[side^1]
	if s.has(flagSYN) {
		return f.reopened(side, s.seq+1)
	}
	if s.has(flagRST) || !s.has(flagACK) || s.length == 0 || !me.known || !other.known {
		return false
	}
	if f.reset && f.closer == uint8(side) && me.offset(s.seq) >= me.next && me.plausible(s.seq) {
		return true
	}
	if f.phase == phaseClosed && me.fin && other.fin && me.offset(s.seq) > me.next {
		return true // nothing comes behind a FIN
	}
	return !me.plausible(s.seq) && !other.plausible(s.ack)
}

// reopened tells whether a SYN, whose direction begins with the number first,
// opens another connection. A client that was refused may try again with the
// number it had.
func (f *flow) reopened(side int, first uint32) bool {
	me, other := &f.half[side], &f.half[side^1]
	switch {
	case (f.phase == phaseClosed || f.reset) && me.next == 0 && other.next == 0:
		return true
	case !me.known:
		return f.phase == phaseClosed
	case f.phase == phaseOpening && !me.syn:
		early := me.next - me.offset(first)
		return early < 0 || early >= maxEarly
	}
	return first != me.base
}

// plausible tells whether a sequence number can belong to the direction.
func (h *half) plausible(seq uint32) bool {
	ahead := h.offset(seq) - max(h.next, h.acked)
	return ahead < maxAhead && ahead > -maxBehind
}
