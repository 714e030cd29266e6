//go:build linux

// Kernels runs the tests of bpf, and those of capture that capture live, on the
// kernels of Debian's releases, each booted by qemu without hardware support:
//
//	go run ./bpf/kernels [-arch amd64|arm64] [-keep DIR] [RELEASE...]
//
// It takes Debian's own packages from the mirror this machine uses, so that it
// needs Debian (apt, dpkg), network access, and of Debian's packages
// qemu-system-x86 or qemu-system-arm, iproute2, tcpdump and xz-utils; root it
// needs not. Nothing is installed, and apt's own lists stay as they are.
//
// It prints what failed and a line per kernel with its seconds; the exit status
// is 1 if a test failed on any of them.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"
)

// releases are Debian's with Linux 5.10 (that of Amazon Linux 2), 6.1 and 6.12
// (those of Amazon Linux 2023).
var releases = []string{"bullseye", "bookworm", "trixie"}

// patience is how long one kernel may take. Emulated, it takes about a minute.
const patience = 15 * time.Minute

func main() {
	arch := flag.String("arch", "amd64", "architecture: amd64, or arm64, which takes longer")
	keep := flag.String("keep", "", "folder that keeps what was downloaded and built, for the next time; none by default")
	verbose := flag.Bool("v", false, "print all that the kernels print")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *arch, *keep, *verbose, flag.Args())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "kernels:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arch, keep string, verbose bool, wanted []string) error {
	if len(wanted) == 0 {
		wanted = releases
	}
	machine, ok := machines[arch]
	if !ok {
		return fmt.Errorf("no machine for %q: amd64 and arm64 there are", arch)
	}
	dir := keep
	if dir == "" {
		temporary, err := os.MkdirTemp("", "hophound-kernels-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(temporary) }()
		dir = temporary
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	tests, err := build(ctx, filepath.Join(dir, arch), arch)
	if err != nil {
		return err
	}
	failed := 0
	for _, release := range wanted {
		begun := time.Now()
		name, err := test(ctx, filepath.Join(dir, arch, release), release, arch, machine, tests, verbose)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		result := "ok  "
		if err != nil {
			failed++
			result = "FAIL"
		}
		fmt.Printf("%s  %-9s %s: %d s\n", result, release, name, int(time.Since(begun).Seconds()))
		if err != nil {
			fmt.Printf("      %v\n", err)
		}
	}
	if failed > 0 {
		return fmt.Errorf("failed on %d of %d kernels", failed, len(wanted))
	}
	return nil
}

// test runs the tests on the kernel of one release and gives the kernel's name.
func test(ctx context.Context, dir, release, arch string, m machine, tests *image, verbose bool) (string, error) {
	k, err := fetch(ctx, dir, release, arch)
	if err != nil {
		return "?", err
	}
	files := tests.with(k.modules)
	path := filepath.Join(dir, "initramfs")
	if err := files.write(path); err != nil {
		return k.name, fmt.Errorf("write initramfs: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return k.name, m.boot(ctx, k.image, path, verbose)
}
