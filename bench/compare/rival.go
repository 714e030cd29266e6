//go:build linux

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// rival is a program that reads captures.
type rival struct {
	name     string
	rounds   int      // in which it is measured; 0 for all
	version  []string // command whose first line names it
	together bool     // one process reads all captures; otherwise one for each, one after the other
	argv     func(files []string) []string
}

// each makes a command line that has one file in it.
func each(argv ...string) func([]string) []string {
	return func(files []string) []string {
		var filled []string
		for _, arg := range argv {
			if arg == "FILE" {
				arg = files[0]
			}
			filled = append(filled, arg)
		}
		return filled
	}
}

// hophoundAt is a hophound as people use it.
func hophoundAt(name, path string) rival {
	return rival{name: name, version: []string{path, "--version"}, together: true, argv: func(files []string) []string {
		return append([]string{path, "analyze", "-o", "json"}, hopArguments(files)...)
	}}
}

// rivals are the programs that are installed, hophound first and tcpdump next.
// What is absent is named with the reason. Each does the least that has to do
// with HTTP: what it prints goes to /dev/null.
func (p *plan) rivals(ctx context.Context) (here []rival, absent []string) {
	all := append([]rival{hophoundAt("hophound", p.hophound)}, p.also...)
	all = append(all,
		rival{name: "tcpdump", version: []string{"tcpdump", "--version"}, argv: each("tcpdump", "-r", "FILE", "-w", "/dev/null")},
		rival{name: "ngrep", rounds: someRounds, version: []string{"ngrep", "-V"}, argv: each("ngrep", "-q", "-I", "FILE", "HTTP/1")},
		rival{name: "tcpflow", rounds: someRounds, version: []string{"tcpflow", "--version"}, argv: each("tcpflow", "-c", "-X", "/dev/null", "-r", "FILE")},
		rival{name: "httpry", rounds: someRounds, version: []string{"httpry", "-h"}, argv: each("httpry", "-r", "FILE", "-o", "/dev/null", "tcp")},
		rival{name: "tshark", rounds: slowRounds, version: []string{"tshark", "--version"}, argv: each("tshark", "-r", "FILE", "-Y", "http", "-T", "fields",
			"-e", "frame.number", "-e", "http.request.method", "-e", "http.request.uri", "-e", "http.response.code", "-e", "http.connection", "-e", "http.upgrade")},
	)
	for _, r := range all {
		if _, err := exec.LookPath(r.version[0]); err != nil {
			absent = append(absent, fmt.Sprintf("%s (not installed)", r.name))
			continue
		}
		here = append(here, r)
	}
	suricata, err := p.suricata(ctx)
	if err != nil {
		return here, append(absent, fmt.Sprintf("Suricata (%v)", err))
	}
	return append(here, suricata), absent
}

// suricataConfig lets Suricata do what hophound does with a capture, and no
// more: no rules, HTTP transactions to one log.
const suricataConfig = `%YAML 1.1
---
stats: {enabled: no}
outputs:
  - eve-log: {enabled: yes, filetype: regular, filename: eve.json, types: [http]}
logging:
  default-log-level: error
  outputs: [{console: {enabled: yes}}]
app-layer:
  protocols:
    http: {enabled: yes}
    tls: {enabled: yes}
    websocket: {enabled: yes}
stream: {checksum-validation: no, midstream: true}
`

// suricataScript runs its arguments behind the third in the root file system $1,
// where /mnt is the folder $2 and the log goes to $3. The mount namespace it is
// run in takes the mount away with it; every step is an exec, so that the
// process that is measured is Suricata.
const suricataScript = `set -e
mount --bind "$2" "$1/mnt"
root=$1
shift 2
exec chroot "$root" "$@"`

// suricata is the one that bench/install.sh puts into a folder of its own.
func (p *plan) suricata(ctx context.Context) (rival, error) {
	root := os.Getenv("HOPHOUND_BENCH_ROOT")
	if root == "" {
		root = "/var/cache/hophound-bench"
	}
	root = filepath.Join(root, "sid")
	if _, err := os.Stat(filepath.Join(root, "usr/bin/suricata")); err != nil {
		return rival{}, fmt.Errorf("not installed: %w", err)
	}
	if err := os.WriteFile(filepath.Join(p.dir, "suricata.yaml"), []byte(suricataConfig), 0o644); err != nil {
		return rival{}, err
	}
	within := func(argv ...string) []string {
		return append([]string{"unshare", "--mount", "--propagation", "private", "sh", "-c", suricataScript, "sh", root, p.dir, "suricata"}, argv...)
	}
	version := within("-V")
	if output, err := exec.CommandContext(ctx, version[0], version[1:]...).CombinedOutput(); err != nil {
		return rival{}, fmt.Errorf("cannot run: %w: %s", err, output)
	}
	return rival{name: "Suricata", rounds: slowRounds, version: version, argv: func(files []string) []string {
		inside, _ := filepath.Rel(p.dir, files[0]) // every load is below p.dir
		return within("-c", "/mnt/suricata.yaml", "-r", filepath.Join("/mnt", inside),
			"-S", "/dev/null", "-l", "/mnt", "-k", "none", "--runmode", "single")
	}}, nil
}
