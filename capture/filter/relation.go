package filter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// relation compares two values, unsigned and of 32 bits: tcp[13] & 2 != 0.
type relation struct {
	op   bpf.JumpTest
	l, r value
}

// value is a number that an expression computes: constant, length, content or operation.
type value any

type (
	constant uint32
	length   struct{} // of the packet

	// content is proto[index:size].
	content struct {
		field field // off is that of index 0
		index value // nil if it is constant and thus part of field.off
	}

	operation struct {
		op   bpf.ALUOp
		l, r value
	}
)

var comparisons = map[string]bpf.JumpTest{
	"=": bpf.JumpEqual, "!=": bpf.JumpNotEqual, ">": bpf.JumpGreaterThan, "<": bpf.JumpLessThan,
	">=": bpf.JumpGreaterOrEqual, "<=": bpf.JumpLessOrEqual,
}

// operators gives strength, the higher the tighter. libpcap's grammar forgot
// that of % and ^: there they take all that stands right of them, and what is
// left of them binds looser.
var operators = map[string]struct {
	op       bpf.ALUOp
	strength int
}{
	"|": {bpf.ALUOpOr, 1}, "&": {bpf.ALUOpAnd, 2}, "<<": {bpf.ALUOpShiftLeft, 3}, ">>": {bpf.ALUOpShiftRight, 3},
	"+": {bpf.ALUOpAdd, 4}, "-": {bpf.ALUOpSub, 4}, "*": {bpf.ALUOpMul, 5}, "/": {bpf.ALUOpDiv, 5},
	"%": {bpf.ALUOpMod, forgotten}, "^": {bpf.ALUOpXor, forgotten},
}

const (
	weakest   = 0
	forgotten = 6
	unary     = 7
)

// isOperator tells whether token i goes on with arithmetic or compares it.
func (p *parser) isOperator(i int) bool {
	t := p.tokens[min(i, len(p.tokens)-1)]
	if t.kind != keyword {
		return false
	}
	_, compares := comparisons[t.text]
	_, computes := operators[t.text]
	return compares || computes
}

// startsArithmetic tells whether a relation begins at the next token, and no
// other term: a "(" can begin both, its ")" tells.
func (p *parser) startsArithmetic() bool {
	switch t := p.peek(); {
	case t.kind == number:
		return p.isOperator(p.next + 1)
	case t.is("-"), t.is("len"):
		return true
	case t.is("("):
		return p.isOperator(p.closes[p.next] + 1)
	case t.kind == keyword && protocolKeyword(t.text):
		return p.tokens[p.next+1].is("[")
	}
	return false
}

func (p *parser) relation() (node, error) {
	l, guards, err := p.arithmetic(weakest)
	if err != nil {
		return nil, err
	}
	op, ok := comparisons[p.peek().text]
	if !ok || p.peek().kind != keyword {
		return nil, p.unexpected("a comparison such as = or >")
	}
	p.next++
	r, more, err := p.arithmetic(weakest)
	if err != nil {
		return nil, err
	}
	return and(guards, more, compare(op, l, r)), nil
}

func compare(op bpf.JumpTest, l, r value) node {
	a, left := l.(constant)
	b, right := r.(constant)
	if !left || !right {
		return relation{op, l, r}
	}
	switch op {
	case bpf.JumpEqual:
		return truth(a == b)
	case bpf.JumpNotEqual:
		return truth(a != b)
	case bpf.JumpGreaterThan:
		return truth(a > b)
	case bpf.JumpLessThan:
		return truth(a < b)
	case bpf.JumpGreaterOrEqual:
		return truth(a >= b)
	}
	return truth(a <= b)
}

// arithmetic reads operators of more than the given strength. The node is what
// must hold for the value to be there: tcp[0] needs a packet of TCP.
func (p *parser) arithmetic(strength int) (value, node, error) {
	leave, err := p.deeper()
	if err != nil {
		return nil, nil, err
	}
	defer leave()
	l, guards, err := p.operand()
	for err == nil {
		t := p.peek()
		operator, ok := operators[t.text]
		if !ok || t.kind != keyword || operator.strength <= strength && operator.strength != forgotten {
			break
		}
		p.next++
		within := operator.strength
		if within == forgotten {
			within = weakest
		}
		r, more, e := p.arithmetic(within)
		if e != nil {
			return nil, nil, e
		}
		guards = and(guards, more)
		l, err = compute(operator.op, l, r, t)
	}
	return l, guards, err
}

