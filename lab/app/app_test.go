//go:build linux

// Package app_test runs the application on both generations of Puma and Action
// Cable, by itself on the loopback interface. It needs what lab/install.sh
// installs, and root to enter the folder of forky.
package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/lab/head"
)

// generation is one pair of Puma and Action Cable.
type generation struct {
	name    string
	wrapper []string // stands before the command; the application is at dir then
	dir     string
}

func generations(t *testing.T) []generation {
	t.Helper()
	here, err := os.Getwd()
	require.NoError(t, err)
	root := os.Getenv("HOPHOUND_LAB_ROOT")
	if root == "" {
		root = "/var/cache/hophound-lab"
	}
	const enter = `mount --bind "$1" "$2/srv" && root=$2 && shift 2 && exec chroot "$root" env -C / PWD=/ "$@"`
	return []generation{
		{name: "bookworm", dir: here},
		{
			name:    "forky",
			wrapper: []string{"unshare", "--mount", "--propagation", "private", "sh", "-c", enter, "sh", here, filepath.Join(root, "forky")},
			dir:     "/srv",
		},
	}
}

// application is a running Puma.
type application struct {
	address string

	mu  sync.Mutex
	log strings.Builder
}

// start runs the application on a free port until the test ends.
func start(t *testing.T, g generation, env ...string) *application {
	t.Helper()
	argv := append(g.wrapper, "puma", "-C", g.dir+"/puma.rb", "-b", "tcp://127.0.0.1:0", g.dir+"/config.ru")
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	output, err := cmd.StdoutPipe()
	require.NoError(t, err)
	cmd.Stderr = cmd.Stdout
	require.NoError(t, cmd.Start())

	a := &application{}
	listening, ended := make(chan string, 1), make(chan struct{})
	go a.follow(output, listening, ended)
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
		case <-time.After(20 * time.Second): // Puma can miss a signal that comes while it starts
			_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
			<-ended
		}
		_ = cmd.Wait()
	})
	select {
	case a.address = <-listening:
	case <-ended:
		require.Fail(t, "the application ended", a.logged())
	case <-time.After(60 * time.Second):
		require.Fail(t, "the application doesn't listen", a.logged())
	}
	return a
}

// follow collects the log, and tells the address once it is in there.
func (a *application) follow(output io.Reader, listening chan<- string, ended chan<- struct{}) {
	defer close(ended)
	lines := bufio.NewScanner(output)
	for lines.Scan() {
		a.mu.Lock()
		a.log.WriteString(lines.Text() + "\n")
		a.mu.Unlock()
		if _, address, found := strings.Cut(lines.Text(), "Listening on http://"); found {
			listening <- address
		}
	}
}

func (a *application) logged() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.log.String()
}

// requireLogged waits until the log has the text.
func (a *application) requireLogged(t *testing.T, text string) {
	t.Helper()
	require.Eventually(t, func() bool { return strings.Contains(a.logged(), text) },
		5*time.Second, 10*time.Millisecond, "%q is not in the log", text)
}

