package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/lab/head"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestForwarded compares testdata/*.forwarded with what becomes of *.request.
func TestForwarded(t *testing.T) {
	client := &net.TCPAddr{IP: net.IPv4(1, 2, 3, 4), Port: 35646}
	listener := &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 80}
	files, err := filepath.Glob("testdata/*.request")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			request, err := head.Read(bufio.NewReader(bytes.NewReader(text)))
			require.NoError(t, err)

			forwarded(request, client, listener)

			golden := strings.TrimSuffix(file, ".request") + ".forwarded"
			if *update {
				require.NoError(t, os.WriteFile(golden, request.Bytes(), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			assert.Equal(t, string(want), string(request.Bytes()))
		})
	}
}

// backend is a server that answers each request as its first line's target says.
type backend struct {
	net.Listener
	accepted chan net.Conn
}

func newBackend(t *testing.T) *backend {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	b := &backend{Listener: l, accepted: make(chan net.Conn, 16)}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.accepted <- c
			go b.serve(c)
		}
	}()
	return b
}

var answers = map[string]string{
	"/length":   "HTTP/1.1 200 OK\r\nServer: b\r\ncontent-length:5\r\n\r\nhello",
	"/chunked":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=1\r\nhello\r\n0\r\nTrailer: t\r\n\r\n",
	"/head":     "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
	"/none":     "HTTP/1.1 204 No Content\r\n\r\n",
	"/interim":  "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	"/close":    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
	"/endless":  "HTTP/1.0 200 OK\r\n\r\nuntil the end",
	"/upgraded": "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	"/garbage":  "SSH-2.0-x\r\n\r\n",
}

func (b *backend) serve(c net.Conn) {
	defer c.Close()
	in := bufio.NewReader(c)
	for {
		request, err := head.Read(in)
		if err != nil {
			return
		}
		target := strings.Fields(request.StartLine)[1]
		body, _ := requestBody(request)
		var sent strings.Builder
		if copyBody(&sent, in, body) != nil {
			return
		}
		switch target {
		case "/echo":
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s%s",
				len(request.Bytes())+sent.Len(), request.Bytes(), sent.String())
		default:
			io.WriteString(c, answers[target])
		}
		if target == "/close" || target == "/endless" {
			return
		}
	}
}

// start serves in front of a backend and returns the address.
func start(t *testing.T, backendAddress string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	b := &balancer{pool: pool{backend: backendAddress, spare: 1}}
	go b.serve(l)
	return l.Addr().String()
}

// client is one connection to the listener, which fails rather than hangs.
func client(t *testing.T, address string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))
	return c
}

// expect reads exactly the text.
func expect(t *testing.T, c net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	n, err := io.ReadFull(c, got)
	require.NoError(t, err, "after %q", got[:n])
	require.Equal(t, want, string(got))
}

func expectEnd(t *testing.T, c net.Conn) {
	t.Helper()
	rest, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Empty(t, string(rest))
}

func TestAnswersPassUnchanged(t *testing.T) {
	address := start(t, newBackend(t).Addr().String())
	c := client(t, address)
	for _, target := range []string{"/length", "/chunked", "/none", "/interim", "/length"} {
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target)
		expect(t, c, answers[target])
	}
	io.WriteString(c, "HEAD /head HTTP/1.1\r\nHost: a\r\n\r\n")
	expect(t, c, answers["/head"])
	io.WriteString(c, "GET /length HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	expect(t, c, answers["/length"])
	expectEnd(t, c)

	for _, target := range []string{"/close", "/endless"} {
		c := client(t, address)
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: a\r\n\r\n", target)
		expect(t, c, answers[target])
		expectEnd(t, c)
	}
}

func TestBodiesPass(t *testing.T) {
	c := client(t, start(t, newBackend(t).Addr().String()))
	for _, request := range []string{
		"POST /echo HTTP/1.1\r\nhost:a\r\nContent-Length: 3\r\n%s\r\nabc",
		"POST /echo HTTP/1.1\r\nhost:a\r\nTransfer-Encoding: chunked\r\n%s\r\n3\r\nabc\r\n0\r\n\r\n",
	} {
		fmt.Fprintf(c, request, "")
		_, port, _ := net.SplitHostPort(c.RemoteAddr().String())
		echoed := fmt.Sprintf(request, "X-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Port: "+port+
			"\r\nX-Forwarded-Proto: http\r\nConnection: keep-alive\r\n")
		expect(t, c, fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(echoed), echoed))
	}
}

func TestConnectionsToTheBackendAreOpenedInAdvanceAndShared(t *testing.T) {
	b := newBackend(t)
	address := start(t, b.Addr().String())
	select {
	case <-b.accepted:
	case <-time.After(5 * time.Second):
		require.Fail(t, "no connection before the first request")
	}
	for range 3 {
		c := client(t, address)
		io.WriteString(c, "GET /length HTTP/1.1\r\nHost: a\r\n\r\n")
		expect(t, c, answers["/length"])
		c.Close()
	}
	assert.LessOrEqual(t, len(b.accepted), 1, "three clients on one connection, and one opened in advance")
}

func TestConnectionThatTheBackendClosedIsNotUsed(t *testing.T) {
	b := newBackend(t)
	address := start(t, b.Addr().String())
	spare := <-b.accepted
	require.NoError(t, spare.Close())

	c := client(t, address)
	io.WriteString(c, "GET /length HTTP/1.1\r\nHost: a\r\n\r\n")
	expect(t, c, answers["/length"])
}

func TestListenersOwnAnswers(t *testing.T) {
	address := start(t, newBackend(t).Addr().String())
	for request, want := range map[string]string{
		"GET / HTTP/1.1\r\nHost: a":                                badRequest,
		"GET /\r\n\r\n":                                            badRequest,
		"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n":          badRequest,
		"GET /upgraded HTTP/1.1\r\nUpgrade: websocket\r\n\r\n":     badGateway,
		"GET /garbage HTTP/1.1\r\nHost: a\r\nA: b\r\nC: d\r\n\r\n": badGateway,
	} {
		c := client(t, address)
		io.WriteString(c, request)
		require.NoError(t, c.(*net.TCPConn).CloseWrite())
		expect(t, c, want)
		expectEnd(t, c)
	}

	gone := newBackend(t)
	gone.Close()
	c := client(t, start(t, gone.Addr().String()))
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
	expect(t, c, unavailable)
}

func TestServesUntilTold(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	assert.NoError(t, listenAndServe(ctx, &balancer{}, "127.0.0.1:0"))
	assert.ErrorContains(t, listenAndServe(ctx, &balancer{}, "nowhere"), "listen: ")
}
