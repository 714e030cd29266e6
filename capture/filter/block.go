package filter

import "slices"

// block is one test or relation, and which block comes next if it holds or does
// not. The next ones always stand later; a program's jumps go forward.
type block struct {
	condition node // test or relation
	yes, no   int  // index into the blocks, or matches, or differs
	reached   bool
	known     []fact // what holds whenever it is reached
}

// Where a block may go besides to another one.
const (
	matches = -1
	differs = -2
)

// fact is a test whose outcome is known.
type fact struct {
	test  test
	holds bool
}

// maxFacts bounds the work that long expressions make.
const maxFacts = 24

// blocksOf lays a tree out. It builds from the end, where everything goes to.
func blocksOf(tree node) []block {
	b := &builder{}
	b.build(tree, matches, differs)
	last := len(b.reversed) - 1
	place := func(i int) int {
		if i < 0 {
			return i
		}
		return last - i
	}
	blocks := make([]block, len(b.reversed))
	for i, built := range b.reversed {
		blocks[place(i)] = block{condition: built.condition, yes: place(built.yes), no: place(built.no)}
	}
	return blocks
}

type builder struct{ reversed []block }

// build adds the blocks of n, and gives the one that it begins with.
func (b *builder) build(n node, yes, no int) int {
	switch n := n.(type) {
	case negation:
		return b.build(n.x, no, yes)
	case both:
		return b.build(n.l, b.build(n.r, yes, no), no)
	case either:
		return b.build(n.l, yes, b.build(n.r, yes, no))
	}
	b.reversed = append(b.reversed, block{condition: n, yes: yes, no: no})
	return len(b.reversed) - 1
}

// thread lets each block go straight to where it would end up anyhow: who knows
// that a packet is IPv4 is not sent to ask whether it is ARP. Blocks that
// nothing goes to any more stay unreached.
func thread(blocks []block) {
	blocks[0].reached = true
	for i := range blocks {
		b := &blocks[i]
		if !b.reached {
			continue
		}
		b.yes = arrive(blocks, b.yes, b.known, b.condition, true)
		b.no = arrive(blocks, b.no, b.known, b.condition, false)
	}
}

// arrive goes on from a block with what is known behind condition, as far as
// that decides, and notes it at the block it stops at.
func arrive(blocks []block, next int, known []fact, condition node, holds bool) int {
	if t, ok := condition.(test); ok && len(known) < maxFacts {
		known = append(slices.Clip(known), fact{t, holds})
	}
	for next >= 0 {
		outcome, decided := decide(blocks[next].condition, known)
		if !decided {
			break
		}
		if outcome {
			next = blocks[next].yes
		} else {
			next = blocks[next].no
		}
	}
	if next < 0 {
		return next
	}
	target := &blocks[next]
	if target.reached {
		target.known = common(target.known, known)
	} else {
		target.reached, target.known = true, known
	}
	return next
}

// decide tells the outcome of a condition, if what is known says it: the same
// test, or that the field equals another number.
func decide(condition node, known []fact) (outcome, decided bool) {
	t, ok := condition.(test)
	if !ok {
		return false, false
	}
	for _, k := range known {
		if k.test == t {
			return k.holds, true
		}
		equal := k.holds && k.test.cond == t.cond && t.isEqual()
		if equal && k.test.field == t.field && k.test.mask == t.mask {
			return false, true
		}
	}
	return false, false
}

// common gives the facts that are in both lists.
func common(a, b []fact) []fact {
	var shared []fact
	for _, x := range a {
		if slices.Contains(b, x) {
			shared = append(shared, x)
		}
	}
	return shared
}
