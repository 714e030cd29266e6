//go:build linux

package lab

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// nobody is the user of that name, and elsewhere its number.
const (
	nobody   = "nobody"
	nobodyID = 65534
)

// forOwners are the capabilities that telling whose sockets there are takes:
// CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE, by their numbers.
const forOwners = 1<<2 | 1<<19

// assertCapabilities looks at every thread of a process: all sets, and that
// there is no way to more.
func assertCapabilities(t *testing.T, pid int, want uint64) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	require.NoError(t, err)
	require.Greater(t, len(threads), 1)
	for _, thread := range threads {
		text, err := os.ReadFile(thread)
		if os.IsNotExist(err) {
			continue // it has just ended
		}
		require.NoError(t, err)
		for _, line := range []string{
			fmt.Sprintf("CapEff:\t%016x", want), fmt.Sprintf("CapPrm:\t%016x", want),
			fmt.Sprintf("CapInh:\t%016x", 0), fmt.Sprintf("CapAmb:\t%016x", 0), "NoNewPrivs:\t1",
		} {
			assert.Contains(t, string(text), "\n"+line+"\n", thread)
		}
	}
}

func givenUp(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-U", "-w", "f.pcapng")
	assertCapabilities(t, p.cmd.Process.Pid, forOwners)
	s.get(t, "/", 3)
	s.hasRequests(t, p, "f.pcapng", 3)
	assertCapabilities(t, p.cmd.Process.Pid, forOwners)
	interrupt(t, p)
	assert.Contains(t, p.tail(), "6 heads; ", "the counters of the eBPF filter are still read")
}

func rotatingElsewhere(t *testing.T, s site) {
	folder := openFolder(t)
	require.NoError(t, os.Chmod(folder, 0o755))
	require.NoError(t, os.Chown(folder, nobodyID, nobodyID))
	file := filepath.Join(folder, "f.pcapng")
	p := s.command(t, nil, "capture", "-i", "eth0", "-C", "1", "-w", file)
	assertEnds(t, p, 2)
	assert.Contains(t, p.tail(), "hophound: begin capture file: open "+file+": permission denied: with -C and -G, files are begun without privileges")
	assert.Contains(t, p.tail(), "name the folder's owner with -Z")

	interrupt(t, s.capture(t, "-i", "eth0", "-C", "1", "-w", file, "-Z", nobody))
	assert.FileExists(t, file)
	interrupt(t, s.capture(t, "-i", "eth0", "-w", filepath.Join(folder, "one.pcapng"))) // a single file is opened before
}

// openFolder is one that every user may enter and write to.
func openFolder(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", fmt.Sprintf("%s%d-nobody-", namePrefix, os.Getpid()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(folder)) })
	require.NoError(t, os.Chmod(folder, 0o777))
	return folder
}

func otherUser(t *testing.T, s site) {
	p := s.capture(t, "-i", "eth0", "-Z", nobody, "-U", "-w", "f.pcapng", "tcp[tcpflags] & tcp-syn != 0")
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	require.NoError(t, err)
	assert.Contains(t, string(status), "\nUid:\t65534\t65534\t65534\t65534\n")
	assert.Contains(t, string(status), "\nGid:\t65534\t65534\t65534\t65534\n")
	assert.Contains(t, string(status), "\nGroups:\t65534 \n")
	assertCapabilities(t, p.cmd.Process.Pid, 0)
	s.get(t, "/", 1)
	require.Eventually(t, func() bool { return s.packets(t, "f.pcapng") == 2 }, patience, 50*time.Millisecond)
	interrupt(t, p)
}

func otherUserRotating(t *testing.T, s site) {
	p := s.command(t, nil, "capture", "-i", "eth0", "-Z", nobody, "-C", "1", "-w", "f.pcapng")
	assertEnds(t, p, 2)
	assert.Contains(t, p.tail(), "permission denied")
	assert.Zero(t, s.size("f.pcapng"))
}

