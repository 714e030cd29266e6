package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// cable is the server's side of Action Cable, as far as the client speaks it.
// An empty answer to a command closes the connection.
func cable(t *testing.T, answer func(command) string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{
			Subprotocols:   []string{"actioncable-v1-json"},
			OriginPatterns: []string{"app.example.com"},
		})
		if err != nil {
			return
		}
		defer conn.CloseNow()
		send := func(text string) {
			assert.NoError(t, conn.Write(r.Context(), websocket.MessageText, []byte(text)))
		}
		send(`{"type":"welcome"}`)
		for {
			var c command
			if wsjson.Read(r.Context(), conn, &c) != nil {
				return
			}
			text := answer(c)
			if text == "" {
				return
			}
			send(`{"type":"ping","message":1}`)
			send(text)
		}
	})
}

// echo is how the lab's EchoChannel answers.
func echo(c command) string {
	if c.Command == "subscribe" {
		return `{"identifier":"{\"channel\":\"EchoChannel\"}","type":"confirm_subscription"}`
	}
	return fmt.Sprintf(`{"identifier":"{\"channel\":\"EchoChannel\"}","message":%s}`, c.Data)
}

// client runs the command line and returns the exit status and what it printed.
func client(t *testing.T, args ...string) (int, Result) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(args, &stdout, &stderr)
	require.Empty(t, stderr.String())
	require.Equal(t, 1, bytes.Count(stdout.Bytes(), []byte("\n")), "one line: %q", stdout.String())
	var result Result
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &result))
	return status, result
}

func TestEveryMessageComesBack(t *testing.T) {
	server := httptest.NewServer(cable(t, echo))
	defer server.Close()

	status, result := client(t, "-messages", "5", server.URL+"/cable")

	assert.Equal(t, 0, status)
	assert.Empty(t, result.Error)
	assert.Equal(t, 101, result.Status)
	assert.Equal(t, "actioncable-v1-json", result.Protocol)
	assert.Equal(t, 5, result.Echoed)
	assert.Equal(t, 1+5, result.Sent, "a subscription and five messages")
	assert.Equal(t, 1+2*(1+5), result.Received, "the welcome, and an answer and a ping for each")
	assert.Equal(t, server.Listener.Addr().String(), result.Remote)
	assert.Equal(t, "websocket", result.Header.Get("Upgrade"))
}

func TestHandshakeOnTheWire(t *testing.T) {
	var got *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.WriteHeader(http.StatusNotFound)
	}))
	defer server.Close()

	client(t, "-origin", "https://www.example.org", "-host", "www.example.org:8443",
		"-header", "X-Request-Id: one", "-header", "Cookie: a=1", server.URL+"/cable?x=1")

	assert.Equal(t, "/cable?x=1", got.RequestURI)
	assert.Equal(t, "www.example.org:8443", got.Host)
	for name, value := range map[string]string{
		"Connection":             "Upgrade",
		"Upgrade":                "websocket",
		"Origin":                 "https://www.example.org",
		"Sec-Websocket-Version":  "13",
		"Sec-Websocket-Protocol": "actioncable-v1-json,actioncable-unsupported",
		"X-Request-Id":           "one",
		"Cookie":                 "a=1",
	} {
		assert.Equal(t, []string{value}, got.Header[name], name)
	}
	assert.NotContains(t, got.Header, "Accept-Encoding")
}

