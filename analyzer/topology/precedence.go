package topology

import (
	"fmt"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// Precedence weighs whether the hops stand in the order in which requests pass them.
// A wrong order would blame the wrong node, so this is looked at before any
// finding is believed. Two things tell:
//   - the server of the earlier hop is the client of the later one, unless the
//     node between them has several addresses;
//   - the earlier hop waits longer for the same response, since it waits for
//     the later hop too. Clocks that are apart do not change how long that is.
type Precedence struct {
	hops  []chain.Hop
	pairs map[[2]int]*evidence
}

// evidence is what the requests seen at two hops say about their order.
type evidence struct {
	addresses vote
	waits     vote
	starts    vote // by the clock, where both hops have the same one
	requests  int
	same      int // requests that both hops saw on the very same connection
	apart     int // requests that one hop was done with before the other got them, by the same clock
	siblings  int // requests that both hops got from one host, which is not that of either
}

// vote counts requests that speak for the order given and against it.
type vote struct{ asGiven, reversed int }

// against tells that nearly all votes are for the other order.
func (v vote) against() bool { return v.reversed > 9*v.asGiven }

// NewPrecedence makes a Precedence for a chain as it was given.
func NewPrecedence(hops []chain.Hop) *Precedence {
	return &Precedence{hops: hops, pairs: map[[2]int]*evidence{}}
}

// Observe learns from a journey.
func (o *Precedence) Observe(j *chain.Journey) {
	for _, link := range j.Links {
		if link.Confidence == chain.Guess {
			continue
		}
		pair := [2]int{link.From, link.To}
		e := o.pairs[pair]
		if e == nil {
			e = &evidence{}
			o.pairs[pair] = e
		}
		e.weigh(j.Exchanges[link.From], j.Exchanges[link.To])
	}
}

func (e *evidence) weigh(earlier, later *http1.Exchange) {
	e.requests++
	a, b := earlier.Conn, later.Conn
	if sameConnection(a, b) {
		e.same++
		return
	}
	asGiven := a.Server.Addr() == b.Client.Addr()
	reversed := a.Client.Addr() == b.Server.Addr()
	if asGiven != reversed {
		e.addresses.count(asGiven)
	}
	siblings := areSiblings(a, b)
	if siblings {
		e.siblings++
	}
	if waitA, waitB, ok := waits(earlier, later); ok && waitA != waitB {
		e.waits.count(waitA > waitB)
	}
	if a.Source == b.Source && earlier.Request != nil && later.Request != nil {
		e.starts.count(earlier.Request.Start < later.Request.Start)
		if over(earlier, later) || over(later, earlier) || siblings && (earlier.Response == nil) != (later.Response == nil) {
			e.apart++
		}
	}
}

// areSiblings tells whether two connections came from one host, which is not that of the
// server of either.
func areSiblings(a, b *http1.Conn) bool {
	return a.Client.Addr() == b.Client.Addr() && a.Server.Addr() != b.Client.Addr() && a.Client.Addr() != b.Server.Addr()
}

// over tells whether x had its response, or the end of its connection instead of
// one, before y began.
func over(x, y *http1.Exchange) bool {
	if x.Response == nil {
		return (x.End.Cause == http1.EndFin || x.End.Cause == http1.EndReset) && x.End.Time < y.Request.Start
	}
	return x.Response.End < y.Request.Start
}

func (v *vote) count(asGiven bool) {
	if asGiven {
		v.asGiven++
	} else {
		v.reversed++
	}
}

// waits gives how long both hops waited for the same response, in nanoseconds. A
// node that has given up waiting answers by itself, before the next one does.
func waits(a, b *http1.Exchange) (waitA, waitB int64, ok bool) {
	for _, m := range []*http1.Message{a.Request, a.Response, b.Request, b.Response} {
		if m == nil {
			return 0, 0, false
		}
	}
	if a.Response.Status != b.Response.Status {
		return 0, 0, false
	}
	return a.Response.Start - a.Request.Start, b.Response.Start - b.Request.Start, true
}

// against says why requests pass the hop named first before the hop named
// second, though they were given the other way round; empty if nothing says so.
func (e *evidence) against(first, second string) string {
	switch {
	case e.addresses.against():
		return fmt.Sprintf("the server of %s is the client of %s in %d of %d requests", first, second, e.addresses.reversed, e.requests)
	case e.addresses == vote{} && e.waits.against():
		return fmt.Sprintf("%s waits longer for the response than %s in %d of %d requests", first, second, e.waits.reversed, e.requests)
	}
	return ""
}

// Disorder is the error that hops are not in the order in which requests pass
// them.
type Disorder struct {
	Given []string // names of the hops
	Order []string // in the order of the requests; nil if no order agrees with all of them
	Why   string   // on what grounds
}

func (d *Disorder) Error() string {
	given := strings.Join(d.Given, ", ")
	if d.Order == nil {
		return fmt.Sprintf("the hops are given as %s, but %s, and other requests speak for other orders, of which none fits all; analyse two hops at a time, client side first", given, d.Why)
	}
	return fmt.Sprintf("the hops are given as %s, but requests pass them as %s: %s; give them in that order, client side first",
		given, strings.Join(d.Order, ", "), d.Why)
}

// Wrong says that the hops were given in another order than requests pass them,
// and in which they do; nil if nothing speaks against the order given.
func (o *Precedence) Wrong() *Disorder {
	before := make([][]bool, len(o.hops)) // before[a][b]: requests pass a before b
	for i := range before {
		before[i] = make([]bool, len(o.hops))
	}
	var why string
	for a := range o.hops {
		for b := a + 1; b < len(o.hops); b++ {
			e := o.pairs[[2]int{a, b}]
			if e == nil {
				continue
			}
			grounds := e.against(o.hops[b].Name, o.hops[a].Name)
			before[a][b], before[b][a] = grounds == "", grounds != ""
			if why == "" {
				why = grounds
			}
		}
	}
	if why == "" {
		return nil
	}
	return &Disorder{Given: names(o.hops), Order: names(sorted(o.hops, before)), Why: why}
}

// sorted puts the hops into an order that agrees with before and otherwise
// stays as near as it can to the one given; nil if none agrees.
func sorted(hops []chain.Hop, before [][]bool) []chain.Hop {
	var result []chain.Hop
	placed := make([]bool, len(hops))
	free := func(b int) bool {
		for a := range hops {
			if !placed[a] && before[a][b] {
				return false
			}
		}
		return !placed[b]
	}
	for len(result) < len(hops) {
		next := -1
		for i := range hops {
			if free(i) {
				next = i
				break
			}
		}
		if next < 0 { // the evidence runs in a circle
			return nil
		}
		placed[next] = true
		result = append(result, hops[next])
	}
	return result
}

// Same names pairs of hops that saw the very same connections and nothing else
// in common: one hop captured twice, which no node stands between.
func (o *Precedence) Same() []string {
	var notes []string
	for a := range o.hops {
		for b := a + 1; b < len(o.hops); b++ {
			e := o.pairs[[2]int{a, b}]
			if e != nil && e.same > 0 && e.same == e.requests {
				notes = append(notes, fmt.Sprintf("hops %s and %s hold the same connections: they are one hop captured twice, and nothing can be said of what happens between them.",
					o.hops[a].Name, o.hops[b].Name))
			}
		}
	}
	return notes
}

func names(hops []chain.Hop) []string {
	var names []string
	for _, h := range hops {
		names = append(names, h.Name)
	}
	return names
}
