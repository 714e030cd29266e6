//go:build linux

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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

// commandsThatPrint are all those that need no privileges.
var commandsThatPrint = [][]string{
	{"analyze", lostCase},
	{"analyze", "-o", "json", lostCase},
	{"check", "../../pcaps/nginx-default"},
	{"rules"},
	{"rules", "nginx-default-strips-upgrade"},
	{"doctor"},
	{"doctor", "-o", "json"},
	{"help"},
	{"--version"},
}

// As with grep and tcpdump: whoever closed the pipe knows why.
func TestOutputClosed(t *testing.T) {
	for _, args := range commandsThatPrint {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			reader, writer, err := os.Pipe()
			require.NoError(t, err)
			require.NoError(t, reader.Close())
			p := newProcess(t, args...)
			p.Stdout = writer
			require.NoError(t, p.Start())
			require.NoError(t, writer.Close())
			assert.Equal(t, 128+int(syscall.SIGPIPE), p.end(t))
			assert.Empty(t, p.stderr.String())
		})
	}
}

// hophound analyze ... | head -n 1
func TestOutputClosedAfterItsFirstLine(t *testing.T) {
	script := fmt.Sprintf(`%s analyze --all -o json ../../pcaps/mixed 2>&1 | head -n 1; exit ${PIPESTATUS[0]}`, os.Args[0])
	cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
	cmd.Env = append(os.Environ(), beHophound+"=1")
	out, err := cmd.CombinedOutput()
	assert.Equal(t, "{\n", string(out))
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit)
	assert.Equal(t, 128+int(syscall.SIGPIPE), exit.ExitCode())
}

// A report that is cut off is none, whatever its verdict.
func TestOutputOnAFullDisk(t *testing.T) {
	for _, args := range commandsThatPrint {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
			require.NoError(t, err)
			defer full.Close()
			p := newProcess(t, args...)
			p.Stdout = full
			assert.Equal(t, exitTrouble, p.run(t))
			assert.Contains(t, p.stderr.String(), "no space left on device")
			assert.Equal(t, 1, strings.Count(p.stderr.String(), "\n"), p.stderr.String())
		})
	}
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(lostCase)))
	require.NoError(t, os.Remove(filepath.Join(dir, "want.json")))
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(dir, "want.json")))
	p := newProcess(t, "check", "--update", dir)
	assert.Equal(t, exitTrouble, p.run(t))
	assert.Contains(t, p.stderr.String(), "want.json: no space left on device")
}

func TestSignals(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		t.Run(fmt.Sprint(sig, " while a capture is read"), func(t *testing.T) {
			fifo, p := startOnFIFO(t, "analyze", "nginx="+lostCase+"nginx.pcap", "puma=FIFO")
			feedFIFO(t, fifo, lostCase+"puma.pcap")
			sleepUntilReady(t, p)
			require.NoError(t, p.Process.Signal(sig))
			assert.Equal(t, exitFail, p.end(t), p.stderr.String())
			assert.Contains(t, p.stdout.String(), "nginx dropped Upgrade")
			assert.Contains(t, p.stdout.String(), "was interrupted")
		})
		t.Run(fmt.Sprint(sig, " before anything was wrong"), func(t *testing.T) {
			fifo, p := startOnFIFO(t, "analyze", "-o", "json", "nginx="+wellCase+"nginx.pcap", "puma=FIFO")
			feedFIFO(t, fifo, wellCase+"puma.pcap")
			sleepUntilReady(t, p)
			require.NoError(t, p.Process.Signal(sig))
			assert.Equal(t, exitInconclusive, p.end(t), "the rest may be otherwise")
			assert.Contains(t, p.stdout.String(), `"verdict": "inconclusive"`)
		})
		t.Run(fmt.Sprint(sig, " while a capture is waited for"), func(t *testing.T) {
			for _, fed := range []bool{false, true} { // with and without a writer
				fifo, p := startOnFIFO(t, "analyze", "nginx="+lostCase+"nginx.pcap", "puma=FIFO")
				if fed {
					writeFIFO(t, fifo)
				}
				sleepUntilReady(t, p)
				require.NoError(t, p.Process.Signal(sig))
				assert.Equal(t, exitTrouble, p.end(t))
				assert.Empty(t, p.stdout.String())
				assert.Equal(t, "hophound: hop puma: interrupted while waiting for the first bytes of "+fifo+"\n", p.stderr.String())
			}
		})
		t.Run(fmt.Sprint(sig, " in the middle of a check"), func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(lostCase)))
			require.NoError(t, os.Remove(filepath.Join(dir, "puma.pcap")))
			require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "puma.pcap"), 0o600))
			p := newProcess(t, "check", "../../pcaps/all-well", dir)
			require.NoError(t, p.Start())
			sleepUntilReady(t, p)
			require.NoError(t, p.Process.Signal(sig))
			assert.Equal(t, exitTrouble, p.end(t))
			assert.Equal(t, "ok    ../../pcaps/all-well\n", p.stdout.String())
			assert.Equal(t, "hophound: interrupted: 1 of 2 cases were checked, 0 failed\n", p.stderr.String())
		})
		t.Run(fmt.Sprint(sig, " twice"), func(t *testing.T) {
			reader, writer, err := os.Pipe() // that nobody reads: the report is never out
			require.NoError(t, err)
			defer reader.Close()
			p := newProcess(t, "analyze", "--all", "-o", "json", "../../pcaps/mixed")
			p.Stdout = writer
			require.NoError(t, p.Start())
			require.NoError(t, writer.Close())
			sleepUntilReady(t, p)
			require.NoError(t, p.Process.Signal(sig))
			time.Sleep(100 * time.Millisecond) // two signals at once are one
			require.NoError(t, p.Process.Signal(sig))
			assert.Equal(t, 128+int(sig.(syscall.Signal)), p.end(t))
		})
	}
}

