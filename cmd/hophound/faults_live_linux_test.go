package main

import (
	"bytes"
	"context"
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

	"github.com/hophound/hophound/capture"
)

// newHost makes a network namespace whose loopback is up.
func newHost(t *testing.T, name string) (host string) {
	t.Helper()
	host = fmt.Sprintf("hophound-%d-%s", os.Getpid(), name)
	for _, args := range [][]string{{"netns", "add", host}, {"-n", host, "link", "set", "lo", "up"}} {
		out, err := exec.Command("ip", args...).CombinedOutput()
		require.NoError(t, err, "needs root and iproute2: %s", out)
	}
	t.Cleanup(func() { assert.NoError(t, exec.Command("ip", "netns", "del", host).Run()) })
	return host
}

var refused = conversation{
	"GET /cable HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: 4hnFLCT2c6yZNXJfXn2K8A==\r\n\r\n",
	"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
}

// talkUntil plays refused over and over until the process has ended, or until
// stop says so.
func talkUntil(t *testing.T, host string, stop func() bool) {
	t.Helper()
	for range 100 {
		inHost(t, host, func() error { return talkAll([]conversation{refused}) })
		time.Sleep(100 * time.Millisecond)
		if stop() {
			return
		}
	}
	t.Fatal("it never came to it")
}

// ended waits for the process beside the test.
func (p *running) ended(t *testing.T) (stop func() bool, status func() int) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		_ = p.Wait() // p.end tells how it ended
		close(done)
	}()
	return func() bool {
		select {
		case <-done:
			return true
		default:
			return false
		}
	}, func() int { return p.end(t) }
}

// hophound capture -w - | head -c 24: it ends when it cannot write any more.
func TestCaptureIntoClosedPipe(t *testing.T) {
	host := newHost(t, "pipe")
	p := newProcess(t, "capture", "-i", "netns:"+host+"/lo", "-U", "-w", "-")
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	p.Stdout = writer
	require.NoError(t, p.Start())
	require.NoError(t, writer.Close())
	_, err = reader.Read(make([]byte, 24))
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	stop, status := p.ended(t)
	talkUntil(t, host, stop)
	assert.Equal(t, 128+int(syscall.SIGPIPE), status(), p.stderr.String())
	assert.Contains(t, p.stderr.String(), "packets captured in all")
	assert.NotContains(t, p.stderr.String(), "broken pipe")
}

// Where nothing more can be written, the capture ends; what was written before
// is a capture.
func TestCaptureOntoFullDisk(t *testing.T) {
	host := newHost(t, "full")
	p := newProcess(t, "capture", "-i", "netns:"+host+"/lo", "-w", "/dev/full")
	assert.Equal(t, exitTrouble, p.run(t))
	assert.Contains(t, p.stderr.String(), "write /dev/full: no space left on device")

	path := filepath.Join(t.TempDir(), "x.pcapng")
	p = newProcess(t, "capture", "-i", "netns:"+host+"/lo", "-U", "-w", path)
	p.limit("-f", 8)
	require.NoError(t, p.Start())
	stop, status := p.ended(t)
	talkUntil(t, host, stop)
	assert.Equal(t, exitTrouble, status(), p.stderr.String())
	assert.Contains(t, p.stderr.String(), "x.pcapng: file too large")
	exit, stdout, _ := hophound(t, nil, "analyze", "app="+path)
	assert.Equal(t, exitPass, exit, "only a warning: the application refuses")
	assert.Contains(t, stdout, "app got a whole handshake and answered 404")
}

// hophound watch --save DIR | head -n 1: the case is saved all the same.
func TestWatchSavesIntoClosedPipe(t *testing.T) {
	host := newHost(t, "save")
	dir := filepath.Join(t.TempDir(), "case")
	p := newProcess(t, "watch", "--save", dir, "app=netns:"+host+"/lo@:3000")
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	require.NoError(t, reader.Close())
	p.Stdout = writer
	require.NoError(t, p.Start())
	require.NoError(t, writer.Close())
	stop, status := p.ended(t)
	talkUntil(t, host, stop)
	assert.Equal(t, 128+int(syscall.SIGPIPE), status(), p.stderr.String())
	exit, stdout, _ := hophound(t, nil, "check", dir)
	assert.Equal(t, exitPass, exit)
	assert.Equal(t, "ok    "+dir+"\n1 passed, 0 failed\n", stdout)
}

// What a watch has found is told even if it cannot be saved.
func TestWatchSavesOntoFullDisk(t *testing.T) {
	host := newHost(t, "nosave")
	dir := t.TempDir()
	require.NoError(t, os.Symlink("/dev/full", filepath.Join(dir, "source-1.pcapng")))
	p := newProcess(t, "watch", "--count", "1", "--save", dir, "app=netns:"+host+"/lo@:3000")
	require.NoError(t, p.Start())
	stop, status := p.ended(t)
	talkUntil(t, host, stop)
	assert.Equal(t, exitTrouble, status())
	assert.Regexp(t, `PASS  \d+ upgrades? asked for`, p.stdout.String())
	assert.Contains(t, p.stdout.String(), "app got a whole handshake and answered 404")
	assert.Contains(t, p.stderr.String(), "save case in "+dir+"/source-1.pcapng: write packets: write "+dir+"/source-1.pcapng: no space left on device\n")
}

// A panic of the goroutine that reads an interface ends the capture with what
// was captured until then on the disk.
func TestPanicWhileCapturing(t *testing.T) {
	host := newHost(t, "panic")
	source, err := capture.OpenLive(capture.LiveOptions{Interface: "lo", Namespace: "/run/netns/" + host})
	require.NoError(t, err)
	defer source.Close() //nolint:errcheck // it is over
	path := filepath.Join(t.TempDir(), "x.pcapng")
	var stderr bytes.Buffer
	r := &recording{
		env:     &environment{stderr: &stderr},
		options: captureOptions{write: path, interfaces: []string{"lo"}},
		sources: []*capture.Live{source},
		finder:  nil, // looking up the owner of the first connection panics
	}
	require.NoError(t, r.open(""))
	inHost(t, host, func() error { return talkAll([]conversation{refused}) })
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	assert.Equal(t, status(exitTrouble), r.run(ctx))
	require.NoError(t, ctx.Err(), "nothing panicked")
	assert.Equal(t, 1, strings.Count(stderr.String(), "internal error (runtime.errorString), nothing can be concluded"), stderr.String())
	assert.Contains(t, stderr.String(), "Finder")
	file, err := capture.Open(path)
	require.NoError(t, err)
	require.NoError(t, file.Close())
}
