//go:build linux

// Command compare captures the same traffic by tcpdump and by hophound, and
// prints what each has cost and given: CPU time, bytes, drops, and heads.
//
//	go run ./lab/compare
//
// It needs Linux, root, what lab/install.sh installs, and wrk. It takes about two
// minutes and a gigabyte or two of the temporary folder.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/hophound/hophound/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := compare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		stop()
		os.Exit(1)
	}
}

func compare(ctx context.Context) (err error) {
	if err := lab.HasWrk(); err != nil {
		return err
	}
	l, err := lab.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	path, err := l.BuildCommand(ctx)
	if err != nil {
		return err
	}
	bench, err := l.OpenBench(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, bench.Close()) }()
	rivals := lab.Rivals(path)
	for _, load := range lab.Loads() {
		fmt.Printf("\n%s\n\n| captured by | done/s | CPU s | packets | dropped | MB of file |\n|---|---|---|---|---|---|\n", load.Name)
		if err := oneByOne(ctx, bench, load, rivals); err != nil {
			return err
		}
		if err := together(ctx, bench, load, rivals[:2]); err != nil {
			return err
		}
	}
	return nil
}

// oneByOne plays the load without a capture, then with each.
func oneByOne(ctx context.Context, bench *lab.Bench, load lab.Load, rivals []lab.Rival) error {
	rate, _, err := bench.Measure(ctx, load, nil)
	if err != nil {
		return err
	}
	fmt.Printf("| nobody | %.0f | | | | |\n", rate)
	for _, rival := range rivals {
		rate, taken, err := bench.Measure(ctx, load, []lab.Rival{rival})
		if err != nil {
			return err
		}
		row(rate, taken[0], "")
	}
	return nil
}

// together plays the load once, captured by both, and compares the heads.
func together(ctx context.Context, bench *lab.Bench, load lab.Load, rivals []lab.Rival) error {
	rate, taken, err := bench.Measure(ctx, load, rivals)
	if err != nil {
		return err
	}
	var heads [2]map[string]int
	for i := range taken {
		row(rate, taken[i], ", both at once")
		if heads[i], err = taken[i].Heads(ctx); err != nil {
			return err
		}
	}
	fmt.Printf("\nheads: tcpdump has %d, hophound %d; %d of tcpdump's are missing from hophound's, %d of hophound's from tcpdump's\n",
		count(heads[0]), count(heads[1]), missing(heads[0], heads[1]), missing(heads[1], heads[0]))
	return nil
}

func row(rate float64, t lab.Taken, how string) {
	fmt.Printf("| %s%s | %.0f | %.2f | %d | %d | %.1f |\n", t.By, how, rate, t.CPU.Round(time.Millisecond).Seconds(), t.Captured, t.Dropped, float64(t.Bytes)/1e6)
}

func count(heads map[string]int) (n int) {
	for _, times := range heads {
		n += times
	}
	return n
}

// missing counts the heads of one that the other has not, or not as often.
func missing(from, in map[string]int) (n int) {
	for head, times := range from {
		n += max(0, times-in[head])
	}
	return n
}