// A FIFO whose writer dies is a file that breaks off.
func TestFIFOWhoseWriterDies(t *testing.T) {
	whole, err := os.ReadFile(lostCase + "puma.pcap")
	require.NoError(t, err)
	fifo, p := startOnFIFO(t, "analyze", "nginx="+lostCase+"nginx.pcap", "puma=FIFO")
	writer := writeFIFO(t, fifo)
	_, err = writer.Write(whole[:len(whole)-10])
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	assert.Equal(t, exitFail, p.end(t))
	assert.Contains(t, p.stdout.String(), "nginx dropped Upgrade")
	assert.Contains(t, unwrapped(&p.stdout), "file ends inside")

	fifo, p = startOnFIFO(t, "analyze", "puma=FIFO")
	require.NoError(t, writeFIFO(t, fifo).Close())
	assert.Equal(t, exitTrouble, p.end(t))
	assert.Contains(t, p.stderr.String(), fifo+" is empty; was the capture stopped before it was written?")
}

// A disk that fails in the middle of a file: what was read until then is reported, and
// that it was not all. A terminal whose other end is closed fails so (tty_ldisc.c).
func TestFileThatCannotBeReadOn(t *testing.T) {
	whole, err := os.ReadFile(lostCase + "puma.pcap")
	require.NoError(t, err)
	file, disk := openTerminal(t, 80)
	modes, err := unix.IoctlGetTermios(int(disk.Fd()), unix.TCGETS)
	require.NoError(t, err)
	modes.Iflag, modes.Oflag, modes.Lflag = 0, 0, 0 // what is written passes unchanged
	require.NoError(t, unix.IoctlSetTermios(int(disk.Fd()), unix.TCSETS, modes))
	p := newProcess(t, "analyze", "nginx="+lostCase+"nginx.pcap", "puma=-")
	p.Stdin = file
	require.NoError(t, p.Start())
	_, err = disk.Write(whole[:len(whole)-10])
	require.NoError(t, errors.Join(err, disk.Close()))
	assert.Equal(t, exitFail, p.end(t))
	assert.Contains(t, p.stdout.String(), "nginx dropped Upgrade")
	assert.Contains(t, unwrapped(&p.stdout), "Lost at puma: read - after packet 12: input/output error.")
}

