//go:build linux

package main

import (
	"fmt"
	"strings"
)

// target is a kernel to test on: that of a release of Debian, for an
// architecture as Debian and Go name it.
type target struct {
	release, arch string
}

// targets are those with Linux 5.10 (that of Amazon Linux 2), 6.1 and 6.12
// (those of Amazon Linux 2023), and one of the other architecture. The slowest
// come first.
var targets = []target{
	{"trixie", "arm64"},
	{"trixie", "amd64"},
	{"bookworm", "amd64"},
	{"bullseye", "amd64"},
}

func (t target) String() string { return t.release + "/" + t.arch }

// parseTargets reads RELEASE[/ARCHITECTURE]; all targets if there is none.
func parseTargets(names []string) ([]target, error) {
	if len(names) == 0 {
		return targets, nil
	}
	var wanted []target
	for _, name := range names {
		t := target{name, "amd64"}
		if release, arch, ok := strings.Cut(name, "/"); ok {
			t = target{release, arch}
		}
		if _, ok := machines[t.arch]; !ok {
			return nil, fmt.Errorf("%s: no machine for %s; there are amd64 and arm64", name, t.arch)
		}
		wanted = append(wanted, t)
	}
	return wanted, nil
}
