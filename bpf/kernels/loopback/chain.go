// Package loopback holds a small proxy chain on the loopback interface, for
// hophound to look at where there is nothing but a kernel: a proxy that drops the
// headers of an upgrade or passes them, and an application behind it.
package loopback

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
)

// LargeBytes is how long the content at /large is.
const LargeBytes = 1 << 20

// Chain is a proxy and the application behind it, each on a port of its own.
type Chain struct {
	Proxy, Application *httptest.Server
}

// Start starts both on ports of 127.0.0.1 that are free. The proxy forwards
// Upgrade and Connection, or it drops them.
func Start(forwards bool) (*Chain, error) {
	application := httptest.NewServer(http.HandlerFunc(answer))
	behind, err := url.Parse(application.URL)
	if err != nil {
		application.Close()
		return nil, err
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: &http.Transport{DisableCompression: true},
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(behind)
			if !forwards {
				r.Out.Header.Del("Connection")
				r.Out.Header.Del("Upgrade")
			}
		},
	})
	return &Chain{Proxy: proxy, Application: application}, nil
}

// Close stops both.
func (c *Chain) Close() {
	c.Proxy.Close()
	c.Application.Close()
}

// answer is the application: large content, and a WebSocket that sends back what
// it gets.
func answer(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/large":
		w.Header().Set("Content-Length", fmt.Sprint(LargeBytes))
		_, _ = w.Write(make([]byte, LargeBytes))
	case r.Header.Get("Upgrade") != "websocket":
		http.Error(w, "Failed to upgrade to WebSocket", http.StatusUpgradeRequired)
	default:
		echo(w, r.Header.Get("Sec-WebSocket-Key"))
	}
}

// echo accepts a handshake (RFC 6455 §4.2.2).
func echo(w http.ResponseWriter, key string) {
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	const guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11" // RFC 6455 §1.3
	digest := sha1.Sum([]byte(key + guid))
	fmt.Fprintf(connection, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		base64.StdEncoding.EncodeToString(digest[:]))
	_, _ = io.Copy(connection, buffered)
}

// Download gets the large content through the chain and gives its length in
// bytes.
func (c *Chain) Download() (int64, error) {
	response, err := c.Proxy.Client().Get(c.Proxy.URL + "/large")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return io.Copy(io.Discard, response.Body)
}

// Upgrade asks for a WebSocket through the chain and, if it gets one, sends a
// text frame and awaits it back. It gives the status of the answer.
func (c *Chain) Upgrade() (int, error) {
	connection, err := net.Dial("tcp", c.Proxy.Listener.Addr().String())
	if err != nil {
		return 0, err
	}
	defer connection.Close()
	handshake := "GET /cable HTTP/1.1\r\nHost: example.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + newKey() + "\r\n\r\n"
	if _, err := io.WriteString(connection, handshake); err != nil {
		return 0, err
	}
	answers := bufio.NewReader(connection)
	response, err := http.ReadResponse(answers, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		return statusOf(response), err
	}
	const frame = "\x81\x85\x00\x00\x00\x00hello" // masked with zeros, which changes nothing
	if _, err := io.WriteString(connection, frame); err != nil {
		return 0, err
	}
	_, err = io.ReadFull(answers, make([]byte, len(frame)))
	return response.StatusCode, err
}

// newKey makes a Sec-WebSocket-Key: 16 random bytes (RFC 6455 §4.1).
func newKey() string {
	key := make([]byte, 16)
	_, _ = rand.Read(key) // it never fails
	return base64.StdEncoding.EncodeToString(key)
}

func statusOf(response *http.Response) int {
	if response == nil {
		return 0
	}
	return response.StatusCode
}