// asNobody lets the site's commands run as nobody, with these capabilities, as
// setpriv(1) writes them.
func (s *site) asNobody(t *testing.T) (folder string, with func(capabilities string) []string) {
	t.Helper()
	folder = openFolder(t)
	program, err := os.ReadFile(s.hound.path)
	require.NoError(t, err)
	s.hound.path = filepath.Join(folder, "hophound")
	require.NoError(t, os.WriteFile(s.hound.path, program, 0o755))
	return folder, func(capabilities string) []string {
		argv := []string{"setpriv", "--reuid=" + nobody, "--regid=nogroup", "--clear-groups", "--inh-caps=" + capabilities}
		if capabilities != "-all" {
			argv = append(argv, "--ambient-caps="+capabilities)
		}
		return argv
	}
}

// There is no step down for a lack of permission: it ends, and says what is
// missing and how to get it.
func unprivileged(t *testing.T, s site) {
	folder, with := s.asNobody(t)
	file := filepath.Join(folder, "f.pcapng")
	for _, test := range []struct {
		capabilities string
		flags        []string
		says         []string
	}{
		{"-all", nil, []string{"CAP_NET_RAW", "sudo setcap cap_net_raw,cap_bpf,cap_perfmon+ep ", "--cap-add NET_RAW --cap-add BPF --cap-add PERFMON"}},
		{"-all", []string{"--full"}, []string{"CAP_NET_RAW", "sudo setcap cap_net_raw+ep "}},
		{"+bpf", nil, []string{"capturing on eth0 needs CAP_NET_RAW", "sudo setcap cap_net_raw,cap_bpf,cap_perfmon+ep "}},
		{"+net_raw", nil, []string{"trimming by eBPF on eth0 needs CAP_BPF", "sudo setcap cap_net_raw,cap_bpf,cap_perfmon+ep ", "--cap-add NET_RAW --cap-add BPF --cap-add PERFMON", "or do without the trimming: --full"}},
		{"+net_raw,+perfmon,+net_admin", nil, []string{"trimming by eBPF on eth0 needs CAP_BPF"}},
		{"+net_raw,+bpf,+net_admin", nil, []string{"trimming by eBPF on eth0 needs CAP_PERFMON", "sudo setcap cap_net_raw,cap_bpf,cap_perfmon+ep ", "--full"}},
	} {
		p := s.command(t, with(test.capabilities), append([]string{"capture", "-i", "eth0", "-w", file}, test.flags...)...)
		assertEnds(t, p, 2)
		for _, words := range test.says {
			assert.Contains(t, p.tail(), words, "with %s", test.capabilities)
		}
		assert.NoFileExists(t, file, "with %s", test.capabilities)
	}
}

// An eBPF socket filter takes CAP_BPF, and CAP_PERFMON for the verifier, but not
// CAP_NET_ADMIN. Nothing of what there was is left while it captures.
func fewest(t *testing.T, s site) {
	folder, with := s.asNobody(t)
	for i, test := range []struct {
		capabilities, flag, way, ends string
	}{
		{"+net_raw,+bpf,+perfmon", "-n", ", eBPF filter (", "6 heads; "},
		{"+net_raw", "--full", ", no filter\n", "0 packets dropped by kernel"},
	} {
		file := filepath.Join(folder, fmt.Sprintf("f%d.pcapng", i))
		p := s.command(t, with(test.capabilities), "capture", "-i", "eth0", "-U", "-w", file, test.flag)
		says(t, p, "capturing on")
		assert.Contains(t, p.tail()+"\n", test.way)
		assertCapabilities(t, p.cmd.Process.Pid, 0)
		s.get(t, "/", 3)
		require.Eventually(t, func() bool {
			text, err := os.ReadFile(file)
			return err == nil && strings.Count(string(text), "GET /?") == 3
		}, patience, 50*time.Millisecond)
		interrupt(t, p)
		assert.Contains(t, p.tail(), test.ends)
	}
}
