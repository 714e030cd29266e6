//go:build linux

package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// site is a client and a web server, whose host the command captures on.
type site struct {
	*Chain
	hound hound
}

const (
	largeBytes = 300_000          // of the site's /large
	patience   = 60 * time.Second // with what a busy machine does late; only a failure takes so long
)

func startSite(t *testing.T, l *Lab, h hound) site {
	t.Helper()
	ctx := context.Background()
	s := Scenario{Name: "site", Nodes: []Node{nginxAt("nginx", Proxy, "site.conf")}}
	c := &Chain{lab: l, scenario: s, dir: t.TempDir(), spaces: map[string]Namespace{}}
	t.Cleanup(func() { assert.NoError(t, c.stop()) })
	require.NoError(t, os.WriteFile(filepath.Join(c.dir, "large"), make([]byte, largeBytes), 0o644))
	for _, step := range []func(context.Context) error{c.makeSpaces, c.makeLinks, c.startNodes} {
		require.NoError(t, step(ctx))
	}
	return site{Chain: c, hound: h}
}

// get asks the site for a path, as often as it is told to, on one connection.
func (s site) get(t *testing.T, path string, times int) {
	t.Helper()
	url := fmt.Sprintf("http://%s%s?[1-%d]", Proxy.server(), path, times)
	_, err := run(context.Background(), s.dir, s.spaces[clientName].command("curl", "-sS", "--fail", "-o", "/dev/null", url).Args...)
	require.NoError(t, err)
}

// command is a command line on the web server's host, where "before" stands
// before the command.
func (s site) command(t *testing.T, before []string, args ...string) *process {
	t.Helper()
	argv := append(append([]string(nil), before...), append([]string{s.hound.path}, args...)...)
	cmd := s.spaces["nginx"].command(argv...)
	cmd.Dir = s.dir
	p, err := startProcess("hophound", cmd, filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	s.Chain.running = append(s.Chain.running, p)
	return p
}

// capture begins to capture with those arguments.
func (s site) capture(t *testing.T, args ...string) *process {
	t.Helper()
	p := s.command(t, nil, append([]string{"capture"}, args...)...)
	says(t, p, "capturing on")
	return p
}

// says waits until the program has said something.
func says(t *testing.T, p *process, words string) {
	t.Helper()
	require.NoError(t, p.waitFor(context.Background(), "says "+words, patience, func() bool { return strings.Contains(p.tail(), words) }))
}

// interrupt ends a capture the way Ctrl-C does.
func interrupt(t *testing.T, p *process) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGINT))
	assertEnds(t, p, 0)
}

// packets counts those of a file as tshark reads it, which complains of what is
// not whole, and lets the command analyse it.
func (s site) packets(t *testing.T, file string) int {
	t.Helper()
	return s.packetsOf(t, file, false)
}

// packetsOf is the same for a file whose last packet may be cut: SIGKILL ends a
// write between two pages.
func (s site) packetsOf(t *testing.T, file string, mayBeCut bool) int {
	t.Helper()
	path := filepath.Join(s.dir, file)
	tshark := exec.Command("tshark", "-r", path, "-T", "fields", "-e", "frame.number")
	var complaint strings.Builder
	tshark.Stderr = &complaint
	out, err := tshark.Output()
	if mayBeCut && strings.Contains(complaint.String(), "cut short in the middle of a packet") {
		err = nil
	}
	require.NoError(t, err, complaint.String())
	analyze := exec.Command(s.hound.path, "analyze", path)
	report, _ := analyze.CombinedOutput() // its status tells, below
	require.Contains(t, []int{0, 3}, analyze.ProcessState.ExitCode(), "without an upgrade nothing is wrong, without a request nothing can be told: %s", report)
	return strings.Count(string(out), "\n")
}

func (s site) size(file string) int64 {
	info, err := os.Stat(filepath.Join(s.dir, file))
	if err != nil {
		return 0
	}
	return info.Size()
}

