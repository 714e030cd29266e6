//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	packets "github.com/hophound/hophound/capture"
)

// Load is traffic that captures are compared on. The zero value is none: what
// a capture of it takes is what it takes to begin.
type Load struct {
	Name     string
	Argv     []string // run in the client's namespace
	Together int      // how many of it at the same time
	Work     int      // units of what it does, all together; 0 if it says itself how many a second it did
}

// Loads are small responses, downloads of a mebibyte, and WebSocket frames.
func Loads() []Load {
	url := "http://" + Proxy.server()
	const clients, messages = 8, 2000
	return []Load{
		{Name: "small responses", Argv: []string{"wrk", "-t1", "-c16", "-d3s", url + "/"}, Together: 1},
		{Name: "downloads of 1 MiB", Argv: []string{"wrk", "-t1", "-c4", "-d2s", url + "/large"}, Together: 1},
		{Name: "WebSocket messages", Argv: []string{
			"{tools}/client", "-host", host, "-timeout", "2m", "-messages", strconv.Itoa(messages), "ws://" + Proxy.server() + "/cable",
		}, Together: clients, Work: clients * messages},
	}
}

// Rival is a capturing program in a comparison.
type Rival struct {
	Name string
	Capturer
	Filter string // empty: everything on nginx's host, which is TCP
}

// Rivals are tcpdump as people run it, with a buffer as large as ours, and the
// command at path.
func Rivals(path string) []Rival {
	hophound := func(flags ...string) Capturer {
		return Capturer{Argv: append([]string{path, "capture"}, flags...), Listen: "capturing on"}
	}
	return []Rival{
		{Name: "tcpdump", Capturer: Capturer{
			Argv:   []string{"tcpdump", "-Z", "root", "-B", strconv.Itoa(packets.DefaultRingBytes >> 10)},
			Listen: "listening on",
		}},
		{Name: "hophound capture", Capturer: hophound()},
		{Name: "hophound capture, with a filter", Capturer: hophound(), Filter: "tcp port 80 or tcp port 3000"},
		{Name: "hophound capture --full", Capturer: hophound("--full")},
	}
}

// Bench is a chain under load: a client, nginx, and behind it a site and the
// application.
type Bench struct{ chain *Chain }

// OpenBench builds the chain; Close takes it down.
func (l *Lab) OpenBench(ctx context.Context) (*Bench, error) {
	dir, err := os.MkdirTemp(l.tools, "bench-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the captures: %w", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "large"), make([]byte, 1<<20), 0o644); err != nil {
		return nil, err
	}
	site := nginxAt("site", Application, "compare-site.conf")
	site.Port = 3000
	cable := pumaBeside(1)
	cable.Host = site.Name
	s := Scenario{Name: "bench", Nodes: []Node{nginx("compare-front.conf"), site, cable}}
	c := &Chain{lab: l, scenario: s, dir: dir, spaces: map[string]Namespace{}}
	for _, step := range []func(context.Context) error{c.makeSpaces, c.makeLinks, c.startNodes} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("build the bench: %w", err), c.stop())
		}
	}
	return &Bench{c}, nil
}

// Close ends the chain and removes its namespaces.
func (b *Bench) Close() error { return b.chain.stop() }

// Measure plays the load while the rivals capture on nginx's host, and
// says how much was done in a second: requests or messages.
func (b *Bench) Measure(ctx context.Context, load Load, rivals []Rival) (rate float64, taken []Taken, err error) {
	var running []*process
	defer func() {
		for _, p := range running {
			err = errors.Join(err, p.stop(syscall.SIGKILL, 0))
		}
	}()
	for i, rival := range rivals {
		path := filepath.Join(b.chain.dir, fmt.Sprintf("%d.capture", i))
		argv := append(append([]string(nil), rival.Argv...), "-n", "-i", "any", "-w", path)
		if rival.Filter != "" {
			argv = append(argv, rival.Filter)
		}
		p, err := startProcess(rival.Name, b.chain.spaces["nginx"].command(argv...), path+".log")
		if err != nil {
			return 0, nil, err
		}
		running = append(running, p)
		taken = append(taken, Taken{By: rival.Name, Path: path})
		if err := p.waitFor(ctx, "listens", 30*time.Second, func() bool { return strings.Contains(p.tail(), rival.Listen) }); err != nil {
			return 0, nil, err
		}
	}
	if rate, err = b.play(ctx, load); err != nil {
		return 0, nil, err
	}
	time.Sleep(time.Second) // what is on its way arrives
	for i, p := range running {
		if err := taken[i].end(p); err != nil {
			return 0, nil, err
		}
		if err := taken[i].weigh(); err != nil {
			return 0, nil, err
		}
	}
	return rate, taken, nil
}

// play runs the load's programs to their ends.
func (b *Bench) play(ctx context.Context, load Load) (rate float64, err error) {
	if load.Together == 0 {
		return 0, nil
	}
	outputs, failed := make([]string, load.Together), make([]error, load.Together)
	begun := time.Now()
	var together sync.WaitGroup
	for i := range outputs {
		together.Go(func() {
			argv := b.chain.spaces[clientName].command(b.chain.lab.expand(load.Argv, "")...).Args
			outputs[i], failed[i] = run(ctx, b.chain.dir, argv...)
		})
	}
	together.Wait()
	if err := errors.Join(failed...); err != nil {
		return 0, err
	}
	if load.Work > 0 {
		return float64(load.Work) / time.Since(begun).Seconds(), nil
	}
	found := wrkRate.FindStringSubmatch(outputs[0])
	if found == nil || strings.Contains(outputs[0], "Non-2xx") {
		return 0, fmt.Errorf("read what wrk did: %s", outputs[0])
	}
	return strconv.ParseFloat(found[1], 64)
}

var wrkRate = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)

// BuildCommand compiles the command into the lab's folder and gives its path.
func (l *Lab) BuildCommand(ctx context.Context) (string, error) {
	path := filepath.Join(l.tools, "hophound")
	_, err := run(ctx, l.tree, "go", "build", "-o", path, "./cmd/hophound")
	return path, err
}

// HasWrk says whether wrk, which makes the load, is installed.
func HasWrk() error {
	if _, err := exec.LookPath("wrk"); err != nil {
		return fmt.Errorf("make load: %w: apt-get install wrk", err)
	}
	return nil
}

// String is the load's command line, as it is typed where the client is.
func (l Load) String() string {
	line := strings.ReplaceAll(strings.Join(l.Argv, " "), "{tools}/", "")
	if l.Together > 1 {
		return fmt.Sprintf("%d times at once: %s", l.Together, line)
	}
	return line
}
