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

// notOnSocket says why what tcpdump makes of a word is wrong on a socket, or why
// tcpdump is not asked.
var notOnSocket = map[string]string{
	"vlan":       "tcpdump looks for tags in the packet, from which the kernel has taken them",
	"protochain": "it needs a loop over the headers of a packet, which the kernel does not allow a filter",
	"gateway":    "the name of a host would have to be looked up",
	"broadcast":  "it needs the netmask of the interface, for which tcpdump takes none",
}

// CompileSocketWithTcpdump is [CompileSocket], and has an installed tcpdump
// compile what that refuses with [ErrUnsupported]. why is then the reason of the
// refusal, and nil otherwise. Expressions with names of hosts and networks stay
// refused, since tcpdump would ask DNS servers, and so do those that it would
// compile wrongly for a socket.
//
// The error has the reason of the refusal; it wraps exec.ErrNotFound if there is
// no tcpdump.
func CompileSocketWithTcpdump(ctx context.Context, expression string, link int) (program []bpf.RawInstruction, why, err error) {
	program, why = CompileSocket(expression, link)
	if why == nil {
		return program, nil, nil
	}
	if !errors.Is(why, ErrUnsupported) || errors.Is(why, ErrName) {
		return nil, nil, why
	}
	if err := rightOnSocket(expression); err != nil {
		return nil, nil, fmt.Errorf("%w; tcpdump is no help: %w", why, err)
	}
	program, err = CompileWithTcpdump(ctx, expression, link)
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return nil, nil, fmt.Errorf("%w, and there is no tcpdump here: install it, and it compiles the filter (%w)", why, err)
	case err != nil:
		return nil, nil, fmt.Errorf("%w; %w", why, err)
	}
	return program, why, nil
}

// rightOnSocket finds what tcpdump must not be asked for.
func rightOnSocket(expression string) error {
	tokens, err := tokenize(expression)
	if err != nil {
		return err
	}
	numbered := false // the word before says that a name of a port or protocol follows
	for _, t := range tokens {
		if reason := notOnSocket[t.text]; t.kind == keyword && reason != "" {
			return fmt.Errorf("at byte %d: %q: %s", t.at+1, t.text, reason)
		}
		if t.kind == name && !numbered {
			return fmt.Errorf("at byte %d: %q may be the name of a host, and names are %w", t.at+1, t.text, ErrName)
		}
		numbered = t.is("port") || t.is("portrange") || t.is("proto")
	}
	return nil
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