// TestRecording is the command as people use it, and what happens to it there.
func TestRecording(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, test := range []struct {
		name string
		does func(*testing.T, site)
	}{
		{"a killed capture reads up to its last flush", killed},
		{"a killed capture that flushes each packet has all of them", killedUnbuffered},
		{"a full disk ends it", diskFull},
		{"a removed interface leaves the others", interfaceRemoved},
		{"SIGUSR1 prints the counts", countsSoFar},
		{"-c ends with the last packet", counted},
		{"a filter that asks the kernel keeps packets whole", filterInKernel},
		{"-C and -W make a ring of files", ringOfFiles},
		{"-G and -W make files by the clock", filesByTheClock},
		{"-G makes files in silence too", filesInSilence},
		{"comments say whose the ends of a connection are", owners},
		{"tcpdump compiles what we cannot", filterByTcpdump},
		{"a container that is not there", noContainer},
		{"privileges are given up", givenUp},
		{"-C must be able to write without privileges", rotatingElsewhere},
		{"-Z gives up privileges", otherUser},
		{"-Z with -C must be able to write", otherUserRotating},
		{"without privileges it says what is missing", unprivileged},
		{"with the fewest capabilities it works", fewest},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.does(t, startSite(t, l, h))
		})
	}
}

func killed(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "--full", "-w", "f.pcapng")
	s.get(t, "/large", 20)
	require.NoError(t, p.waitFor(context.Background(), "writes", patience, func() bool { return s.size("f.pcapng") > largeBytes }))
	require.NoError(t, p.cmd.Process.Kill())
	<-p.exited
	assert.Greater(t, s.packetsOf(t, "f.pcapng", true), 10)
}

func killedUnbuffered(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-U", "-w", "f.pcapng", "tcp", "dst", "port", "80")
	s.get(t, "/", 50)
	s.hasRequests(t, p, "f.pcapng", 50)
	require.NoError(t, p.cmd.Process.Kill())
	<-p.exited
	assert.GreaterOrEqual(t, s.packets(t, "f.pcapng"), 50)
}

func diskFull(t *testing.T, s site) {
	ctx := context.Background()
	disk := filepath.Join(s.dir, "disk")
	require.NoError(t, os.Mkdir(disk, 0o755))
	_, err := run(ctx, "", "mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk)
	require.NoError(t, err)
	t.Cleanup(func() {
		_, err := run(ctx, "", "umount", disk)
		assert.NoError(t, err)
	})
	p := s.capture(t, "-i", "eth0", "--full", "-w", "disk/f.pcapng")
	s.get(t, "/large", 10)
	assertEnds(t, p, 2)
	assert.Contains(t, p.tail(), "hophound: write packets: write disk/f.pcapng: no space left on device")
	assert.Contains(t, p.tail(), "packets captured in all")
	assert.Greater(t, s.packets(t, "disk/f.pcapng"), 10)
}

func interfaceRemoved(t *testing.T, s site) {
	name := s.spaces["nginx"].Name
	require.NoError(t, ip(context.Background(), "-n", name, "link", "add", "hound0", "type", "veth", "peer", "name", "hound1"))
	require.NoError(t, ip(context.Background(), "-n", name, "link", "set", "hound0", "up"))
	p := s.capture(t, "-i", "hound0", "-i", "eth0", "-U", "-w", "f.pcapng")
	says(t, p, "capturing on eth0")
	require.NoError(t, ip(context.Background(), "-n", name, "link", "del", "hound0"))
	says(t, p, "hophound: hound0: capture on hound0: the interface was removed")
	s.get(t, "/", 3)
	s.hasRequests(t, p, "f.pcapng", 3)
	interrupt(t, p)
	assert.Greater(t, s.packets(t, "f.pcapng"), 6)
}

func countsSoFar(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-U", "-w", "f.pcapng", "tcp[tcpflags] & tcp-syn != 0")
	s.get(t, "/", 1)
	require.NoError(t, p.waitFor(context.Background(), "has both SYNs", patience, func() bool { return s.size("f.pcapng") > 0 && s.packets(t, "f.pcapng") == 2 }))
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGUSR1))
	says(t, p, "2 packets captured so far\n2 packets received by filter\n0 packets dropped by kernel\n")
	interrupt(t, p)
	assert.Contains(t, p.tail(), "2 packets captured in all\n")
}

func counted(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-c", "2", "-w", "f.pcapng", "tcp[tcpflags] & tcp-syn != 0")
	s.get(t, "/", 1) // one connection: two such packets, and none more
	assertEnds(t, p, 0)
	assert.Contains(t, p.tail(), "2 packets captured in all\n")
	assert.Equal(t, 2, s.packets(t, "f.pcapng"))
}

func filterInKernel(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-c", "1", "-w", "f.pcapng", "inbound and tcp[tcpflags] & tcp-syn != 0")
	assert.Contains(t, p.tail(), "classic BPF filter (packets are kept whole: ")
	s.get(t, "/", 1) // one SYN comes in, the other goes out
	assertEnds(t, p, 0)
	out, err := run(context.Background(), "", "tshark", "-r", filepath.Join(s.dir, "f.pcapng"), "-T", "fields", "-e", "tcp.flags.ack")
	require.NoError(t, err)
	assert.Equal(t, "0", strings.TrimSpace(out))
}