// What is appended before the end is reached is read; what is cut off is a
// file that breaks off.
func TestFileThatChangesWhileItIsRead(t *testing.T) {
	tests := []struct {
		name   string
		change func(t *testing.T, path string, rest []byte)
		check  func(t *testing.T, r journeysOf)
	}{
		{"grows", func(t *testing.T, path string, rest []byte) {
			file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
			require.NoError(t, err)
			_, err = file.Write(rest)
			require.NoError(t, errors.Join(err, file.Close()))
		}, func(t *testing.T, r journeysOf) {
			assert.Equal(t, 400, r.Hops[0].Exchanges)
			assert.Empty(t, r.Hops[0].Ledger.Damage)
		}},
		{"is cut", func(t *testing.T, path string, _ []byte) {
			info, err := os.Stat(path)
			require.NoError(t, err)
			require.NoError(t, os.Truncate(path, info.Size()-100)) // within the last packet but one
		}, func(t *testing.T, r journeysOf) {
			assert.Less(t, r.Hops[0].Exchanges, 401)
			require.Len(t, r.Hops[0].Ledger.Damage, 1)
			assert.Contains(t, r.Hops[0].Ledger.Damage[0], "file ends inside")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			path, other := filepath.Join(dir, "nginx.pcap"), filepath.Join(dir, "other.pcap")
			handshake := conversation{"GET /cable HTTP/1.1\r\nHost: a\r\nX-Fill: " + strings.Repeat("x", 1200) + "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}
			var many []conversation
			for range 400 {
				many = append(many, handshake)
			}
			writeConversations(t, path, 3, many...)
			writeConversations(t, other, 4, many[0])
			whole, err := os.ReadFile(path)
			require.NoError(t, err)
			if test.name == "grows" {
				require.NoError(t, os.Truncate(path, int64(len(whole)/2+7)))
			}
			// The pipe of the second hop holds the first hop's file back.
			fifo, p := startOnFIFO(t, "analyze", "-o", "json", "--all", "nginx="+path, "puma=FIFO")
			writer := writeFIFO(t, fifo)
			sleepUntilReady(t, p)
			test.change(t, path, whole[len(whole)/2+7:])
			second, err := os.ReadFile(other)
			require.NoError(t, err)
			_, err = writer.Write(second)
			require.NoError(t, errors.Join(err, writer.Close()))
			p.end(t)
			var r journeysOf
			require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &r), p.stderr.String())
			test.check(t, r)
		})
	}
}

// journeysOf is what the tests here want of a report.
type journeysOf struct {
	Verdict string
	Hops    []struct {
		Exchanges int
		Ledger    struct{ Damage []string }
	}
}

func TestInputsThatAreNone(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	secret := filepath.Join(dir, "secret.pcap")
	require.NoError(t, os.WriteFile(secret, []byte("x"), 0))
	for _, test := range []struct{ path, says string }{
		{dir, "is a directory"},
		{"/dev/null", "is empty"},
		{"/dev/zero", "begins with zero bytes"},
		{"/proc/self/mem", "input/output error"}, // its first page
		{filepath.Join(dir, "gone.pcap"), "no such file or directory"},
		{secret, "permission denied"},
		{secret + "/x.pcap", "not a directory"},
	} {
		t.Run(test.says, func(t *testing.T) {
			p := newProcess(t, "analyze", "nginx="+test.path)
			if test.path == secret && os.Getuid() == 0 {
				p.asNobody(t, dir)
			}
			assert.Equal(t, exitTrouble, p.run(t))
			assert.Empty(t, p.stdout.String())
			assert.Contains(t, p.stderr.String(), test.says)
			assert.Contains(t, p.stderr.String(), test.path)
			assert.Equal(t, 1, strings.Count(p.stderr.String(), "\n"), p.stderr.String())
		})
	}
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

// A rotating capture leaves thousands of files, more than can be open at once.
func TestThousandsOfFiles(t *testing.T) {
	const files = 5000
	handshake := conversation{"GET /cable HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}
	dir := t.TempDir()
	args := []string{"analyze", "-o", "json", "--all", "--max-journeys=10000"}
	for i := range files {
		path := filepath.Join(dir, fmt.Sprintf("nginx%d.pcap", i))
		writeConversationsFrom(t, path, 3, time.Duration(i)*100*time.Millisecond, handshake)
		args = append(args, "nginx="+path)
	}
	p := newProcess(t, args...)
	p.limit("-n", 128)
	p.run(t)
	var r journeysOf
	require.NoError(t, json.Unmarshal(p.stdout.Bytes(), &r), p.stderr.String())
	assert.Equal(t, files, r.Hops[0].Exchanges)
	assert.Empty(t, r.Hops[0].Ledger.Damage)

	for i := range files { // all at the same time
		path := filepath.Join(dir, fmt.Sprintf("nginx%d.pcap", i))
		if i < 500 {
			writeConversationsFrom(t, path, 3, time.Duration(i), handshake, handshake)
		}
	}
	p = newProcess(t, append(args[:5:5], args[5:505]...)...)
	p.limit("-n", 128)
	assert.Equal(t, exitTrouble, p.run(t))
	assert.Empty(t, p.stdout.String())
	assert.Contains(t, p.stderr.String(), "too many captures are read at the same time; raise the limit (ulimit -n)")
	assert.Equal(t, 1, strings.Count(p.stderr.String(), "\n"))
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
