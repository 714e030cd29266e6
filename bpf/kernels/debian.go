//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// kernel is one of Debian's.
type kernel struct {
	name    string            // 5.10.0-32-cloud-amd64
	image   []byte            // the bootable file
	modules map[string][]byte // veth -> the module
}

// modules are those that the tests need, each behind those it needs.
var modules = []string{"llc", "stp", "garp", "mrp", "8021q", "veth", "dummy"}

// packagePrefix is what the names of kernels' packages begin with.
const packagePrefix = "linux-image-"

// kept is how long a package is used without asking whether there is a newer one.
const kept = 7 * 24 * time.Hour

// fetch gives the kernel of a target from the package in dir; it downloads that if
// it is not there, or there for long.
func fetch(ctx context.Context, dir string, t target) (*kernel, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.Create(filepath.Join(dir, "lock"))
	if err != nil {
		return nil, err
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil { // two may fetch at a time
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	path := packageIn(dir)
	if path == "" {
		if path, err = download(ctx, dir, t); err != nil {
			return nil, err
		}
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), packagePrefix), "_")
	k := &kernel{name: name, modules: map[string][]byte{}}
	return k, k.unpack(ctx, path)
}

// packageIn finds the package in dir; "" if there is none, or only one that is
// old, which it removes.
func packageIn(dir string) string {
	var young string
	found, _ := filepath.Glob(filepath.Join(dir, packagePrefix+"*.deb"))
	for _, path := range found {
		info, err := os.Stat(path)
		if err == nil && time.Since(info.ModTime()) < kept {
			young = path
			continue
		}
		_ = os.Remove(path)
	}
	return young
}

// download has apt download the package of a target's kernel into dir.
func download(ctx context.Context, dir string, t target) (string, error) {
	a := apt{dir: dir, arch: t.arch}
	if err := a.prepare(ctx, t.release); err != nil {
		return "", fmt.Errorf("read the lists of %s: %w", t.release, err)
	}
	shown, err := a.output(ctx, "apt-cache", "depends", packagePrefix+"cloud-"+t.arch)
	if err != nil {
		return "", err
	}
	name := regexp.MustCompile(`Depends: (linux-image-\S+)`).FindSubmatch(shown)
	if name == nil {
		return "", fmt.Errorf("%s has no kernel for the cloud: %s", t.release, shown)
	}
	if _, err := a.output(ctx, "apt-get", "download", string(name[1])); err != nil {
		return "", err
	}
	found, err := filepath.Glob(filepath.Join(dir, string(name[1])+"_*.deb"))
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("download %s: apt left no package", name[1])
	}
	now := time.Now() // apt gives it the time of the mirror's file
	return found[0], os.Chtimes(found[0], now, now)
}

// apt is Debian's, with lists and a cache of its own.
type apt struct {
	dir, arch string
}

// prepare reads the lists of a release from the mirror that this machine uses.
func (a apt) prepare(ctx context.Context, release string) error {
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o755); err != nil {
			return err
		}
	}
	found, err := outputOf(exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Created-By: Packages", "Label: Debian", "Component: main"))
	if err != nil {
		return fmt.Errorf("find Debian's mirror: %w", err)
	}
	mirror, _, _ := strings.Cut(string(found), "\n")
	if mirror == "" {
		return errors.New("find Debian's mirror: apt knows none; run apt-get update")
	}
	list := fmt.Sprintf("deb [arch=%s signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", a.arch, mirror, release)
	if err := os.WriteFile(filepath.Join(a.dir, "sources.list"), []byte(list), 0o644); err != nil {
		return err
	}
	_, err = a.output(ctx, "apt-get", "update")
	return err
}

func (a apt) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	settings := []string{
		"APT::Architecture=" + a.arch, "APT::Architectures=" + a.arch,
		"Dir::Etc::SourceList=" + filepath.Join(a.dir, "sources.list"), "Dir::Etc::SourceParts=/dev/null",
		"Dir::State::Lists=" + filepath.Join(a.dir, "lists"), "Dir::Cache=" + filepath.Join(a.dir, "cache"),
		"Dir::State::status=/dev/null", "APT::Sandbox::User=", "Acquire::Languages=none",
		"Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false",
	}
	var all []string
	for _, s := range settings {
		all = append(all, "-o", s)
	}
	command := exec.CommandContext(ctx, name, append(all, args...)...)
	command.Dir = a.dir
	return outputOf(command)
}

// outputOf runs a command; the error says what it printed.
func outputOf(command *exec.Cmd) ([]byte, error) {
	var out, problems bytes.Buffer
	command.Stdout, command.Stderr = &out, &problems
	if err := command.Run(); err != nil {
		return nil, fmt.Errorf("%s: %w: %s", strings.Join(command.Args, " "), err, bytes.TrimSpace(problems.Bytes()))
	}
	return out.Bytes(), nil
}

// unpack takes the bootable file and the modules out of a package.
func (k *kernel) unpack(ctx context.Context, path string) error {
	files, err := outputOf(exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", path))
	if err != nil {
		return err
	}
	for archive := tar.NewReader(bytes.NewReader(files)); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("unpack %s: %w", path, err)
		}
		content, err := io.ReadAll(archive)
		if err != nil {
			return fmt.Errorf("unpack %s: %w", path, err)
		}
		if err := k.take(ctx, header.Name, content); err != nil {
			return fmt.Errorf("unpack %s of %s: %w", header.Name, path, err)
		}
	}
	if k.image == nil {
		return fmt.Errorf("unpack %s: no kernel in it", path)
	}
	return nil
}

// take keeps a file of the package, if it is one of those.
func (k *kernel) take(ctx context.Context, name string, content []byte) error {
	base := filepath.Base(name)
	if strings.HasPrefix(base, "vmlinuz-") {
		k.image = content
		return nil
	}
	module, compressed := strings.CutSuffix(base, ".ko.xz")
	if !compressed {
		var isModule bool
		if module, isModule = strings.CutSuffix(base, ".ko"); !isModule {
			return nil
		}
	}
	for _, wanted := range modules {
		if module != wanted {
			continue
		}
		if compressed {
			command := exec.CommandContext(ctx, "xz", "-dc")
			command.Stdin = bytes.NewReader(content)
			var err error
			if content, err = outputOf(command); err != nil {
				return err
			}
		}
		k.modules[module] = content
	}
	return nil
}
