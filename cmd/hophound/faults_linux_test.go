//go:build linux

package main

import (
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
