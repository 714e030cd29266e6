//go:build linux

package lab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// deadProcess is the id of a process that has ended.
func deadProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	return cmd.Process.Pid
}

// What a killed lab left behind is removed by the next: its folder, its
// namespace and the server that still runs in it.
func TestRemoveStale(t *testing.T) {
	ctx := context.Background()
	dead := deadProcess(t)
	folder, err := os.MkdirTemp("", fmt.Sprintf("%s%d-lab-", namePrefix, dead))
	require.NoError(t, err)
	ns, err := newNamespace(ctx, fmt.Sprintf("%s%d-1-orphan", namePrefix, dead))
	require.NoError(t, err)
	orphan := ns.command("sleep", "60")
	require.NoError(t, orphan.Start())
	ended := make(chan struct{})
	go func() { _ = orphan.Wait(); close(ended) }()
	require.Eventually(t, func() bool {
		pids, err := ns.processes(ctx)
		return err == nil && len(pids) == 1
	}, 5*time.Second, 10*time.Millisecond, "sleep runs in the namespace")

	require.NoError(t, removeStale(ctx))

	assert.NoDirExists(t, folder)
	assert.NoFileExists(t, filepath.Join(netnsFolder, ns.Name))
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Error("the orphan still runs")
		_ = orphan.Process.Kill()
	}
}

// The namespaces of a lab that runs are nobody's to remove.
func TestRemoveStaleSparesTheLiving(t *testing.T) {
	ctx := context.Background()
	ns, err := newNamespace(ctx, fmt.Sprintf("%s%d-0-living", namePrefix, os.Getppid()))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ns.remove(ctx)) })

	require.NoError(t, removeStale(ctx))

	assert.FileExists(t, filepath.Join(netnsFolder, ns.Name))
}

// A chain that can't be built leaves neither a process nor a namespace.
func TestFailedStartLeavesNothing(t *testing.T) {
	l := openLab(t)
	broken := filepath.Join(t.TempDir(), "broken.conf")
	require.NoError(t, os.WriteFile(broken, []byte("events {}\nhttp { no_such_directive; }\n"), 0o644))
	proxy := nginx("default.conf")
	proxy.Config = broken
	s := Scenario{Name: "broken", Nodes: []Node{proxy, puma()}}

	c, err := l.start(context.Background(), s, t.TempDir())

	require.ErrorContains(t, err, `unknown directive "no_such_directive"`)
	assert.Nil(t, c)
	left, err := filepath.Glob(filepath.Join(netnsFolder, fmt.Sprintf("%s%d-%d-*", namePrefix, os.Getpid(), l.chains.Load())))
	require.NoError(t, err)
	assert.Empty(t, left)
}

// A program that does not want to end is killed with its children.
func TestStopKillsTheStubborn(t *testing.T) {
	cmd := exec.Command("sh", "-c", `trap "" TERM; sleep 60 & echo ready $!; wait; wait`)
	p, err := startProcess("stubborn", cmd, filepath.Join(t.TempDir(), "log"))
	require.NoError(t, err)
	var child int
	require.NoError(t, p.waitFor(context.Background(), "is ready", 5*time.Second, func() bool {
		n, _ := fmt.Sscanf(p.tail(), "ready %d", &child)
		return n == 1
	}))

	require.NoError(t, p.stop(syscall.SIGTERM, 100*time.Millisecond))

	assert.Eventually(t, func() bool { return !running(child) }, 5*time.Second, 10*time.Millisecond)
}

// running says whether a process exists and is no zombie.
func running(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	var id int
	var name, state string
	_, scanErr := fmt.Sscan(string(stat), &id, &name, &state)
	return err == nil && scanErr == nil && state != "Z"
}
