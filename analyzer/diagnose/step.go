package diagnose

import (
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diff"
	"github.com/hophound/hophound/analyzer/http1"
)

// Step is a journey's way between two neighbouring hops where it was seen, and
// what changed there.
type Step struct {
	From, To int    // hop indexes
	By       string // the node between them; "a or b" if the journey was not seen at a hop between
	Link     chain.Link
	Request  []diff.Change // from From to To; empty if a request was not seen
	Response []diff.Change // from To to From; empty if a response was not seen
}

// Steps compares a journey's messages from hop to hop. The changes share the
// messages' memory.
func Steps(j *chain.Journey, hops []chain.Hop) []Step {
	s := look(j, hops, nil)
	steps := make([]Step, 0, len(j.Links))
	for _, l := range j.Links {
		steps = append(steps, s.step(l))
	}
	return steps
}

func (s *sight) step(l chain.Link) Step {
	c := diff.Context{Upgrade: s.protocol != ""}
	step := Step{From: l.From, To: l.To, By: s.between(l.From, l.To), Link: l}
	a, b := s.request(l.From), s.request(l.To)
	if a != nil && b != nil {
		step.Request = diff.Compare(a, b, c)
		c.NewKey = hasNewKey(a, b)
	}
	if x, y := s.response(l.From), s.response(l.To); x != nil && y != nil {
		step.Response = diff.Compare(y, x, c)
	}
	return step
}

// between names the node between two hops, or those that it may be.
func (s *sight) between(from, to int) string {
	var names []string
	for _, h := range s.Hops[from:to] {
		names = append(names, h.Name)
	}
	return strings.Join(names, " or ")
}

func hasNewKey(a, b *http1.Message) bool {
	before, ok := a.Get("Sec-WebSocket-Key")
	after, ok2 := b.Get("Sec-WebSocket-Key")
	return ok && ok2 && before != after
}
