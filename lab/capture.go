//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hophound/hophound/pcaps"
)

// Capturer is a program that captures, with tcpdump's flags.
type Capturer struct {
	Argv   []string // the program and flags of its own; those that all understand follow
	Listen string   // what it says once it captures
}

// tcpdump captures for the cases.
func tcpdump() Capturer {
	// --immediate-mode: packets are written as they come, none waits in the
	// kernel's ring when tcpdump is told to end. -B, in KiB: in that mode each
	// packet takes a slot for the largest one there can be, and of those the
	// default has but 32. -Z root: the file stays ours.
	return Capturer{
		Argv:   []string{"tcpdump", "--immediate-mode", "-B", "32768", "-Z", "root"},
		Listen: "listening on",
	}
}

// Tap is a capture on one device of one node.
type Tap struct {
	By     Capturer    // the zero value is tcpdump
	Node   string      // in whose namespace; clientName for the client's, dockerHost for that of the containers
	Device string      // "eth0" is the device towards the client, "any" all of them
	Filter string      // tcpdump's filter; empty: every packet
	File   string      // capture file in the case's folder
	Hops   []pcaps.Hop // the hops that are seen here; their File is filled in

	Clock time.Duration // how far the clock of its host is ahead: the packets' times are rewritten
	Of    []string      // if there are any, nothing is captured: the files of these other taps, merged
}

// finish does to the tap's file, after the capture, what makes it other than
// tcpdump has written it.
func (t Tap) finish(ctx context.Context, dir string) error {
	switch {
	case len(t.Of) > 0:
		_, err := run(ctx, dir, append([]string{"mergecap", "-F", "pcapng", "-I", "none", "-w", t.File}, t.Of...)...)
		return err
	case t.Clock != 0:
		ahead := strconv.FormatFloat(t.Clock.Seconds(), 'f', -1, 64)
		if _, err := run(ctx, dir, "editcap", "-F", "pcap", "-t", ahead, t.File, t.File+".ahead"); err != nil {
			return err
		}
		return os.Rename(filepath.Join(dir, t.File+".ahead"), filepath.Join(dir, t.File))
	}
	return nil
}

// capture is a running tap.
type capture struct {
	tap     Tap
	process *process
	path    string
}

// startCapture starts the tap's program and returns when it listens.
func startCapture(ctx context.Context, ns Namespace, tap Tap, dir string) (*capture, error) {
	path := filepath.Join(dir, tap.File)
	by := tap.By
	if by.Argv == nil {
		by = tcpdump()
	}
	argv := append(slices.Clone(by.Argv), "-n", "-U", "-s", "0", "-i", tap.Device, "-w", path)
	if tap.Filter != "" {
		argv = append(argv, tap.Filter)
	}
	p, err := startProcess("the capture of "+tap.File, ns.command(argv...), path+".log")
	if err != nil {
		return nil, err
	}
	c := &capture{tap: tap, process: p, path: path}
	err = p.waitFor(ctx, "listens", 30*time.Second, func() bool { return strings.Contains(p.tail(), by.Listen) })
	if err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// settle waits until the capture file has not grown for a while: the last
// packets of the traffic have been seen.
func (c *capture) settle(ctx context.Context, quiet time.Duration) error {
	last, since := int64(-1), time.Now()
	return c.process.waitFor(ctx, "has seen the last packet", 20*time.Second, func() bool {
		info, err := os.Stat(c.path)
		if err != nil || info.Size() != last {
			since = time.Now()
		}
		if err == nil {
			last = info.Size()
		}
		return time.Since(since) >= quiet
	})
}

// stop ends the program the way Ctrl-C does, which makes it write what it still holds.
func (c *capture) stop() error {
	return c.process.stop(syscall.SIGINT, 5*time.Second)
}

// lost says whether the kernel dropped packets that the program should have seen.
func (c *capture) lost() error {
	text, err := os.ReadFile(c.path + ".log")
	if err != nil {
		return fmt.Errorf("read what was counted: %w", err)
	}
	if !strings.Contains(string(text), "\n0 packets dropped by kernel") {
		return fmt.Errorf("capture %s whole: %s", c.tap.File, strings.TrimSpace(string(text)))
	}
	return nil
}
