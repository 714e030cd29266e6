//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"
)

// process is a program that runs in the background until it is stopped.
type process struct {
	name   string
	cmd    *exec.Cmd
	output *os.File // standard output and error of the program
	exited chan struct{}
}

// startProcess starts cmd with its output going to the file at path. The
// program is the leader of its own process group and dies with this process.
func startProcess(name string, cmd *exec.Cmd, path string) (*process, error) {
	output, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("make the log of %s: %w", name, err)
	}
	cmd.Stdout, cmd.Stderr = output, output
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), output.Close())
	}
	p := &process{name: name, cmd: cmd, output: output, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // how it ended stands in cmd.ProcessState
		close(p.exited)
	}()
	return p, nil
}

// stop asks the program to end with sig and waits; a program that does not
// end within the grace period is killed, with its group.
func (p *process) stop(sig syscall.Signal, grace time.Duration) error {
	_ = p.cmd.Process.Signal(sig) // gone already is what we want
	select {
	case <-p.exited:
	case <-time.After(grace):
	}
	_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL) // what is left of the group, if anything
	<-p.exited
	return p.output.Close()
}

// waitFor polls until ready says so, the program ends, or the time is up.
func (p *process) waitFor(ctx context.Context, what string, limit time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ready() {
		select {
		case <-tick.C:
		case <-p.exited:
			return fmt.Errorf("wait until %s %s: it ended with %s: %s", p.name, what, p.cmd.ProcessState, p.tail())
		case <-ctx.Done():
			return fmt.Errorf("wait until %s %s: %w: %s", p.name, what, ctx.Err(), p.tail())
		}
	}
	return nil
}

// listens says whether the program's network namespace has a TCP socket that
// listens on the port, at the address or at all of them. It reads the kernel's tables (proc(5), /proc/PID/net/tcp)
// and sends no packet, so that neither a capture nor a log shows the question.
func (p *process) listens(address netip.Addr, port int) bool {
	for _, name := range []string{"tcp", "tcp6"} {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/%s", p.cmd.Process.Pid, name))
		if err == nil && hasListener(string(table), address, port) {
			return true
		}
	}
	return false
}

func hasListener(table string, address netip.Addr, port int) bool {
	const stateListen = "0A"
	a := address.As4()
	slices.Reverse(a[:]) // as a little-endian machine prints them
	local := []string{
		fmt.Sprintf("%X:%04X", a, port),
		fmt.Sprintf("%08X:%04X", 0, port),
		fmt.Sprintf("%032X:%04X", 0, port),
	}
	for row := range strings.Lines(table) {
		fields := strings.Fields(row)
		if len(fields) > 3 && slices.Contains(local, fields[1]) && fields[3] == stateListen {
			return true
		}
	}
	return false
}

// tail is the end of what the program has written, for error messages.
func (p *process) tail() string {
	text, err := os.ReadFile(p.output.Name())
	if err != nil {
		return err.Error()
	}
	const limit = 2000
	if len(text) > limit {
		text = text[len(text)-limit:]
	}
	return strings.TrimSpace(string(text))
}