// send sends a request, its lines separated by \n, and returns the answer's head.
func (a *application) send(t *testing.T, request string) *head.Head {
	t.Helper()
	c, err := net.Dial("tcp", a.address)
	require.NoError(t, err)
	defer c.Close()
	require.NoError(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	_, err = io.WriteString(c, strings.ReplaceAll(request, "\n", "\r\n")+"\r\n\r\n")
	require.NoError(t, err)
	answer, err := head.Read(bufio.NewReader(c))
	require.NoError(t, err)
	return answer
}

const (
	handshake = "GET /cable HTTP/1.1\nHost: app.example.com\n"
	both      = "Connection: Upgrade\nUpgrade: websocket\n"
	allowed   = "Origin: http://app.example.com\n"
	rest      = "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
)

func TestAnswersAndLogLines(t *testing.T) {
	tests := []struct {
		name    string
		request string
		want    string // start line of the answer
		logged  []string
	}{
		{
			name:    "handshake",
			request: handshake + both + allowed + rest,
			want:    "HTTP/1.1 101 Switching Protocols",
			logged:  []string{"Successfully upgraded to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)"},
		},
		{
			name:    "both fields lost",
			request: handshake + "Connection: close\n" + allowed + rest,
			want:    "HTTP/1.1 404 Not Found",
			logged:  []string{"Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: close, HTTP_UPGRADE: )"},
		},
		{
			name:    "both fields lost, in HTTP/1.0",
			request: "GET /cable HTTP/1.0\nConnection: close\n" + allowed + rest,
			want:    "HTTP/1.0 404 Not Found",
		},
		{
			name:    "both fields, in HTTP/1.0",
			request: "GET /cable HTTP/1.0\n" + both + allowed + rest,
			want:    "HTTP/1.1 101 Switching Protocols",
		},
		{
			name:    "Connection lost",
			request: handshake + "Upgrade: websocket\n" + allowed + rest,
			want:    "HTTP/1.1 404 Not Found",
			logged:  []string{"Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: , HTTP_UPGRADE: websocket)"},
		},
		{
			name:    "Upgrade lost",
			request: handshake + "Connection: upgrade\n" + allowed + rest,
			want:    "HTTP/1.1 404 Not Found",
			logged:  []string{"Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: upgrade, HTTP_UPGRADE: )"},
		},
		{
			name:    "origin not allowed",
			request: handshake + both + "Origin: http://evil.example\n" + rest,
			want:    "HTTP/1.1 404 Not Found",
			logged: []string{
				"Request origin not allowed: http://evil.example",
				"Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: Upgrade, HTTP_UPGRADE: websocket)",
			},
		},
		{
			name:    "an ordinary page",
			request: "GET / HTTP/1.1\nHost: app.example.com",
			want:    "HTTP/1.1 200 OK",
		},
		{
			name:    "no such page",
			request: "GET /nowhere HTTP/1.1\nHost: app.example.com",
			want:    "HTTP/1.1 404 Not Found",
		},
	}
	for _, g := range generations(t) {
		t.Run(g.name, func(t *testing.T) {
			a := start(t, g)
			for _, test := range tests {
				t.Run(test.name, func(t *testing.T) {
					answer := a.send(t, test.request)
					assert.Equal(t, test.want, answer.StartLine)
					tag, _ := answer.Get("X-Request-Id") // a 101 has none
					for _, line := range test.logged {
						if tag != "" {
							line = "[" + tag + "] " + line
						}
						a.requireLogged(t, line)
					}
				})
			}
		})
	}
}

func TestProxyProtocol(t *testing.T) {
	for _, g := range generations(t) {
		t.Run(g.name, func(t *testing.T) {
			a := start(t, g, "PROXY_PROTOCOL=1")
			answer := a.send(t, "PROXY TCP4 198.51.100.22 203.0.113.7 35646 80\n"+handshake+both+allowed+rest)
			assert.Equal(t, "HTTP/1.1 101 Switching Protocols", answer.StartLine)
			a.requireLogged(t, `Started GET "/cable" for 198.51.100.22 at `)
		})
	}
}

func TestMessagesFlow(t *testing.T) {
	client := filepath.Join(t.TempDir(), "client")
	complaint, err := exec.Command("go", "build", "-o", client, "../client").CombinedOutput()
	require.NoError(t, err, string(complaint))
	for _, g := range generations(t) {
		t.Run(g.name, func(t *testing.T) {
			a := start(t, g, "ALLOWED_ORIGIN=http://one.example,http://two.example")
			line, err := exec.Command(client, "-origin", "http://two.example", "-messages", "20", "ws://"+a.address+"/cable").Output()
			require.NoError(t, err, string(line))
			var result struct{ Echoed int }
			require.NoError(t, json.Unmarshal(line, &result))
			assert.Equal(t, 20, result.Echoed)
		})
	}
}

// TestBrowser lets Chromium be the client: the page opens the WebSocket.
func TestBrowser(t *testing.T) {
	for _, g := range generations(t) {
		t.Run(g.name, func(t *testing.T) {
			a := start(t, g)
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			var complaint bytes.Buffer
			cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic",
				"--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
				"--user-data-dir="+t.TempDir(), "--host-resolver-rules=MAP app.example.com:80 "+a.address,
				"--dump-dom", "http://app.example.com/browser")
			cmd.Stderr = &complaint
			page, err := cmd.Output()
			require.NoError(t, err, complaint.String())
			result := regexp.MustCompile(`<pre id="result">(.*)</pre>`).FindSubmatch(page)
			require.Len(t, result, 2, "%s", page)
			assert.JSONEq(t, `{"opened":true,"protocol":"actioncable-v1-json","echoed":1,"code":1000,"wasClean":true}`, string(result[1]))
		})
	}
}
