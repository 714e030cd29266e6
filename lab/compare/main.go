//go:build linux

// Command compare captures the same traffic by tcpdump and by hophound, and
// tells what each has cost and given: CPU time, throughput lost, drops, bytes
// copied to user space, and heads.
//
//	go run ./lab/compare [-quick] [-write docs/PERFORMANCE.md]
//
// It prints tables and, with -write, puts them into their section of that file.
// It needs Linux, root, what lab/install.sh installs, and wrk. It takes some six
// minutes, a quick look one, and a gigabyte or two of the temporary folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/hophound/hophound/bench/performance"
	"github.com/hophound/hophound/lab"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		stop()
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("compare", flag.ExitOnError)
	quick := flags.Bool("quick", false, "one round: to see that all is well, not for figures")
	write := flags.String("write", "", "put the tables into their section of this `file`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	c := comparison{rounds: 4}
	if *quick {
		c.rounds = 1
	}
	if *quick && *write != "" {
		return errors.New("-write takes a whole measurement: leave out -quick")
	}
	text, err := c.run(ctx)
	if err != nil {
		return err
	}
	fmt.Println(text)
	if *write == "" {
		return nil
	}
	return performance.WriteSection(*write, "live", text)
}

// comparison is one measurement.
type comparison struct {
	rounds int
	bench  *lab.Bench
	rivals []lab.Rival
	start  map[string]float64 // CPU seconds that a rival takes to begin
}

// run builds the chain, measures on it, and takes it down.
func (c *comparison) run(ctx context.Context) (text string, err error) {
	if err := lab.HasWrk(); err != nil {
		return "", err
	}
	l, err := lab.Open(ctx)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, l.Close()) }()
	path, err := l.BuildCommand(ctx)
	if err != nil {
		return "", err
	}
	if c.bench, err = l.OpenBench(ctx); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, c.bench.Close()) }()
	c.rivals = lab.Rivals(path)
	if err := c.begin(ctx); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintln(&b, performance.Machine(ctx))
	fmt.Fprintln(&b, performance.Versions(ctx, []string{"tcpdump", "--version"}, []string{"nginx", "-v"}, []string{"wrk", "--version"}))
	for _, load := range lab.Loads() {
		fmt.Fprintln(os.Stderr, "measuring", load.Name)
		all, err := c.oneByOne(ctx, load)
		if err != nil {
			return "", fmt.Errorf("%s: %w", load.Name, err)
		}
		heads, err := c.together(ctx, load)
		if err != nil {
			return "", fmt.Errorf("%s: %w", load.Name, err)
		}
		fmt.Fprintf(&b, "\n### Live: %s\n\n`%s`\n\n%s\n%s", load.Name, load, c.table(all), heads)
	}
	return b.String(), nil
}

// begin measures what rivals take to begin: on no traffic.
func (c *comparison) begin(ctx context.Context) error {
	c.start = map[string]float64{}
	for _, rival := range c.rivals {
		var seconds []float64
		for range min(c.rounds, 3) {
			_, taken, err := c.bench.Measure(ctx, lab.Load{}, []lab.Rival{rival})
			if err != nil {
				return fmt.Errorf("begin %s: %w", rival.Name, err)
			}
			seconds = append(seconds, taken[0].CPU.Seconds())
		}
		c.start[rival.Name] = performance.SpreadOf(seconds).Median
	}
	return nil
}

// oneByOne plays the load without a capture, then with each of them, and that
// in every round, each time another one first.
func (c *comparison) oneByOne(ctx context.Context, load lab.Load) ([]series, error) {
	all := make([]series, 1+len(c.rivals))
	all[0].by = "nobody"
	for round := range c.rounds {
		for i := range all {
			i = (i + round) % len(all)
			var capturing []lab.Rival
			if i > 0 {
				capturing = c.rivals[i-1 : i]
				all[i].by = capturing[0].Name
			}
			rate, taken, err := c.bench.Measure(ctx, load, capturing)
			if err != nil {
				return nil, err
			}
			all[i].rates = append(all[i].rates, rate)
			all[i].taken = append(all[i].taken, taken...)
		}
	}
	return all, nil
}

// together plays the load once, captured by tcpdump and by hophound at the same
// time, and compares the heads.
func (c *comparison) together(ctx context.Context, load lab.Load) (string, error) {
	_, taken, err := c.bench.Measure(ctx, load, c.rivals[:2])
	if err != nil {
		return "", err
	}
	var heads [2]map[string]int
	for i := range taken {
		if heads[i], err = taken[i].Heads(ctx); err != nil {
			return "", err
		}
	}
	return fmt.Sprintf("Captured both at once, an analysis finds %d heads in tcpdump's capture (it dropped %d packets) and %d in\n"+
		"hophound's (%d); %d of tcpdump's are missing in hophound's, %d of hophound's in tcpdump's.\n",
		count(heads[0]), taken[0].Dropped, count(heads[1]), taken[1].Dropped,
		missing(heads[0], heads[1]), missing(heads[1], heads[0])), nil
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
