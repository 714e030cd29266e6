package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// What a watch tells while it goes on, and its report, keep secrets too.
func TestSecretsStayInWhileWatching(t *testing.T) {
	for _, output := range []string{"text", "jsonl"} {
		t.Run(output, func(t *testing.T) {
			host := newHost(t, "secrets")
			path := filepath.Join(t.TempDir(), "stdout")
			stdout, err := os.Create(path)
			require.NoError(t, err)
			defer stdout.Close()
			p := newProcess(t, "watch", "-v", "--all", "-o", output, maskAsked, "app=netns:"+host+"/lo@:3000")
			p.Stdout = stdout
			require.NoError(t, p.Start())
			front, _ := plantedConversations()
			told := func() int {
				content, err := os.ReadFile(path)
				require.NoError(t, err)
				return strings.Count(string(content), "\n")
			}
			for range 30 { // until the watch has begun to see them
				inHost(t, host, func() error { return talkAll(front) })
				time.Sleep(300 * time.Millisecond) // the journeys are told of in parts
				if told() >= len(front)-5 {        // some are no upgrade attempts, or no requests
					break
				}
			}
			require.NoError(t, p.Process.Signal(os.Interrupt))
			p.end(t)
			require.GreaterOrEqual(t, told(), len(front)-5, p.stderr.String())
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Contains(t, string(content), "[secret ")
			assertNoSecret(t, string(content))
			assertNoSecret(t, p.stderr.String())
			assert.Contains(t, p.stderr.String(), "watching")
		})
	}
}

// inHost calls do on a thread in a network namespace; the thread ends with it.
func inHost(t *testing.T, host string, do func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		file, err := os.Open("/run/netns/" + host)
		if err == nil {
			defer file.Close()
			err = unix.Setns(int(file.Fd()), unix.CLONE_NEWNET)
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	require.NoError(t, <-done)
}

// talkAll plays conversations over port 3000 of the loopback.
func talkAll(conversations []conversation) error {
	listener, err := net.Listen("tcp", "127.0.0.1:3000")
	if err != nil {
		return err
	}
	defer listener.Close()
	for _, c := range conversations {
		client, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			return err
		}
		server, err := listener.Accept()
		if err != nil {
			return err
		}
		if err := talk(client, server, c); err != nil {
			return err
		}
	}
	return nil
}

func talk(client, server net.Conn, c conversation) error {
	defer client.Close()
	defer server.Close()
	for i, text := range c {
		from, to := client, server
		if i%2 == 1 {
			from, to = server, client
		}
		if _, err := io.WriteString(from, text); err != nil {
			return err
		}
		if _, err := io.ReadFull(to, make([]byte, len(text))); err != nil {
			return err
		}
	}
	return nil
}
