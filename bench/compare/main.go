//go:build linux

// Command compare measures hophound beside other programs that read captures,
// on the same files, made by bench, and its memory on traffic made to hurt.
//
//	go run ./bench/compare [-quick] [-write docs/PERFORMANCE.md]
//
// It prints tables and, with -write, puts them into their sections of that file.
// Every program reads every file several times, by turns, so that what else the
// machine does meets all of them. Programs that are not installed
// (bench/install.sh does it) are named and left out. It takes less than ten
// minutes, a quick one less than one, and 4 GB of the temporary folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/hophound/hophound/bench/performance"
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

// plan is what is to be measured, and with what.
type plan struct {
	quick    bool
	only     string // what names of loads and cases must contain
	dir      string // for captures and programs
	hophound string // the command, built from this tree
	generate string // bench/generate, the same
	also     []rival
	machine  string // and the revision that was built
}

func run(ctx context.Context, args []string) (err error) {
	var p plan
	flags := flag.NewFlagSet("compare", flag.ExitOnError)
	flags.BoolVar(&p.quick, "quick", false, "small captures and few rounds: to see that all is well, not for figures")
	flags.StringVar(&p.only, "only", "", "measure only what has `text` in its name")
	write := flags.String("write", "", "put the tables into their sections of this `file`")
	flags.Func("also", "measure another build of hophound too, as `NAME=PATH`", func(s string) error {
		name, path, found := strings.Cut(s, "=")
		if !found {
			return errors.New("write NAME=PATH")
		}
		p.also = append(p.also, hophoundAt(name, path))
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *write != "" && (p.quick || p.only != "") {
		return errors.New("-write takes a whole measurement: leave out -quick and -only")
	}
	if p.dir, err = os.MkdirTemp("", "hophound-compare-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(p.dir)) }()
	if err := p.build(ctx); err != nil {
		return err
	}
	sections := []struct {
		name    string
		measure func(context.Context) (string, error)
	}{{"files", p.files}, {"memory", p.memory}}
	for _, section := range sections {
		text, err := section.measure(ctx)
		if err != nil {
			return fmt.Errorf("measure %s: %w", section.name, err)
		}
		fmt.Println(text)
		if *write != "" {
			if err := performance.WriteSection(*write, section.name, text); err != nil {
				return err
			}
		}
	}
	return nil
}

// build compiles what is measured and what makes the captures. Making them in a
// process of its own keeps this one small; see [cost].
func (p *plan) build(ctx context.Context) error {
	p.machine = performance.Machine(ctx)
	p.hophound, p.generate = filepath.Join(p.dir, "hophound"), filepath.Join(p.dir, "generate")
	for path, source := range map[string]string{p.hophound: "./cmd/hophound", p.generate: "./bench/generate"} {
		c := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", path, source)
		c.Env = append(os.Environ(), "CGO_ENABLED=0")
		if output, err := c.CombinedOutput(); err != nil {
			return fmt.Errorf("build %s in the top folder of the repository: %w\n%s", source, err, output)
		}
	}
	return nil
}

// wants tells whether something of that name is to be measured.
func (p *plan) wants(name string) bool { return strings.Contains(name, p.only) }
