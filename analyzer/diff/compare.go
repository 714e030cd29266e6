package diff

import (
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// Context is what has to be known beyond the two messages to say what a change
// means. The zero value is an ordinary request or its response.
type Context struct {
	Upgrade bool // the client asked for an upgrade that it needs, such as a WebSocket handshake
	NewKey  bool // of a response: its request got a new Sec-WebSocket-Key here, so that Accept must differ
}

// Compare tells what a node changed between two messages that are the same
// request, or the same response: before is nearer to the message's sender.
// Changes come in the order of the start line, then of before's fields, then of
// the fields that only after has. Messages that mean the same give none, so
// Compare(m, m) is empty; the order of fields with different names is not
// compared, for it has no meaning (RFC 9110 §5.3).
//
// In a head that is not complete only what was seen counts: nothing is reported
// as dropped or added that may stand in the lost part.
//
// The changes share the messages' memory.
func Compare(before, after *http1.Message, c Context) []Change {
	p := &pair{before: before, after: after, context: c, request: before.IsRequest()}
	changes := p.startLine(nil)
	for _, g := range p.groups() {
		if ch, ok := p.compareLines(g); ok {
			ch.Class, ch.Why = p.judge(&ch, g.traits)
			changes = append(changes, ch)
		}
	}
	return changes
}

// pair is two messages being compared.
type pair struct {
	before, after *http1.Message
	context       Context
	request       bool
}

// group is all lines of one field name in both messages.
type group struct {
	name          string // as first met
	traits        trait
	before, after []http1.Field
}

// groups sorts the field lines of both messages by name, in the order in which
// the names are met.
func (p *pair) groups() []*group {
	var order []*group
	byName := make(map[string]*group, len(p.before.Fields)+4)
	of := func(f http1.Field) *group {
		key := strings.ToLower(f.Name)
		g, ok := byName[key]
		if !ok {
			g = &group{name: f.Name, traits: traits[key]}
			byName[key] = g
			order = append(order, g)
		}
		return g
	}
	for _, f := range p.before.Fields {
		g := of(f)
		g.before = append(g.before, f)
	}
	for _, f := range p.after.Fields {
		g := of(f)
		g.after = append(g.after, f)
	}
	return order
}

// compareLines compares the lines of one name.
func (p *pair) compareLines(g *group) (Change, bool) {
	kind, differ := Kind(""), false
	switch {
	case len(g.after) == 0:
		kind, differ = Dropped, p.after.Complete
	case len(g.before) == 0:
		kind, differ = Added, p.before.Complete
	case p.before.Complete && p.after.Complete:
		kind, differ = compareWhole(g)
	default:
		kind, differ = compareSeen(g, p.before.Complete, p.after.Complete)
	}
	if !differ {
		return Change{}, false
	}
	return Change{Field: g.name, Kind: kind, Before: values(g.before), After: values(g.after)}, true
}

func values(fields []http1.Field) []string {
	if len(fields) == 0 {
		return nil
	}
	v := make([]string, len(fields))
	for i, f := range fields {
		v[i] = f.Value
	}
	return v
}
