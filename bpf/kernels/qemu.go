//go:build linux

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
)

// machine is what a kernel is booted on.
type machine struct {
	command string
	args    []string
	console string
}

// Without CMPXCHG16B: the emulation of it in qemu 7.2 makes Linux 6.12 double
// fault in its allocator, at random.
var machines = map[string]machine{
	"amd64": {"qemu-system-x86_64", []string{"-cpu", "Nehalem,cx16=off"}, "ttyS0"},
	"arm64": {"qemu-system-aarch64", []string{"-machine", "virt", "-cpu", "cortex-a72"}, "ttyAMA0"},
}

// finished is what init prints; the rest of the line is the status.
const finished = "== tests finished: "

// boot runs a kernel until its tests have finished. It says the lines of tests
// that failed, or all of them.
func (m machine) boot(ctx context.Context, image, initramfs string, said func(line string), verbose bool) error {
	args := append([]string{"-accel", "tcg,thread=multi", "-smp", "2", "-m", "1024", "-nographic", "-no-reboot", "-nic", "none",
		"-kernel", image, "-initrd", initramfs, "-append", "console=" + m.console + " quiet panic=-1"}, m.args...)
	command := exec.CommandContext(ctx, m.command, args...)
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return fmt.Errorf("boot: %w: make test-kernels installs qemu", err)
	}
	status, last := follow(output, said, verbose)
	err = command.Wait()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("took too long; the last it printed: %s", strings.Join(last, " / "))
	case err != nil:
		return fmt.Errorf("boot: %w", err)
	case status == "":
		return fmt.Errorf("the tests did not finish; the last it printed: %s", strings.Join(last, " / "))
	case status != "ok":
		return errors.New(status)
	}
	return nil
}

// follow reads what the machine prints: what the tests came to, "" if they did
// not finish, and the last lines.
func follow(output io.Reader, said func(line string), verbose bool) (status string, last []string) {
	const kept = 12
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		line := strings.TrimRight(lines.Text(), "\r")
		if verbose || strings.HasPrefix(line, "==") || strings.Contains(line, "--- FAIL") {
			said(line)
		}
		if result, ok := strings.CutPrefix(line, finished); ok {
			status = result
		}
		last = append(last, line)
		last = last[max(0, len(last)-kept):]
	}
	return status, last
}