func ringOfFiles(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "--full", "-C", "1", "-W", "3", "-w", "f.pcapng")
	s.get(t, "/large", 20) // 6 MB, less than the kernel's buffer: the end of the capture reads what is left there
	interrupt(t, p)
	names := s.files(t, "f.pcapng*")
	require.Equal(t, []string{"f.pcapng0", "f.pcapng1", "f.pcapng2"}, names)
	full := 0
	for _, name := range names {
		assert.Less(t, s.size(name), int64(1_200_000), name)
		assert.Positive(t, s.packets(t, name), name)
		if s.size(name) > 1_000_000 {
			full++
		}
	}
	assert.Equal(t, 2, full, "all but the one that was written last")
}

func filesByTheClock(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-G", "2", "-W", "2", "-w", "f-%s.pcapng")
	for ended := false; !ended; {
		s.get(t, "/", 5)
		select {
		case <-p.exited:
			ended = true
		case <-time.After(50 * time.Millisecond):
		}
	}
	assertEnds(t, p, 0)
	names := s.files(t, "f-*.pcapng")
	require.Len(t, names, 2)
	began, packets := make([]int64, 2), 0
	for i, name := range names {
		_, err := fmt.Sscanf(name, "f-%d.pcapng", &began[i])
		require.NoError(t, err, name)
		packets += s.packets(t, name) // of one alone little is known: there may have been no traffic in its time
	}
	assert.GreaterOrEqual(t, began[1]-began[0], int64(2), "seconds from file to file")
	assert.Greater(t, packets, 10)
}

func filesInSilence(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-G", "1", "-W", "3", "-w", "f-%s.pcapng")
	assertEnds(t, p, 0)
	names := s.files(t, "f-*.pcapng")
	require.Len(t, names, 3)
	for _, name := range names {
		assert.Zero(t, s.packets(t, name), name)
	}
}

func owners(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-U", "-w", "f.pcapng")
	s.get(t, "/", 3)
	s.hasRequests(t, p, "f.pcapng", 3)
	interrupt(t, p)
	comments, err := run(context.Background(), s.dir, "tshark", "-r", "f.pcapng", "-Y", "frame.comment", "-T", "fields", "-e", "frame.comment")
	require.NoError(t, err)
	nginx := s.process("nginx").cmd.Process.Pid
	assert.Regexp(t, fmt.Sprintf(`^%s is nginx, pid (%d|\d+), user root(; .*)?\n$`, regexp.QuoteMeta(Proxy.server()+":80"), nginx), comments, "one comment, on the connection's first packet with data")
}

func filterByTcpdump(t *testing.T, s site) {
	const expression = "tcp port 80 and not stp"
	p := s.capture(t, "-i", "eth0", "-U", "-w", "f.pcapng", expression)
	assert.Contains(t, p.tail(), `hophound: eth0: the filter is compiled by the tcpdump that is installed here (`)
	s.get(t, "/", 3)
	s.hasRequests(t, p, "f.pcapng", 3)
	interrupt(t, p)

	p = s.command(t, []string{"env", "PATH=" + t.TempDir()}, "capture", "-i", "eth0", "-w", "none.pcapng", expression)
	assertEnds(t, p, 2)
	assert.Contains(t, p.tail(), `"stp" is not supported without tcpdump: only protocols over IP are known, and there is no tcpdump here: install it`)
	assert.NoFileExists(t, filepath.Join(s.dir, "none.pcapng"))
}

func noContainer(t *testing.T, s site) {
	p := s.command(t, nil, "capture", "-i", "container:hophound-none/eth0", "-w", "f.pcapng")
	assertEnds(t, p, 2)
	assert.Contains(t, p.tail(), "hophound: find container hophound-none: no such container runs; ")
}

// files are the names of those that match, sorted.
func (s site) files(t *testing.T, pattern string) (names []string) {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.dir, pattern))
	require.NoError(t, err)
	for _, path := range paths {
		names = append(names, filepath.Base(path))
	}
	return names
}

// hasRequests waits until so many requests stand in a file that is written
// packet by packet.
func (s site) hasRequests(t *testing.T, p *process, file string, count int) {
	t.Helper()
	require.NoError(t, p.waitFor(context.Background(), "has written the requests", patience, func() bool {
		text, err := os.ReadFile(filepath.Join(s.dir, file))
		return err == nil && strings.Count(string(text), "GET /?") == count
	}))
}
