package tcp

import (
	"math"
	"time"
)

// agingStep is how exactly the age of flows is kept, in nanoseconds: a flow
// moves to the end of its list at most once in this time, not with each packet,
// and its time is over that much later.
const agingStep = 1e9

// The clock keeps within these bounds, in nanoseconds since the Unix epoch (the
// years 1933 to 2189), whatever times a broken capture has, and waits are at most
// so long: then no difference of two times and no end of a wait overflows 64 bits.
const (
	minTime  = -1 << 60
	maxTime  = 6 << 60
	maxDelay = 1 << 60
)

// delay gives the nanoseconds of a duration that somebody asked for.
func delay(d time.Duration) int64 { return min(int64(d), maxDelay) }

// advance moves the clock to a packet's time and does what became due. Time
// that goes back a little stays where it was (packets of several interfaces
// change places); if it goes back a lot, as in captures that were put behind
// each other, the clock follows.
func (a *Assembler) advance(now int64) {
	now = max(minTime, min(now, maxTime))
	switch {
	case now >= a.deadline:
		a.clock = now
		a.sweep()
	case now > a.clock || !a.started:
		a.clock, a.started = now, true
	case a.clock-now > int64(maxStepBack):
		a.rewind(now)
	}
}

// rewind sets the clock back.
func (a *Assembler) rewind(now int64) {
	a.clock = now
	for _, l := range []*list[flow]{&a.open, &a.told, &a.lingering, &a.resets, &a.closed} {
		l.rewind(now)
	}
	for _, l := range []*list[held]{&a.opening, &a.acked, &a.lost} {
		l.rewind(now)
	}
	a.decoder.fragments.byAge.rewind(now)
	a.setDeadline()
}

// sweep ends waits and connections whose time is over. It comes to an end:
// draining a flow whose wait is over either gives up what it waited for, so that
// the wait is taken out of its list, or finds that it waits for something else,
// so that another wait begins now; and delays are positive, so that nothing that
// begins now is due. In the end a flow holds fewer pieces, knows more bytes as
// told or missing, or is gone.
func (a *Assembler) sweep() {
	for _, l := range []*list[held]{&a.opening, &a.acked, &a.lost} {
		for l.due(a.clock) {
			a.drain(l.first.owner.flow)
		}
	}
	for _, l := range []*list[flow]{&a.open, &a.told, &a.lingering, &a.resets, &a.closed} {
		for l.due(a.clock) {
			a.expire(l.first.owner)
		}
	}
	a.setDeadline()
}

// expire ends a flow that was silent for its time. One that was reset is remembered.
func (a *Assembler) expire(f *flow) {
	if f.age.list == &a.resets {
		a.finish(f, End{})
		return
	}
	cause := EndIdle
	if f.age.list == &a.lingering {
		cause = EndFin
	}
	a.finish(f, End{Mark: f.last, Cause: cause, By: f.direction(int(f.closer))})
	a.forget(f)
}

// push puts a flow at the end of one of the lists by age.
func (a *Assembler) push(l *list[flow], f *flow) {
	l.push(&f.age, a.clock)
	a.deadline = min(a.deadline, a.clock+l.delay)
}

// setDeadline finds out when something will be due next.
func (a *Assembler) setDeadline() {
	a.deadline = math.MaxInt64
	for _, l := range []*list[held]{&a.opening, &a.acked, &a.lost} {
		if l.first != nil {
			a.deadline = min(a.deadline, l.first.at+l.delay)
		}
	}
	for _, l := range []*list[flow]{&a.open, &a.told, &a.lingering, &a.resets, &a.closed} {
		if l.first != nil {
			a.deadline = min(a.deadline, l.first.at+l.delay)
		}
	}
}
