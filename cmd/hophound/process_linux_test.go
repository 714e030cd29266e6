//go:build linux

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test's binary be hophound itself, a process of its own that
// signals, pipes and limits act on.
func TestMain(m *testing.M) {
	if os.Getenv(beHophound) != "" {
		main()
	}
	os.Exit(m.Run())
}

const beHophound = "HOPHOUND_TEST_BE_HOPHOUND"

// running is a hophound that runs as a process of its own.
type running struct {
	*exec.Cmd
	stdout, stderr bytes.Buffer
}

func newProcess(t *testing.T, args ...string) *running {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p := &running{Cmd: exec.CommandContext(t.Context(), self, args...)}
	p.Env = append(os.Environ(), beHophound+"=1")
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	p.WaitDelay = time.Second
	return p
}

// end waits and gives how it ended: the exit status, or 128 and the number of
// the signal, as a shell has it.
func (p *running) end(t *testing.T) int {
	t.Helper()
	_ = p.Wait()
	status, ok := p.ProcessState.Sys().(syscall.WaitStatus)
	require.True(t, ok)
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

func (p *running) run(t *testing.T) int {
	t.Helper()
	require.NoError(t, p.Start())
	return p.end(t)
}

// asNobody takes root's privileges away, and puts the binary where everyone may
// run it.
func (p *running) asNobody(t *testing.T, dir string) {
	t.Helper()
	content, err := os.ReadFile(p.Path)
	require.NoError(t, err)
	p.Path = filepath.Join(dir, "hophound")
	require.NoError(t, os.WriteFile(p.Path, content, 0o755))
	require.NoError(t, os.Chmod(filepath.Dir(dir), 0o755))
	p.Dir = dir
	p.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
}

// limit runs the process with a limit of ulimit's: -n, open files, or -f, the
// size of a file in units of 512 bytes.
func (p *running) limit(of string, n int) {
	p.Args = append([]string{"sh", "-c", fmt.Sprintf(`ulimit %s %d; exec "$0" "$@"`, of, n), p.Path}, p.Args[1:]...)
	p.Path = "/bin/sh"
}

// startOnFIFO starts hophound on a FIFO, which stands as FIFO in its arguments.
func startOnFIFO(t *testing.T, args ...string) (fifo string, p *running) {
	t.Helper()
	fifo = filepath.Join(t.TempDir(), "fifo")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	for i := range args {
		args[i] = strings.Replace(args[i], "FIFO", fifo, 1)
	}
	p = newProcess(t, args...)
	require.NoError(t, p.Start())
	return fifo, p
}

// writeFIFO is the writer of a FIFO, until the test ends.
func writeFIFO(t *testing.T, fifo string) *os.File {
	t.Helper()
	writer, err := os.OpenFile(fifo, os.O_WRONLY, 0)
	require.NoError(t, err)
	t.Cleanup(func() { _ = writer.Close() })
	return writer
}

// feedFIFO writes a file into a FIFO that stays open.
func feedFIFO(t *testing.T, fifo, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	_, err = writeFIFO(t, fifo).Write(content)
	require.NoError(t, err)
}

// sleepUntilReady waits until the process waits itself: it sleeps and has used
// no processor time for a while.
func sleepUntilReady(t *testing.T, p *running) {
	t.Helper()
	var before string
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		content, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.Process.Pid))
		require.NoError(t, err)
		_, fields, _ := strings.Cut(string(content), ") ")
		used := strings.Join(strings.Fields(fields)[11:13], " ") // utime, stime: proc_pid_stat(5)
		if used == before && strings.HasPrefix(fields, "S") {
			return
		}
		before = used
	}
	t.Fatal("it never came to rest")
}

func unwrapped(b *bytes.Buffer) string { return strings.Join(strings.Fields(b.String()), " ") }
