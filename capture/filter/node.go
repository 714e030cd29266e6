package filter

import "golang.org/x/net/bpf"

// node is a condition on a packet: truth, test, relation, or other nodes joined.
type node any

type (
	truth    bool
	negation struct{ x node }
	both     struct{ l, r node } // l and r
	either   struct{ l, r node } // l or r

	// test compares one field, masked, with a number.
	test struct {
		field field
		mask  uint32 // ^0 is none
		cond  bpf.JumpTest
		value uint32
	}

	// field is what a load instruction fetches.
	field struct {
		off       uint32
		size      int
		transport bool          // off counts from the end of the IPv4 header
		network   uint32        // where the IPv4 header begins, if transport
		ancillary bool          // not in the packet, but what the kernel knows of it
		extension bpf.Extension // which of those, if ancillary
	}
)

func (t test) isEqual() bool { return t.cond == bpf.JumpEqual }

const noMask = ^uint32(0)

func equal(off uint32, size int, value uint32) node {
	return test{field: field{off: off, size: size}, mask: noMask, cond: bpf.JumpEqual, value: value}
}

// masked is equal with only the bits of mask compared.
func masked(off uint32, size int, mask, value uint32) node {
	if mask == 0 {
		return truth(value == 0)
	}
	return test{field: field{off: off, size: size}, mask: mask, cond: bpf.JumpEqual, value: value}
}

func ancillary(extension bpf.Extension, mask uint32, cond bpf.JumpTest, value uint32) node {
	return test{field: field{ancillary: true, extension: extension}, mask: mask, cond: cond, value: value}
}

func not(x node) node {
	switch x := x.(type) {
	case truth:
		return !x
	case negation:
		return x.x
	}
	return negation{x}
}

func and(nodes ...node) node {
	var all node = truth(true)
	for _, n := range nodes {
		l, constant := all.(truth)
		switch r, right := n.(truth); {
		case constant && bool(l):
			all = n
		case constant:
			return truth(false)
		case right && !bool(r):
			return truth(false)
		case !right:
			all = both{all, n}
		}
	}
	return all
}

func or(nodes ...node) node {
	var any node = truth(false)
	for _, n := range nodes {
		l, constant := any.(truth)
		switch r, right := n.(truth); {
		case constant && !bool(l):
			any = n
		case constant:
			return truth(true)
		case right && bool(r):
			return truth(true)
		case !right:
			any = either{any, n}
		}
	}
	return any
}
