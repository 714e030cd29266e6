package filter

import (
	"fmt"

	"golang.org/x/net/bpf"
)

// CompileSocket is [Compile] for a program that the kernel runs on an AF_PACKET
// socket (SO_ATTACH_FILTER), where it can ask for what is not in the packet
// (Documentation/networking/filter.rst of the kernel, BPF extensions): `vlan`
// asks first for the outermost tag, which the kernel has taken out of the
// packet; and inbound, outbound and ifindex work on every link type. Only the
// kernel runs such a program: the virtual machine of golang.org/x/net/bpf
// refuses those extensions.
//
// For Linux cooked v2 (276) the program reads the cooked header where it is in a
// file. A socket has none when it filters: whoever attaches the program replaces
// those loads, as libpcap and package capture do. len, less and greater do not
// count the tag that was taken out.
func CompileSocket(expression string, link int) ([]bpf.RawInstruction, error) {
	layout, err := layoutOf(link)
	if err != nil {
		return nil, err
	}
	within := parser{layout: layout, socket: true}
	tree, vlans, err := within.read(expression)
	if err != nil {
		return nil, fmt.Errorf("compile filter %q: %w", expression, err)
	}
	if vlans > 0 {
		beside := parser{layout: layout, socket: true, tagged: true}
		tagged, _, err := beside.read(expression)
		if err != nil {
			return nil, fmt.Errorf("compile filter %q: %w", expression, err)
		}
		present := ancillary(bpf.ExtVLANTagPresent, noMask, bpf.JumpNotEqual, 0)
		tree = or(and(present, tagged), and(not(present), tree))
	}
	return assemble(expression, tree)
}
