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

// Debian's tcpdump becomes one of these, even when it only reads a file.
const (
	users  = "root:x:0:0::/:/bin/false\ntcpdump:x:100:100::/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n"
	groups = "root:x:0:\ntcpdump:x:100:\nnogroup:x:65534:\n"
)

// build compiles the tests and puts together what they need in the machine. What it
// compiles it leaves in dir.
func build(ctx context.Context, dir, arch string) (*image, error) {
	dir = filepath.Join(dir, arch)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	i := &image{map[string]file{}}
	for name, args := range map[string][]string{
		"init":                {"build", "-trimpath", "./bpf/kernels/init"},
		"bin/hophound":        {"build", "-trimpath", "./cmd/hophound"},
		"tests/bpf.test":      {"test", "-c", "./bpf"},
		"tests/loopback.test": {"test", "-c", "./bpf/kernels/loopback"},
		"tests/capture.test":  {"test", "-c", "./capture"},
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
	for _, empty := range []string{"bpf", "loopback", "capture", "proc", "sys", "dev", "tmp", "run"} {
		i.add(filepath.Join(empty, ".keep"), 0o644, nil)
	}
	i.add("etc/passwd", 0o644, []byte(users))
	i.add("etc/group", 0o644, []byte(groups))
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
		return fmt.Errorf("%w: make test-kernels installs it", err)
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
