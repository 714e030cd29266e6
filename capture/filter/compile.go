package filter

import (
	"errors"
	"fmt"
	"math"

	"golang.org/x/net/bpf"
)

const (
	maxExpression   = 64 << 10 // bytes of an expression
	maxDepth        = 200      // parentheses, negations and accessors within each other
	maxInstructions = 4096     // BPF_MAXINSNS of the kernel
	wholePacket     = math.MaxUint32
)

// ErrUnsupported is what errors wrap that tell of an expression which is good
// pcap-filter(7) and cannot be compiled here; [CompileWithTcpdump] may do it.
var ErrUnsupported = errors.New("not supported without tcpdump")

// ErrName is an [ErrUnsupported] that a name of a host or network is the reason
// of: whoever compiles it has to ask the network.
var ErrName error = nameError{}

type nameError struct{}

// Error goes on after "names are".
func (nameError) Error() string { return "not looked up" }

// Is makes it an ErrUnsupported too.
func (nameError) Is(target error) bool { return target == ErrUnsupported }

// Compile translates expression, in the language of pcap-filter(7), into a
// program for packets that begin with the link header of the LINKTYPE_ number
// link: Ethernet (1), raw IP (101, 228, 229), Linux cooked v1 and v2 (113, 276).
// The program returns 0 for a packet that does not match and 4294967295 (all of
// it) for one that does; an empty expression matches every packet. As in
// libpcap, a packet too short for a field that is asked for does not match.
//
// The error says where the expression is wrong; it wraps [ErrUnsupported] if
// the expression is right and only beyond this package.
func Compile(expression string, link int) ([]bpf.RawInstruction, error) {
	layout, err := layoutOf(link)
	if err != nil {
		return nil, err
	}
	tree, err := parse(expression, parser{layout: layout})
	if err != nil {
		return nil, fmt.Errorf("compile filter %q: %w", expression, err)
	}
	return assemble(expression, tree)
}

func assemble(expression string, tree node) ([]bpf.RawInstruction, error) {
	if tree == node(truth(false)) {
		return nil, fmt.Errorf("compile filter %q: %w", expression, errRejectsAll)
	}
	program, err := instructions(tree)
	if err != nil {
		return nil, fmt.Errorf("compile filter %q: %w", expression, err)
	}
	raw, err := bpf.Assemble(program)
	if err != nil {
		return nil, fmt.Errorf("assemble filter %q: %w", expression, err)
	}
	return raw, nil
}

// layout says where the headers of a packet begin. It changes while an
// expression is read: what stands behind `vlan` looks behind the tag.
type layout struct {
	link      int
	etherType uint32 // offset of the Ethernet type; meaningless if there is none
	network   uint32 // offset of the network header
	ethernet  bool   // begins with two Ethernet addresses
	typed     bool   // there is an Ethernet type
	version   int    // of IP, if the link type allows only one; else 0
}

// Numbers of https://www.tcpdump.org/linktypes.html. 12 is what Linux writes
// for raw IP as a DLT_ number.
const (
	linkEthernet  = 1
	linkRawDLT    = 12
	linkRaw       = 101
	linkLinuxSLL  = 113
	linkIPv4      = 228
	linkIPv6      = 229
	linkLinuxSLL2 = 276
)

func layoutOf(link int) (layout, error) {
	switch link {
	case linkEthernet:
		return layout{link: link, etherType: 12, network: 14, ethernet: true, typed: true}, nil
	case linkLinuxSLL:
		return layout{link: link, etherType: 14, network: 16, typed: true}, nil
	case linkLinuxSLL2:
		return layout{link: link, etherType: 0, network: 20, typed: true}, nil
	case linkRaw, linkRawDLT:
		return layout{link: link}, nil
	case linkIPv4:
		return layout{link: link, version: 4}, nil
	case linkIPv6:
		return layout{link: link, version: 6}, nil
	}
	return layout{}, fmt.Errorf("compile filter: packets of link type %d cannot be filtered, only Ethernet, Linux cooked and raw IP: %w", link, ErrUnsupported)
}
