//go:build linux

// Kernels runs the tests of bpf, those of capture that capture live, and the
// command itself on the kernels of Debian's releases, each booted by qemu without
// hardware support:
//
//	go run ./bpf/kernels [-cache DIR] [-v] [RELEASE[/ARCHITECTURE]...]
//
// It takes Debian's own packages from the mirror this machine uses, so that it
// needs Debian (apt, dpkg), network access, and of its packages what `make
// test-kernels` installs; root it needs not. No kernel is installed, and apt's lists
// stay as they are.
//
// It prints what failed and a line per kernel with its seconds; the exit status
// is 1 if a test failed on any of them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"
)

// atOnce is how many kernels run side by side, each on two processors of its own.
const atOnce = 2

// patience is how long one kernel may take. Emulated, it takes about a minute.
const patience = 10 * time.Minute

func main() {
	cache := flag.String("cache", "", "folder that keeps the kernels for the next time (hophound-kernels in the user's cache folder)")
	verbose := flag.Bool("v", false, "print all that the kernels print")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *cache, *verbose, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, cache string, verbose bool, names []string) error {
	targets, err := parseTargets(names)
	if err != nil {
		return err
	}
	if cache == "" {
		of, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("find a folder for the kernels, name one with -cache: %w", err)
		}
		cache = filepath.Join(of, "hophound-kernels")
	}
	if cache, err = filepath.Abs(cache); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "hophound-kernels-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &bench{cache: cache, dir: dir, verbose: verbose, images: map[string]*image{}}
	for _, t := range targets {
		if b.images[t.arch] == nil {
			if b.images[t.arch], err = build(ctx, dir, t.arch); err != nil {
				return err
			}
		}
	}
	return b.testAll(ctx, targets)
}

// bench is where kernels are tested.
type bench struct {
	cache, dir string
	verbose    bool
	images     map[string]*image // by architecture
}

// testAll tests on all the targets and gives an error if any failed.
func (b *bench) testAll(ctx context.Context, targets []target) error {
	results := make([]error, len(targets))
	var group errgroup.Group
	group.SetLimit(atOnce)
	for i, t := range targets {
		group.Go(func() error {
			begun := time.Now()
			name, err := b.test(ctx, t)
			results[i] = err
			result := "ok  "
			if err != nil {
				result = "FAIL"
			}
			fmt.Printf("%s  %-15s %s: %d s\n", result, t, name, int(time.Since(begun).Seconds()))
			return nil
		})
	}
	_ = group.Wait() // the errors are in results
	if ctx.Err() != nil {
		return ctx.Err()
	}
	for i, err := range results {
		if err != nil {
			results[i] = fmt.Errorf("%s: %w", targets[i], err)
		}
	}
	return errors.Join(results...)
}

// test runs the tests on one kernel and gives its name.
func (b *bench) test(ctx context.Context, t target) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dir := filepath.Join(b.dir, t.arch, t.release)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "?", err
	}
	k, err := fetch(ctx, filepath.Join(b.cache, t.arch, t.release), t)
	if err != nil {
		return "?", err
	}
	root := filepath.Join(dir, "initramfs")
	if err := b.images[t.arch].with(k.modules).write(root); err != nil {
		return k.name, fmt.Errorf("write initramfs: %w", err)
	}
	image := filepath.Join(dir, "vmlinuz")
	if err := os.WriteFile(image, k.image, 0o644); err != nil {
		return k.name, err
	}
	said := func(line string) { fmt.Printf("%s: %s\n", t, line) }
	return k.name, machines[t.arch].boot(ctx, image, root, said, b.verbose)
}
