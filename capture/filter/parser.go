package filter

import "fmt"

// parser reads an expression by recursive descent, after the grammar of
// libpcap: `and` and `or` bind alike and to the left, `not` binds tighter.
type parser struct {
	layout layout
	socket bool // for an AF_PACKET socket, which has ancillary data
	tagged bool // the outermost VLAN tag is beside the packet and not yet asked for
	vlans  int  // how often `vlan` was met

	tokens []token
	next   int
	closes []int // for each "(" token, where its ")" is
	depth  int
}

// qualifier is what stands before an id: `tcp src port`. It is handed on to ids
// that stand alone, as in `port 80 or 443`; the zero value has nothing to hand on.
type qualifier struct {
	proto     string // "" for none
	direction string // "src", "dst", "src or dst", "src and dst"; "" as "src or dst"
	kind      string // "host", "net", "port", "portrange", "proto"; "" as "host"
	set       bool
}

// parse gives the tree of expression, or where and why it is none.
func parse(expression string, p parser) (node, error) {
	tree, _, err := p.read(expression)
	return tree, err
}

func (p *parser) read(expression string) (tree node, vlans int, err error) {
	if p.tokens, err = tokenize(expression); err != nil {
		return nil, 0, err
	}
	if err = p.matchParentheses(); err != nil {
		return nil, 0, err
	}
	if p.peek().kind == end {
		return truth(true), 0, nil
	}
	if tree, _, err = p.expression(qualifier{}); err != nil {
		return nil, 0, err
	}
	if p.peek().kind != end {
		return nil, 0, p.unexpected("and, or, or the end")
	}
	return tree, p.vlans, nil
}

func (p *parser) matchParentheses() error {
	p.closes = make([]int, len(p.tokens))
	var open []int
	for i, t := range p.tokens {
		switch {
		case t.is("("):
			open = append(open, i)
		case t.is(")") && len(open) == 0:
			return fmt.Errorf(`at byte %d: this ")" closes nothing`, t.at+1)
		case t.is(")"):
			p.closes[open[len(open)-1]] = i
			open = open[:len(open)-1]
		}
	}
	if len(open) > 0 {
		return fmt.Errorf(`at byte %d: this "(" is never closed`, p.tokens[open[len(open)-1]].at+1)
	}
	return nil
}

func (t token) is(text string) bool { return t.kind == keyword && t.text == text }

func (p *parser) peek() token { return p.tokens[p.next] }

// accept steps over the next token if it is the keyword text.
func (p *parser) accept(text string) bool {
	if !p.peek().is(text) {
		return false
	}
	p.next++
	return true
}

func (p *parser) unexpected(wanted string) error {
	t := p.peek()
	if t.kind == keyword && unsupported[t.text] != "" {
		return p.refuse(t)
	}
	return fmt.Errorf("at byte %d: %s where %s is expected", t.at+1, quote(t), wanted)
}

func (p *parser) refuse(t token) error {
	return fmt.Errorf("at byte %d: %q is %w: %s", t.at+1, t.text, ErrUnsupported, unsupported[t.text])
}

func quote(t token) string {
	if t.kind == end {
		return t.text
	}
	return fmt.Sprintf("%q", t.text)
}

// deeper guards the stack against expressions like "((((…".
func (p *parser) deeper() (func(), error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("at byte %d: it is nested more than %d deep", p.peek().at+1, maxDepth)
	}
	return func() { p.depth-- }, nil
}

// expression reads terms joined by and, or. Of what it returns, the qualifier
// is what an id after it would inherit.
func (p *parser) expression(inherited qualifier) (node, qualifier, error) {
	tree, q, err := p.term(inherited)
	for err == nil {
		isAnd := p.peek().is("and")
		if !isAnd && !p.peek().is("or") {
			break
		}
		p.next++
		var right node
		if p.startsID(p.next) {
			right, q, err = p.id(q)
		} else {
			right, q, err = p.term(q)
		}
		if err == nil && isAnd {
			tree = and(tree, right)
		} else if err == nil {
			tree = or(tree, right)
		}
	}
	return tree, q, err
}

func (p *parser) term(inherited qualifier) (node, qualifier, error) {
	leave, err := p.deeper()
	if err != nil {
		return nil, qualifier{}, err
	}
	defer leave()
	switch t := p.peek(); {
	case t.is("not"):
		p.next++
		x, q, err := p.term(inherited)
		if err != nil {
			return nil, q, err
		}
		return not(x), q, nil
	case p.startsArithmetic():
		x, err := p.relation()
		return x, qualifier{}, err
	case t.is("("):
		p.next++
		x, _, err := p.expression(inherited)
		if err == nil && !p.accept(")") {
			err = p.unexpected(`")"`)
		}
		return x, inherited, err
	}
	return p.primitive()
}

// startsID tells whether an id without qualifier begins at token i: 443 in
// `port 80 or not 443`, but not in `port 80 or 443 = len`.
func (p *parser) startsID(i int) bool {
	for p.tokens[i].is("not") || p.tokens[i].is("(") {
		if p.tokens[i].is("(") && p.isOperator(p.closes[i]+1) {
			return false
		}
		i++
	}
	switch p.tokens[i].kind {
	case name, dotted, address6, mac:
		return true
	case number:
		return !p.isOperator(i + 1)
	}
	return false
}

// id reads what a qualifier is about: one address, port or name, or several of
// them in parentheses.
func (p *parser) id(q qualifier) (node, qualifier, error) {
	leave, err := p.deeper()
	if err != nil {
		return nil, q, err
	}
	defer leave()
	switch {
	case p.accept("not"):
		x, q, err := p.id(q)
		if err != nil {
			return nil, q, err
		}
		return not(x), q, nil
	case p.accept("("):
		x, q, err := p.ids(q)
		if err == nil && !p.accept(")") {
			err = p.unexpected(`")"`)
		}
		return x, q, err
	}
	x, err := p.single(q)
	return x, q, err
}

func (p *parser) ids(q qualifier) (node, qualifier, error) {
	x, q, err := p.id(q)
	for err == nil && (p.peek().is("and") || p.peek().is("or")) {
		isAnd := p.peek().is("and")
		p.next++
		var right node
		if right, q, err = p.id(q); err != nil {
			break
		}
		if isAnd {
			x = and(x, right)
		} else {
			x = or(x, right)
		}
	}
	return x, q, err
}
