package filter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// maxSkip is how far a conditional jump of classic BPF reaches.
const maxSkip = 255

// link turns labels into distances. A conditional jump that does not reach far
// enough goes to an unconditional one right behind it; as those make the
// program longer, others may then not reach either, so it is done until nothing
// changes.
func (e *emitter) link() ([]bpf.Instruction, error) {
	far := make([][2]bool, len(e.steps)) // whether the yes, the then jump of a step needs help
	for {
		at := e.offsets(far)
		changed := false
		for i, s := range e.steps {
			if s.branch == nil {
				continue
			}
			for side, l := range [...]label{s.branch.yes, s.branch.then} {
				if !far[i][side] && at[e.places[l]]-at[i]-1 > maxSkip {
					far[i][side], changed = true, true
				}
			}
		}
		if !changed {
			return e.resolve(far, at)
		}
	}
}

// offsets gives the index of each step's first instruction.
func (e *emitter) offsets(far [][2]bool) []int {
	at := make([]int, len(e.steps)+1)
	for i := range e.steps {
		at[i+1] = at[i] + 1
		for _, helped := range far[i] {
			if helped {
				at[i+1]++
			}
		}
	}
	return at
}

func (e *emitter) resolve(far [][2]bool, at []int) ([]bpf.Instruction, error) {
	if total := at[len(e.steps)]; total > maxInstructions {
		return nil, fmt.Errorf("it takes %d instructions, and the kernel takes at most %d", total, maxInstructions)
	}
	program := make([]bpf.Instruction, 0, at[len(e.steps)])
	for i, s := range e.steps {
		if s.branch == nil {
			program = append(program, s.ins)
			continue
		}
		var skip [2]uint8
		var help []bpf.Instruction
		for side, l := range [...]label{s.branch.yes, s.branch.then} {
			target := at[e.places[l]]
			if far[i][side] {
				skip[side] = uint8(len(help))
				help = append(help, bpf.Jump{Skip: uint32(target - (at[i] + 1 + len(help)) - 1)})
				continue
			}
			skip[side] = uint8(target - at[i] - 1)
		}
		program = append(program, s.branch.instruction(skip[0], skip[1]))
		program = append(program, help...)
	}
	return program, nil
}

func (b *branch) instruction(yes, then uint8) bpf.Instruction {
	if b.x {
		return bpf.JumpIfX{Cond: b.cond, SkipTrue: yes, SkipFalse: then}
	}
	return bpf.JumpIf{Cond: b.cond, Val: b.value, SkipTrue: yes, SkipFalse: then}
}