func TestWhatGoesWrongIsReported(t *testing.T) {
	tests := []struct {
		name    string
		handler http.Handler
		args    []string
		want    Result // Error is part of the text
	}{
		{
			name: "refused",
			handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, "Page not found", http.StatusNotFound)
			}),
			want: Result{Status: 404, Body: "Page not found\n", Error: "expected handshake response status code 101 but got 404"},
		},
		{
			name:    "redirected",
			handler: http.RedirectHandler("/elsewhere", http.StatusMovedPermanently),
			want:    Result{Status: 301, Body: "<a href=\"/elsewhere\">Moved Permanently</a>.\n\n", Error: "but got 301"},
		},
		{
			name:    "origin not allowed",
			handler: cable(t, echo),
			args:    []string{"-origin", "http://evil.example"},
			want:    Result{Status: 403, Error: "but got 403"},
		},
		{
			name: "wrong accept",
			handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				conn, _, err := http.NewResponseController(w).Hijack()
				if !assert.NoError(t, err) {
					return
				}
				defer conn.Close()
				_, err = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
					"Sec-WebSocket-Accept: bm90IHlvdXJzIG5vdCB5b3Vycwo=\r\n\r\n")
				assert.NoError(t, err)
			}),
			want: Result{Status: 101, Error: "invalid Sec-WebSocket-Accept"},
		},
		{
			name:    "subscription rejected",
			handler: cable(t, func(command) string { return `{"type":"reject_subscription"}` }),
			want:    Result{Status: 101, Protocol: "actioncable-v1-json", Sent: 1, Received: 3, Error: "got reject_subscription"},
		},
		{
			name: "another message comes back",
			handler: cable(t, func(c command) string {
				if c.Command == "message" {
					return `{"message":{"number":7}}`
				}
				return echo(c)
			}),
			want: Result{Status: 101, Protocol: "actioncable-v1-json", Sent: 2, Received: 5, Error: "message 7 came back instead"},
		},
		{
			name: "cut off",
			handler: cable(t, func(c command) string {
				if c.Command == "message" {
					return ""
				}
				return echo(c)
			}),
			want: Result{Status: 101, Protocol: "actioncable-v1-json", Sent: 2, Received: 3, Error: "echo message 1 of 3: wait for a message: "},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server := httptest.NewServer(test.handler)
			defer server.Close()

			status, got := client(t, append(test.args, server.URL)...)

			assert.Equal(t, 1, status)
			assert.Contains(t, got.Error, test.want.Error)
			if test.want.Body != "" {
				assert.Equal(t, test.want.Body, got.Body)
			}
			assert.Equal(t, test.want.Status, got.Status)
			assert.Equal(t, test.want.Protocol, got.Protocol)
			assert.Equal(t, test.want.Sent, got.Sent)
			assert.Equal(t, test.want.Received, got.Received)
			assert.Zero(t, got.Echoed)
		})
	}
}

func TestNoAnswer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, never answers
	require.NoError(t, err)
	defer listener.Close()

	status, result := client(t, "-timeout", "100ms", "ws://"+listener.Addr().String()+"/cable")

	assert.Equal(t, 1, status)
	assert.Zero(t, result.Status)
	assert.Contains(t, result.Error, "deadline exceeded")
	assert.NotEmpty(t, result.Local)
}

func TestCommandLine(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"ws://127.0.0.1/", "ws://127.0.0.1/"},
		{"-header", "no colon", "ws://127.0.0.1/"},
		{"-timeout", "soon", "ws://127.0.0.1/"},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 2, run(args, &stdout, &stderr), "%q", args)
		assert.Empty(t, stdout.String())
		assert.NotEmpty(t, stderr.String())
	}
}

// A page that can't open its WebSocket tries again: the same request with a new
// key, until it opens or -attempts is used up.
func TestTriesAgain(t *testing.T) {
	var keys, cookies []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		keys = append(keys, r.Header.Get("Sec-WebSocket-Key"))
		cookies = append(cookies, r.Header.Get("Cookie"))
		if len(keys)%4 != 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		cable(t, echo).ServeHTTP(w, r)
	}))
	defer server.Close()
	for _, want := range []struct {
		attempts string
		exit     int
		lines    int
	}{{"3", 1, 3}, {"5", 0, 1}} { // the fourth request opens it, so that the second client needs but one
		var stdout, stderr bytes.Buffer
		exit := run([]string{"-attempts", want.attempts, "-pause", "1ms", "-header", "Cookie: a=1", server.URL + "/cable"}, &stdout, &stderr)
		assert.Equal(t, want.exit, exit, stderr.String())
		assert.Equal(t, want.lines, bytes.Count(stdout.Bytes(), []byte("\n")), stdout.String())
	}
	assert.Equal(t, []string{"a=1", "a=1", "a=1", "a=1"}, cookies)
	slices.Sort(keys)
	assert.Len(t, slices.Compact(keys), 4, "each attempt has a key of its own")
}
