package filter

import (
	"errors"

	"golang.org/x/net/bpf"
)

// label is a place in the program, known by number before it is known where.
type label int

// branch is a conditional jump whose targets are labels.
type branch struct {
	cond      bpf.JumpTest
	value     uint32
	x         bool // compare with X instead of value
	yes, then label
}

// step is one instruction; branch is nil unless it is one that jumps.
type step struct {
	ins    bpf.Instruction
	branch *branch
}

// registers is what A and X hold, as far as it is known, so that a field is not
// fetched twice. The zero value knows nothing.
type registers struct {
	reachable bool
	loaded    bool // A holds field & mask
	field     field
	mask      uint32
	header    bool // X holds the length of the IPv4 header at network
	network   uint32
}

// emitter lays blocks down as straight code. All jumps go forward: when a label
// is bound, every jump to it has been seen.
type emitter struct {
	steps  []step
	places []int       // of each label: index into steps
	known  []registers // of each label: what holds at every jump to it
	now    registers
	err    error
}

var errRejectsAll = errors.New("it rejects all packets")

// instructions gives the program of a tree.
func instructions(tree node) ([]bpf.Instruction, error) {
	if tree == node(truth(true)) {
		return []bpf.Instruction{bpf.RetConstant{Val: wholePacket}}, nil
	}
	blocks := blocksOf(tree)
	thread(blocks)
	e := &emitter{now: registers{reachable: true}}
	labels := map[int]label{matches: e.label(), differs: e.label()}
	for i := range blocks {
		labels[i] = e.label()
	}
	for i, b := range blocks {
		if b.reached {
			e.bind(labels[i])
			e.block(b, labels[b.yes], labels[b.no])
		}
	}
	if !e.known[labels[matches]].reachable {
		return nil, errRejectsAll
	}
	e.bind(labels[matches])
	e.add(bpf.RetConstant{Val: wholePacket})
	e.now = registers{}
	e.bind(labels[differs])
	e.add(bpf.RetConstant{})
	if e.err != nil {
		return nil, e.err
	}
	return e.link()
}

func (e *emitter) label() label {
	e.places = append(e.places, -1)
	e.known = append(e.known, registers{})
	return label(len(e.places) - 1)
}

func (e *emitter) bind(l label) {
	e.places[l] = len(e.steps)
	e.now = meet(e.now, e.known[l])
}

func meet(a, b registers) registers {
	switch {
	case !a.reachable:
		return b
	case !b.reachable:
		return a
	}
	if !b.loaded || a.field != b.field || a.mask != b.mask {
		a.loaded = false
	}
	if !b.header || a.network != b.network {
		a.header = false
	}
	return a
}

func (e *emitter) add(ins bpf.Instruction) { e.steps = append(e.steps, step{ins: ins}) }

func (e *emitter) jump(b branch) {
	e.steps = append(e.steps, step{branch: &b})
	e.known[b.yes] = meet(e.known[b.yes], e.now)
	e.known[b.then] = meet(e.known[b.then], e.now)
	e.now = registers{}
}

// block emits code that goes to yes if the condition of b holds, and to no if
// it does not.
func (e *emitter) block(b block, yes, no label) {
	switch n := b.condition.(type) {
	case test:
		e.load(n.field, n.mask)
		e.jump(branch{cond: n.cond, value: n.value, yes: yes, then: no})
	case relation:
		e.compare(n, yes, no)
	default:
		e.err = errors.New("a constant was not folded") // and(), or() and not() leave none within a tree
	}
}

// load puts f & mask into A.
func (e *emitter) load(f field, mask uint32) {
	if e.now.loaded && e.now.field == f && e.now.mask == mask {
		return
	}
	switch {
	case f.ancillary:
		e.add(bpf.LoadExtension{Num: f.extension})
	case f.transport:
		e.headerLength(f.network)
		e.add(bpf.LoadIndirect{Off: f.off, Size: f.size})
	default:
		e.add(bpf.LoadAbsolute{Off: f.off, Size: f.size})
	}
	if mask != noMask {
		e.add(bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: mask})
	}
	e.now.loaded, e.now.field, e.now.mask = true, f, mask
}

// headerLength puts the length in bytes of the IPv4 header at network into X.
func (e *emitter) headerLength(network uint32) {
	if e.now.header && e.now.network == network {
		return
	}
	e.add(bpf.LoadMemShift{Off: network})
	e.now.header, e.now.network = true, network
}

func (e *emitter) compare(r relation, yes, no label) {
	number, fixed := r.r.(constant)
	o, isOperation := r.l.(operation)
	if bits, isMask := o.r.(constant); fixed && number == 0 && isOperation && isMask && o.op == bpf.ALUOpAnd && (r.op == bpf.JumpEqual || r.op == bpf.JumpNotEqual) {
		e.compute(o.l, 0)
		if r.op == bpf.JumpEqual {
			yes, no = no, yes
		}
		e.jump(branch{cond: bpf.JumpBitsSet, value: uint32(bits), yes: yes, then: no})
		return
	}
	if fixed {
		e.compute(r.l, 0)
		e.jump(branch{cond: r.op, value: uint32(number), yes: yes, then: no})
		return
	}
	e.operands(r.l, r.r, 0)
	e.jump(branch{cond: r.op, x: true, yes: yes, then: no})
}

// scratch is how many words of memory a classic BPF program has.
const scratch = 16

// operands puts l into A and r into X.
func (e *emitter) operands(l, r value, slot int) {
	if slot >= scratch {
		e.err = errors.New("its arithmetic is nested too deep")
		return
	}
	e.compute(r, slot)
	e.add(bpf.StoreScratch{Src: bpf.RegA, N: slot})
	e.compute(l, slot+1)
	e.add(bpf.LoadScratch{Dst: bpf.RegX, N: slot})
	e.now.header = false
}

// compute puts v into A; words of memory from slot on are free.
func (e *emitter) compute(v value, slot int) {
	switch v := v.(type) {
	case constant:
		e.add(bpf.LoadConstant{Dst: bpf.RegA, Val: uint32(v)})
	case length:
		e.add(bpf.LoadExtension{Num: bpf.ExtLen})
	case content:
		if v.index == nil {
			e.load(v.field, noMask)
			return
		}
		e.indexed(v, slot)
	case operation:
		if number, fixed := v.r.(constant); fixed {
			e.compute(v.l, slot)
			e.add(bpf.ALUOpConstant{Op: v.op, Val: uint32(number)})
			break
		}
		e.operands(v.l, v.r, slot)
		e.add(bpf.ALUOpX{Op: v.op})
	}
	e.now.loaded = false
}

// indexed fetches a field whose place is computed.
func (e *emitter) indexed(v content, slot int) {
	e.compute(v.index, slot)
	if v.field.transport {
		e.headerLength(v.field.network)
		e.add(bpf.ALUOpX{Op: bpf.ALUOpAdd})
	}
	e.add(bpf.TAX{})
	e.add(bpf.LoadIndirect{Off: v.field.off, Size: v.field.size})
	e.now.header, e.now.loaded = false, false
}
