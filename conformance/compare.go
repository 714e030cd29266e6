package main

import (
	"fmt"
	"slices"
)

// comparison is what was found out about a capture.
type comparison struct {
	truth  truth
	agreed int      // messages that both read alike
	fields int      // field lines in them
	tshark counts   // messages that only tshark has
	ours   counts   // messages that only hophound has
	differ int      // messages that both have, and read differently
	notes  []string // each disagreement, for people
}

// counts are numbers of messages.
type counts struct{ requests, responses int }

func count(messages []*message) counts {
	var c counts
	for _, m := range messages {
		c.add(m)
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

// agrees tells that there is nothing to explain.
func (c *comparison) agrees() bool {
	return c.disagreements() == 0
}

// disagreements is the number of messages that are not read alike.
func (c *comparison) disagreements() int {
	return c.tshark.requests + c.tshark.responses + c.ours.requests + c.ours.responses + c.differ
}

// compare pairs the messages of both and notes what is left over. If it is known
// that tshark is wrong, the numbers alone are compared with what is right.
func compare(t truth, tshark, ours []*message) *comparison {
	c := &comparison{truth: t}
	if e := t.Extra.Expected; e != nil && count(ours) == (counts{e.Requests, e.Responses}) {
		c.agreed = len(ours)
		return c
	}
	ours = slices.Clone(ours)
	slices.SortStableFunc(ours, func(a, b *message) int { return int(int64(a.packet) - int64(b.packet)) })
	rest := c.pair(tshark, ours, func(t, o *message) bool { return difference(t, o) == "" })
	rest = c.pair(rest, ours, func(t, o *message) bool { return t.start() == o.start() && t.packet >= o.packet && t.packet <= o.until })
	rest = c.pair(rest, ours, func(t, o *message) bool { return t.side() == o.side() && t.packet == o.packet })
	rest = c.pair(rest, ours, func(t, o *message) bool { return t.start() == o.start() })
	for _, m := range rest {
		c.tshark.add(m)
		c.notes = append(c.notes, "only tshark has the "+m.String())
	}
	for _, m := range ours {
		if m != nil {
			c.ours.add(m)
			c.notes = append(c.notes, "only hophound has the "+m.String())
		}
	}
	return c
}

// pair takes out of ours what matches one of tshark's, and gives those of
// tshark's that nothing matches.
func (c *comparison) pair(tshark, ours []*message, match func(t, o *message) bool) (rest []*message) {
	for _, t := range tshark {
		i := slices.IndexFunc(ours, func(o *message) bool { return o != nil && match(t, o) })
		if i < 0 {
			rest = append(rest, t)
			continue
		}
		if d := difference(t, ours[i]); d != "" {
			c.differ++
			c.notes = append(c.notes, fmt.Sprintf("%s: %s", t, d))
		} else {
			c.agreed++
			c.fields += len(t.fields)
		}
		ours[i] = nil
	}
	return rest
}