// compute folds what is constant.
func compute(op bpf.ALUOp, l, r value, t token) (value, error) {
	b, right := r.(constant)
	switch {
	case right && b == 0 && (op == bpf.ALUOpDiv || op == bpf.ALUOpMod):
		return nil, fmt.Errorf("at byte %d: it divides by zero", t.at+1)
	case right && b > 31 && (op == bpf.ALUOpShiftLeft || op == bpf.ALUOpShiftRight):
		return nil, fmt.Errorf("at byte %d: it shifts by more than 31 bits", t.at+1)
	}
	a, left := l.(constant)
	if !left || !right {
		return operation{op, l, r}, nil
	}
	switch op {
	case bpf.ALUOpAdd:
		return a + b, nil
	case bpf.ALUOpSub:
		return a - b, nil
	case bpf.ALUOpMul:
		return a * b, nil
	case bpf.ALUOpDiv:
		return a / b, nil
	case bpf.ALUOpMod:
		return a % b, nil
	case bpf.ALUOpAnd:
		return a & b, nil
	case bpf.ALUOpOr:
		return a | b, nil
	case bpf.ALUOpXor:
		return a ^ b, nil
	case bpf.ALUOpShiftLeft:
		return a << b, nil
	}
	return a >> b, nil
}

func (p *parser) operand() (value, node, error) {
	t := p.peek()
	p.next++
	switch {
	case t.kind == number:
		return constant(t.value), truth(true), nil
	case t.is("len"):
		return length{}, truth(true), nil
	case t.is("-"):
		x, guards, err := p.arithmetic(unary)
		if err != nil {
			return nil, nil, err
		}
		x, err = compute(bpf.ALUOpSub, constant(0), x, t)
		return x, guards, err
	case t.is("("):
		x, guards, err := p.arithmetic(weakest)
		if err == nil && !p.accept(")") {
			err = p.unexpected(`")"`)
		}
		return x, guards, err
	case t.kind == keyword && protocolKeyword(t.text) && p.accept("["):
		return p.accessor(t)
	}
	p.next--
	return nil, nil, p.unexpected("a number or an accessor such as tcp[13]")
}

// accessor reads the rest of proto[index:size].
func (p *parser) accessor(proto token) (value, node, error) {
	index, guards, err := p.arithmetic(weakest)
	if err != nil {
		return nil, nil, err
	}
	size := uint32(1)
	if p.accept(":") {
		if size = p.peek().value; p.peek().kind != number || size != 1 && size != 2 && size != 4 {
			return nil, nil, p.unexpected("a size of 1, 2 or 4 bytes")
		}
		p.next++
	}
	if !p.accept("]") {
		return nil, nil, p.unexpected(`"]"`)
	}
	f, guard, err := p.header(proto)
	if err != nil {
		return nil, nil, err
	}
	f.size = int(size)
	at, fixed := index.(constant)
	if !fixed {
		return content{field: f, index: index}, and(guard, guards), nil
	}
	if at > maxOffset {
		return nil, nil, fmt.Errorf("at byte %d: no packet is %d bytes long", proto.at+1, at)
	}
	f.off += uint32(at)
	return content{field: f}, and(guard, guards), nil
}

// maxOffset keeps constant offsets below those that the kernel takes for
// ancillary data (SKF_AD_OFF).
const maxOffset = 1 << 24

// header says where a protocol's header begins and which packets have one.
func (p *parser) header(proto token) (field, node, error) {
	n := p.layout.network
	switch proto.text {
	case "ether":
		return field{}, truth(true), nil
	case "ip", "ip6", "arp", "rarp":
		return field{off: n}, p.isEtherType(etherTypes[proto.text]), nil
	case "icmp6":
		return field{off: n + 40}, and(p.isEtherType(etherIPv6), equal(n+6, 1, protocolICMPv6)), nil
	case "ah", "esp":
		return field{}, nil, fmt.Errorf("at byte %d: accessors of %s are %w", proto.at+1, proto.text, ErrUnsupported)
	}
	return field{off: n, transport: true, network: n}, and(p.isProtocol4(protocols[proto.text].number), p.firstFragment()), nil
}
