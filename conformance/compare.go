package main

import (
	"fmt"
	"slices"
	"strings"
)

// comparison is what was found out about a capture.
type comparison struct {
	truth  truth
	agreed int      // messages that both read alike
	fields int      // field lines in them
	tshark counts   // messages that only tshark has
	ours   counts   // messages that only hophound has
	differ int      // messages that both have, and read differently
	record counts   // messages that only the corpus's own list has
	wrong  bool     // there are not as many messages as are known to be right
	notes  []string // each disagreement, for people

	noted []*message // of tshark's, that hophound has not or has otherwise
}

// counts are numbers of messages.
type counts struct{ requests, responses int }

// count counts messages, at every point where they were seen: a connection that
// a capture holds twice is one to hophound and two to tshark.
func count(messages []*message) counts {
	var c counts
	for _, m := range messages {
		for range 1 + m.copies {
			c.add(m)
		}
	}
	return c
}

func (c *counts) add(m *message) {
	if m.status == "" {
		c.requests++
		return
	}
	c.responses++
}

func (c counts) sum() int { return c.requests + c.responses }

// agrees tells that there is nothing to explain.
func (c *comparison) agrees() bool {
	return c.disagreements() == 0
}

// disagreements is the number of messages that are not read alike.
func (c *comparison) disagreements() int {
	n := c.tshark.sum() + c.ours.sum() + c.differ + c.record.sum()
	if c.wrong {
		n++
	}
	return n
}

// compare pairs the messages of both and notes what is left over. If it is known
// that tshark is wrong, there have to be as many as is right, and among them all
// that tshark has.
func compare(t truth, tshark, ours []*message) *comparison {
	c := &comparison{truth: t}
	ours = slices.Clone(ours)
	slices.SortStableFunc(ours, func(a, b *message) int { return int(int64(a.packet) - int64(b.packet)) })
	seen := newSightings(ours)
	rest := c.pair(tshark, seen, func(t, o *message) bool { return difference(t, o) == "" })
	rest = c.pair(rest, seen, func(t, o *message) bool { return t.start() == o.start() && t.packet >= o.packet && t.packet <= o.until })
	rest = c.pair(rest, seen, func(t, o *message) bool { return t.side() == o.side() && t.packet == o.packet })
	rest = c.pair(rest, seen, func(t, o *message) bool { return t.start() == o.start() })
	for _, m := range rest {
		c.tshark.add(m)
		c.notes = append(c.notes, "only tshark has the "+m.String())
	}
	c.noted = append(c.noted, rest...)
	if e := t.Extra.Expected; e != nil {
		if n := count(ours); n != (counts{e.Requests, e.Responses}) {
			c.wrong = true
			c.notes = append(c.notes, fmt.Sprintf("there are %s messages, and hophound has %s: %s", counts{e.Requests, e.Responses}, n, e.Why))
		}
		return c
	}
	for _, m := range seen.unpaired() {
		c.ours.add(m)
		c.notes = append(c.notes, "only hophound has the "+m.String())
	}
	return c
}

// pair takes out of ours what matches one of tshark's, and gives those of
// tshark's that nothing matches.
func (c *comparison) pair(tshark []*message, ours *sightings, match func(t, o *message) bool) (rest []*message) {
	for _, t := range tshark {
		o, first := ours.take(func(o *message) bool { return match(t, o) }, func(o *message) bool { return alike(t, o) })
		if o == nil {
			rest = append(rest, t)
			continue
		}
		if d := difference(t, o); first && d != "" {
			c.differ++
			c.noted = append(c.noted, t)
			c.notes = append(c.notes, fmt.Sprintf("%s: %s", t, d))
		} else {
			c.agreed++
			c.fields += len(t.fields)
		}
	}
	return rest
}

// check compares with the corpus's own list of messages, which may have been
// made in another way than tshark is asked here. What is noted of tshark already
// is not noted again.
func (c *comparison) check(records []record, ours []*message) {
	seen := newSightings(ours)
	for _, r := range records {
		if o, _ := seen.take(r.is, r.like); o != nil {
			continue
		}
		if slices.ContainsFunc(c.noted, func(m *message) bool { return m.packet == r.Frame && (m.status == "") == (r.Kind == "req") }) {
			continue
		}
		if r.Kind == "req" {
			c.record.requests++
		} else {
			c.record.responses++
		}
		c.notes = append(c.notes, "only the corpus's list has the "+r.String())
	}
}

// sightings are messages of hophound's that are not paired yet. One whose
// connection the capture holds several times is paired as often.
type sightings struct {
	all  []*message
	left []int // how often each can still be paired
}

func newSightings(messages []*message) *sightings {
	s := &sightings{all: messages, left: make([]int, len(messages))}
	for i, m := range messages {
		s.left[i] = 1 + m.copies
	}
	return s
}

// take takes a message that was not paired yet or, if there is none, one that is
// like it and was seen elsewhere too. first tells which.
func (s *sightings) take(is, like func(*message) bool) (m *message, first bool) {
	again := -1
	for i, m := range s.all {
		switch {
		case s.left[i] == 1+m.copies && is(m):
			s.left[i]--
			return m, true
		case again < 0 && m.copies > 0 && s.left[i] > 0 && s.left[i] <= m.copies && like(m):
			again = i
		}
	}
	if again < 0 {
		return nil, false
	}
	s.left[again]--
	return s.all[again], false
}

// unpaired gives the messages that were never paired.
func (s *sightings) unpaired() []*message {
	var rest []*message
	for i, m := range s.all {
		if s.left[i] == 1+m.copies {
			rest = append(rest, m)
		}
	}
	return rest
}

// String names the message of a record.
func (r record) String() string {
	if r.Kind == "req" {
		return fmt.Sprintf("request %q of %q (packet %d)", strings.TrimSpace(r.Method+" "+r.URI), r.Host, r.Frame)
	}
	return fmt.Sprintf("response %q (packet %d)", r.Code, r.Frame)
}
