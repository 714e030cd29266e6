package chain

import (
	"cmp"
	"math"
	"slices"
)

// skew is what is known of the offset between the clocks of two hops. A
// request is received after it was sent, and so is its response: each request
// seen at both gives an interval that the offset lies in.
type skew struct {
	source source
	links  int
	fitted int      // links that fit was made from
	open   []sample // not yet a piece
	pieces []piece  // in the order of time
	fit    fit
}

// source is what the knowledge of an offset rests on, the weakest first.
type source uint8

const (
	unknown  source = iota
	rhythm          // the clocks agree: what is alike nests
	byHeads         // requests whose heads are unique
	byLinks         // links that are certain
	oneClock        // the hops were captured by one clock
)

// sample is what one request says: least <= offset <= most. Offsets are added
// to the times of the later hop.
type sample struct {
	at          int64 // packet time at the later hop
	least, most int64
}

// piece is what several samples near each other say.
type piece = sample

const (
	pieceSamples = 32
	pieceSpan    = int64(10e9) // nanoseconds
	mostPieces   = 256
)

// outliers is the part of the samples that may be wrong: one of so many.
const outliers = 16

// stamping is how late a packet may get its time: interrupts are collected.
const stamping = int64(100e3)

func (s *skew) known() bool { return s.source != unknown }

// lastTime is in the year 2116; what is later are no times.
const lastTime = int64(1) << 62

// sampleOf is what two exchanges that are one request say; false if nothing.
// The entries' times must not be those of one clock yet.
func sampleOf(a, b *Entry) (sample, bool) {
	if !a.answered || !b.answered {
		return sample{}, false
	}
	sent, answered := a.start-a.shift, a.end-a.shift
	received, replied := b.start-b.shift, b.end-b.shift
	for _, t := range []int64{sent, answered, received, replied} {
		if t < 0 || t > lastTime {
			return sample{}, false
		}
	}
	s := sample{at: received, least: sent - received, most: answered - replied}
	return s, s.least <= s.most // otherwise it was answered before it was asked: an early response
}

// learn takes a sample of a source; what weaker sources said is forgotten.
func (s *skew) learn(from source, x sample) {
	if s.source > from {
		return
	}
	if s.source < from {
		*s = skew{source: from, fit: s.fit}
	}
	s.links++
	if len(s.open) > 0 {
		span := x.at - s.open[0].at
		if span < -pieceSpan {
			return // long past
		}
		if span > pieceSpan || len(s.open) == pieceSamples {
			s.closePiece()
		}
	}
	s.open = append(s.open, x)
}

func (s *skew) closePiece() {
	s.addPiece(agreement(s.open))
	s.open = s.open[:0]
}

// addPiece makes the past coarser when there are too many pieces.
func (s *skew) addPiece(p piece) {
	s.pieces = append(s.pieces, p)
	if len(s.pieces) <= mostPieces {
		return
	}
	kept := s.pieces[:0]
	for i := 0; i < mostPieces/2; i += 2 {
		p, q := s.pieces[i], s.pieces[i+1]
		if q.most-q.least < p.most-p.least {
			p = q
		}
		kept = append(kept, p)
	}
	s.pieces = append(kept, s.pieces[mostPieces/2:]...)
}

// estimate fits the offset to what was learned.
func (s *skew) estimate() {
	if s.fitted == s.links {
		return
	}
	s.fitted = s.links
	pieces := s.pieces
	if len(s.open) > 0 {
		pieces = append(slices.Clip(pieces), agreement(s.open))
		slices.SortFunc(pieces, func(p, q piece) int { return cmp.Compare(p.at, q.at) })
	}
	s.fit = fitPieces(pieces)
}

// agreement is the interval that most of the samples agree on (Marzullo's
// algorithm; NTP's clock selection, RFC 5905 §11.2.1, goes back to it).
func agreement(samples []sample) piece {
	p, _ := marzullo(samples, stamping/2)
	return p
}

// marzullo widens all intervals by so much.
func marzullo(samples []sample, by int64) (best piece, agree int) {
	type edge struct {
		at   int64
		side int // -1 begins an interval, 1 ends it
	}
	edges := make([]edge, 0, 2*len(samples))
	var sum int64
	for _, x := range samples {
		edges = append(edges, edge{x.least - by, -1}, edge{x.most + by, 1})
		sum += x.at - samples[0].at
	}
	best.at = samples[0].at + sum/int64(len(samples))
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.side, b.side)) })
	n := 0
	for _, e := range edges {
		n -= e.side
		agree = max(agree, n)
	}
	enough := agree - agree/outliers
	best.least = math.MaxInt64
	for i, e := range edges {
		if n -= e.side; n >= enough {
			best.least, best.most = min(best.least, e.at), edges[i+1].at
		}
	}
	return best, agree
}

// fit is an offset over time: a constant, a line, or pieces joined by lines.
type fit struct {
	offset int64 // at the time base
	base   int64
	drift  float64 // per nanosecond
	err    int64
	pieces []piece // where no line fits
}

// fastest is how much a clock may drift; more is a step.
const fastest = 1e-3

// fitPieces looks for the simplest that all pieces allow: no difference, a
// constant one, one that grows with time.
func fitPieces(pieces []piece) fit {
	slowest, quickest := math.Inf(-1), math.Inf(1)
	for i, p := range pieces {
		for _, q := range pieces[i+1:] {
			span := float64(max(q.at-p.at, 1))
			slowest = max(slowest, float64(q.least-p.most-stamping)/span)
			quickest = min(quickest, float64(q.most-p.least+stamping)/span)
		}
	}
	drift := 0.0
	if slowest > 0 || quickest < 0 {
		drift = (slowest + quickest) / 2
	}
	if slowest > quickest || math.Abs(drift) > fastest {
		return fit{pieces: slices.Clone(pieces), err: widest(pieces)}
	}
	f := fit{base: pieces[0].at, drift: drift}
	least, most := int64(math.MinInt64), int64(math.MaxInt64)
	for _, p := range pieces {
		least, most = max(least, p.least-f.at(p.at)), min(most, p.most-f.at(p.at))
	}
	if drift == 0 && least <= 0 && 0 <= most {
		f.err = max(-least, most, stamping) // not shown to differ
		return f
	}
	f.offset = least + (most-least)/2
	f.err = max((most-least)/2, stamping)
	return f
}

// widest is half the width of the widest piece.
func widest(pieces []piece) int64 {
	err := stamping
	for _, p := range pieces {
		err = max(err, (p.most-p.least)/2)
	}
	return err
}

// at is the offset at a packet time of the later hop.
func (f *fit) at(t int64) int64 {
	if len(f.pieces) == 0 {
		return f.offset + int64(f.drift*float64(t-f.base))
	}
	i, _ := slices.BinarySearchFunc(f.pieces, t, func(p piece, t int64) int { return cmp.Compare(p.at, t) })
	if i == 0 {
		return middle(f.pieces[0])
	}
	before := f.pieces[i-1]
	if i == len(f.pieces) {
		return middle(before)
	}
	after := f.pieces[i]
	part := float64(t-before.at) / float64(max(after.at-before.at, 1))
	return middle(before) + int64(part*float64(middle(after)-middle(before)))
}

func middle(p piece) int64 { return p.least + (p.most-p.least)/2 }
