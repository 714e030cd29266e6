package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/lab/head"
)

const sampleKey = "dGhlIHNhbXBsZSBub25jZQ==" // RFC 6455, section 1.3

// handshake is a request as a client sends it, with an order, a case and a
// spacing of its own.
const handshake = "GET /cable HTTP/1.1\r\n" +
	"host:app.example.com\r\n" +
	"Connection: keep-alive, Upgrade\r\n" +
	"UPGRADE:  websocket\r\n" +
	"Sec-WebSocket-Key: " + sampleKey + "\r\n" +
	"Sec-WebSocket-Version: 13\r\n" +
	"\r\n"

// start serves in front of a backend and returns the address.
func start(t *testing.T, f fault, backend string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	go middle{backend: backend, fault: f}.serve(l)
	return l.Addr().String()
}

// echoServer is a real WebSocket server that sends back what it gets. Other
// requests it answers as such a server does.
func echoServer(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/page" {
			_, _ = io.WriteString(w, "a page\n")
			return
		}
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{InsecureSkipVerify: true})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		for {
			kind, data, err := conn.Read(r.Context())
			if err != nil || conn.Write(r.Context(), kind, data) != nil {
				return
			}
		}
	}))
	t.Cleanup(server.Close)
	return server.Listener.Addr().String()
}

// send sends a request on a connection of its own and reads the answer's head.
func send(t *testing.T, address, request string) (*head.Head, net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(5*time.Second)))
	_, err = io.WriteString(c, request)
	require.NoError(t, err)
	in := bufio.NewReader(c)
	answer, err := head.Read(in)
	require.NoError(t, err)
	return answer, c, in
}

func TestFaultsInTheRequest(t *testing.T) {
	tests := map[fault]struct{ old, new string }{ // what of the handshake becomes what
		none:       {},
		accept:     {},
		swallow101: {},
		turn502:    {},
		key:        {old: "Sec-WebSocket-Key: " + sampleKey + "\r\n"},
		host:       {old: "host:app.example.com\r\n", new: "Host: BACKEND\r\n"},
		connection: {old: "Connection: keep-alive, Upgrade\r\n"},
		upgrade:    {old: "UPGRADE:  websocket\r\n"},
	}
	for f, test := range tests {
		t.Run(string(f), func(t *testing.T) {
			backend, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer backend.Close()
			c, err := net.Dial("tcp", start(t, f, backend.Addr().String()))
			require.NoError(t, err)
			defer c.Close()
			_, err = io.WriteString(c, handshake+"first bytes")
			require.NoError(t, err)

			arrived, err := backend.Accept()
			require.NoError(t, err)
			defer arrived.Close()
			replacement := strings.ReplaceAll(test.new, "BACKEND", backend.Addr().String())
			want := strings.Replace(handshake, test.old, replacement, 1) + "first bytes"
			got := make([]byte, len(want))
			require.NoError(t, arrived.SetDeadline(time.Now().Add(5*time.Second)))
			n, err := io.ReadFull(arrived, got)
			require.NoError(t, err, "after %q", got[:n])
			assert.Equal(t, want, string(got))
		})
	}
}

func TestWhatARealServerAnswers(t *testing.T) {
	server := echoServer(t)
	for f, status := range map[fault]string{
		none:       "101 Switching Protocols",
		accept:     "101 Switching Protocols",
		turn502:    "502 Bad Gateway",
		key:        "400 Bad Request",
		host:       "101 Switching Protocols",
		connection: "426 Upgrade Required",
		upgrade:    "426 Upgrade Required",
	} {
		answer, _, _ := send(t, start(t, f, server), handshake)
		assert.Equal(t, "HTTP/1.1 "+status, answer.StartLine, f)
		if value, ok := answer.Get("Sec-WebSocket-Accept"); ok {
			right := value == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" // RFC 6455, section 1.3
			assert.Equal(t, f != accept, right, f)
		}
	}
}

func TestRealClient(t *testing.T) {
	server := echoServer(t)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for _, f := range []fault{none, host} {
		conn, _, err := websocket.Dial(ctx, "ws://"+start(t, f, server), nil)
		require.NoError(t, err, f)
		want := bytes.Repeat([]byte("0123456789"), 3000)
		require.NoError(t, conn.Write(ctx, websocket.MessageBinary, want))
		_, got, err := conn.Read(ctx)
		require.NoError(t, err)
		assert.Equal(t, want, got)
		assert.NoError(t, conn.Close(websocket.StatusNormalClosure, ""))
	}
	_, _, err := websocket.Dial(ctx, "ws://"+start(t, turn502, server), nil)
	assert.ErrorContains(t, err, "got 502")

	patience, cancel := context.WithTimeout(ctx, 100*time.Millisecond)
	defer cancel()
	_, _, err = websocket.Dial(patience, "ws://"+start(t, swallow101, server), nil)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestSwallowed101LeavesBothConnectionsOpen(t *testing.T) {
	backend, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer backend.Close()
	c, err := net.Dial("tcp", start(t, swallow101, backend.Addr().String()))
	require.NoError(t, err)
	defer c.Close()
	_, err = io.WriteString(c, handshake)
	require.NoError(t, err)
	arrived, err := backend.Accept()
	require.NoError(t, err)
	_, err = head.Read(bufio.NewReader(arrived))
	require.NoError(t, err)
	_, err = io.WriteString(arrived, "HTTP/1.1 101 Switching Protocols\r\n\r\nframes")
	require.NoError(t, err)

	require.NoError(t, c.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
	n, err := c.Read(make([]byte, 100))
	assert.Zero(t, n)
	assert.ErrorContains(t, err, "timeout", "open, and nothing arrives")

	require.NoError(t, arrived.Close())
	require.NoError(t, c.SetReadDeadline(time.Now().Add(5*time.Second)))
	_, err = c.Read(make([]byte, 100))
	assert.ErrorIs(t, err, io.EOF, "the backend's end ends both")
}

func TestOtherAnswersPass(t *testing.T) {
	server := echoServer(t)
	for _, f := range []fault{none, accept, swallow101, turn502} {
		answer, _, in := send(t, start(t, f, server), "GET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
		body, err := io.ReadAll(in)
		require.NoError(t, err)
		assert.Equal(t, "HTTP/1.1 200 OK", answer.StartLine, f)
		assert.Equal(t, "a page\n", string(body), f)
	}
}

func TestFaultNames(t *testing.T) {
	var f fault
	require.NoError(t, f.UnmarshalText([]byte("101")))
	assert.Equal(t, swallow101, f)
	assert.ErrorContains(t, f.UnmarshalText([]byte("102")), `no fault is called "102"`)
}
