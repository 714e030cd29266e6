//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
	packets "github.com/hophound/hophound/capture"
)

// Load is traffic that captures are compared on.
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

// Taken is what a capture of a load has cost and given.
type Taken struct {
	By       string
	CPU      time.Duration // user and system time of the capturing process
	Captured uint64        // packets
	Dropped  uint64        // by the kernel
	Bytes    int64         // of the file: what was copied to user space, and 30 or so for each packet
	Path     string
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
	}
	return rate, taken, nil
}

// play runs the load's programs to their ends.
func (b *Bench) play(ctx context.Context, load Load) (rate float64, err error) {
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

var (
	wrkRate  = regexp.MustCompile(`Requests/sec:\s+([0-9.]+)`)
	captured = regexp.MustCompile(`(\d+) packets captured`)
	dropped  = regexp.MustCompile(`(\d+) packets dropped by kernel`)
)

// end ends the capture as Ctrl-C does, and reads what it says of itself.
func (t *Taken) end(p *process) error {
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		return fmt.Errorf("end %s: %w", t.By, err)
	}
	select {
	case <-p.exited:
	case <-time.After(30 * time.Second):
		return fmt.Errorf("end %s: it goes on", t.By)
	}
	t.CPU = p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
	said := p.tail()
	for pattern, into := range map[*regexp.Regexp]*uint64{captured: &t.Captured, dropped: &t.Dropped} {
		found := pattern.FindStringSubmatch(said)
		if found == nil {
			return fmt.Errorf("read what %s counted: %s", t.By, said)
		}
		*into, _ = strconv.ParseUint(found[1], 10, 64) // the pattern has but digits
	}
	info, err := os.Stat(t.Path)
	if err != nil {
		return fmt.Errorf("weigh the capture: %w", err)
	}
	t.Bytes = info.Size()
	return nil
}

// Heads counts the heads that an analysis finds in the capture: each by its
// connection, its direction and all of its bytes.
func (t *Taken) Heads(ctx context.Context) (map[string]int, error) {
	file, err := packets.Open(t.Path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	const enough = 1 << 30
	report, err := analyzer.Run(ctx, []analyzer.Input{{Name: t.Path, Source: file, Hops: []analyzer.HopInput{
		{Index: 0, Name: "nginx", Server: analyzer.Server{Port: 80}},
		{Index: 1, Name: "site", Server: analyzer.Server{Port: 3000, Prefix: netip.PrefixFrom(Application.address(0), 32)}},
		{Index: 2, Name: "cable", Server: analyzer.Server{Port: 3000, Prefix: netip.PrefixFrom(Application.address(1), 32)}},
	}}}, analyzer.Options{All: true, Journeys: enough})
	if err != nil {
		return nil, err
	}
	heads := map[string]int{}
	for _, journey := range report.Journeys {
		for _, x := range journey.Match.Exchanges {
			countHeads(heads, x)
		}
		for _, retries := range journey.Match.Retries {
			for _, x := range retries {
				countHeads(heads, x)
			}
		}
	}
	return heads, nil
}

func countHeads(heads map[string]int, x *http1.Exchange) {
	if x == nil {
		return
	}
	for _, m := range append([]*http1.Message{x.Request, x.Response}, x.Informational...) {
		if m != nil {
			heads[fmt.Sprintf("%s %s %t %s", x.Conn.Client, x.Conn.Server, m.IsRequest(), m.Head)]++
		}
	}
}

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
