package filter

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"golang.org/x/net/bpf"
)

// linkNames holds what tcpdump's -y calls the link types.
var linkNames = map[int]string{
	linkEthernet: "EN10MB", linkRaw: "RAW", linkRawDLT: "RAW", linkLinuxSLL: "LINUX_SLL",
	linkLinuxSLL2: "LINUX_SLL2", linkIPv4: "IPV4", linkIPv6: "IPV6",
}

// CompileWithTcpdump has an installed tcpdump compile expression, for packets
// as they lie in a capture file, as [Compile] does: on a socket it does not see
// the VLAN tags that the kernel keeps beside the packet. tcpdump looks names of
// hosts up, which sends questions to DNS servers.
//
// The error wraps exec.ErrNotFound if there is no tcpdump, and has tcpdump's
// own words if it refuses.
func CompileWithTcpdump(ctx context.Context, expression string, link int) ([]bpf.RawInstruction, error) {
	name, ok := linkNames[link]
	if !ok {
		return nil, fmt.Errorf("compile filter with tcpdump: link type %d: %w", link, ErrUnsupported)
	}
	command := exec.CommandContext(ctx, "tcpdump", "-y", name, "-ddd", "--", expression)
	var complaint bytes.Buffer
	command.Stderr = &complaint
	out, err := command.Output()
	if err != nil {
		if words := strings.TrimSpace(complaint.String()); words != "" {
			return nil, fmt.Errorf("compile filter %q with tcpdump: %s: %w", expression, words, err)
		}
		return nil, fmt.Errorf("compile filter %q with tcpdump: %w", expression, err)
	}
	program, err := parseDecimal(out)
	if err != nil {
		return nil, fmt.Errorf("read the filter that tcpdump made of %q: %w", expression, err)
	}
	return program, nil
}

// parseDecimal reads tcpdump's -ddd: how many instructions, then one a line.
func parseDecimal(out []byte) ([]bpf.RawInstruction, error) {
	lines := bufio.NewScanner(bytes.NewReader(out))
	if !lines.Scan() {
		return nil, errors.New("it is empty")
	}
	var count int
	if _, err := fmt.Sscan(lines.Text(), &count); err != nil || count < 1 || count > maxInstructions {
		return nil, fmt.Errorf("%q is no number of instructions", lines.Text())
	}
	program := make([]bpf.RawInstruction, 0, count)
	for lines.Scan() {
		var ins bpf.RawInstruction
		if _, err := fmt.Sscan(lines.Text(), &ins.Op, &ins.Jt, &ins.Jf, &ins.K); err != nil {
			return nil, fmt.Errorf("read instruction %q: %w", lines.Text(), err)
		}
		program = append(program, ins)
	}
	if len(program) != count {
		return nil, fmt.Errorf("%d of %d instructions are there", len(program), count)
	}
	return program, nil
}
