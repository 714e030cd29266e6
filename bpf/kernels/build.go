//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// programs are run by the tests of capture.
var programs = []string{"ip", "tcpdump", "sleep"}

// build compiles the tests and puts together what they need in the machine.
func build(ctx context.Context, dir, arch string) (*image, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	i := &image{map[string]file{}}
	for name, args := range map[string][]string{
		"init":               {"build", "-trimpath", "./bpf/kernels/init"},
		"tests/bpf.test":     {"test", "-c", "./bpf"},
		"tests/capture.test": {"test", "-c", "./capture"},
	} {
		to := filepath.Join(dir, filepath.Base(name))
		command := exec.CommandContext(ctx, "go", append([]string{args[0], "-o", to}, args[1:]...)...)
		command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
		if _, err := outputOf(command); err != nil {
			return nil, err
		}
		if err := i.copy(name, to); err != nil {
			return nil, err
		}
	}
	for _, empty := range []string{"bpf", "capture", "proc", "sys", "dev", "tmp", "run", "etc"} {
		i.add(filepath.Join(empty, ".keep"), 0o644, nil)
	}
	err := filepath.WalkDir("pcaps", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		return i.copy(path, path)
	})
	if err != nil {
		return nil, fmt.Errorf("take the captures (run this in the folder of go.mod): %w", err)
	}
	if arch != runtime.GOARCH {
		return i, nil // this machine's programs are of no use there
	}
	for _, p := range programs {
		if err := i.program(ctx, p); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// copy takes a file of this machine.
func (i *image) copy(name, from string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	i.add(name, 0o755, content)
	return nil
}

// program takes a program of this machine with the libraries it needs.
func (i *image) program(ctx context.Context, name string) error {
	at, err := exec.LookPath(name)
	if err != nil {
		return fmt.Errorf("%w: install iproute2 and tcpdump", err)
	}
	if err := i.copy("bin/"+name, at); err != nil {
		return err
	}
	listed, err := outputOf(exec.CommandContext(ctx, "ldd", at))
	if err != nil {
		return err
	}
	for field := range strings.FieldsSeq(string(listed)) {
		if !filepath.IsAbs(field) || i.has(field) {
			continue
		}
		if err := i.copy(field, field); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (i *image) has(name string) bool {
	_, ok := i.files[strings.TrimPrefix(name, "/")]
	return ok
}
