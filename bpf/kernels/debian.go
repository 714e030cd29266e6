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
)

// kernel is one of Debian's.
type kernel struct {
	name    string            // 5.10.0-32-cloud-amd64
	image   string            // path of the bootable file
	modules map[string][]byte // veth -> the module
}

// modules are those that the tests need, each behind those it needs.
var modules = []string{"llc", "stp", "garp", "mrp", "8021q", "veth", "dummy"}

// fetch downloads the kernel of a release into dir, if it is not there.
func fetch(ctx context.Context, dir, release, arch string) (*kernel, error) {
	a := apt{dir: dir}
	if err := a.prepare(ctx, release, arch); err != nil {
		return nil, fmt.Errorf("prepare apt for %s: %w", release, err)
	}
	shown, err := a.output(ctx, "apt-cache", "depends", "linux-image-cloud-"+arch)
	if err != nil {
		return nil, err
	}
	name := regexp.MustCompile(`Depends: (linux-image-\S+)`).FindSubmatch(shown)
	if name == nil {
		return nil, fmt.Errorf("%s has no kernel for the cloud: %s", release, shown)
	}
	k := &kernel{name: strings.TrimPrefix(string(name[1]), "linux-image-"), modules: map[string][]byte{}}
	packages := filepath.Join(dir, string(name[1])+"_*.deb")
	if there, _ := filepath.Glob(packages); there == nil {
		if _, err := a.output(ctx, "apt-get", "download", string(name[1])); err != nil {
			return nil, err
		}
	}
	there, err := filepath.Glob(packages)
	if err != nil || len(there) == 0 {
		return nil, fmt.Errorf("download %s: apt left no package", name[1])
	}
	return k, k.unpack(ctx, there[0])
}

// apt is Debian's, with lists and a cache of its own.
type apt struct {
	dir string
}

// prepare reads the lists of a release from the mirror that this machine uses.
func (a apt) prepare(ctx context.Context, release, arch string) error {
	for _, d := range []string{"lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(filepath.Join(a.dir, d), 0o755); err != nil {
			return err
		}
	}
	found, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)",
		"Created-By: Packages", "Label: Debian", "Component: main").Output()
	if err != nil {
		return fmt.Errorf("find Debian's mirror: %w", err)
	}
	mirror, _, _ := strings.Cut(string(found), "\n")
	if mirror == "" {
		return errors.New("find Debian's mirror: apt knows none; run apt-get update")
	}
	list := fmt.Sprintf("deb [arch=%s signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n", arch, mirror, release)
	if err := os.WriteFile(filepath.Join(a.dir, "sources.list"), []byte(list), 0o644); err != nil {
		return err
	}
	_, err = a.output(ctx, "apt-get", "update")
	return err
}

func (a apt) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	settings := []string{
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
		if err := k.take(ctx, filepath.Dir(path), header.Name, content); err != nil {
			return fmt.Errorf("unpack %s of %s: %w", header.Name, path, err)
		}
	}
	if k.image == "" {
		return fmt.Errorf("unpack %s: no kernel in it", path)
	}
	return nil
}

func (k *kernel) take(ctx context.Context, dir, name string, content []byte) error {
	base := filepath.Base(name)
	if strings.HasPrefix(base, "vmlinuz-") {
		k.image = filepath.Join(dir, "vmlinuz")
		return os.WriteFile(k.image, content, 0o644)
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
