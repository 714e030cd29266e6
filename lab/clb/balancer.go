package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/hophound/hophound/lab/head"
)

// What the listener answers by itself:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/ts-elb-error-message.html
const (
	badRequest  = "HTTP/1.1 400 BAD_REQUEST\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"
	badGateway  = "HTTP/1.1 502 BAD_GATEWAY\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"
	unavailable = "HTTP/1.1 503 Service Unavailable: Back-end server is at capacity\r\nContent-Length: 0\r\nConnection: Close\r\n\r\n"
)

// balancer passes requests from clients to one backend.
type balancer struct {
	pool pool
}

// serve accepts clients until the listener is closed.
func (b *balancer) serve(listener net.Listener) {
	b.pool.fill()
	for {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		go b.serveClient(newConn(c))
	}
}

// serveClient answers the requests of one connection, one after the other.
func (b *balancer) serveClient(client *conn) {
	defer client.Close()
	for {
		request, err := head.Read(client.in)
		if err != nil {
			if !errors.Is(err, io.EOF) {
				_, _ = io.WriteString(client, badRequest) // nobody is left to tell
			}
			return
		}
		answer, again := b.exchange(client, request)
		if answer != "" {
			_, _ = io.WriteString(client, answer) // nobody is left to tell
		}
		if !again {
			return
		}
	}
}

// exchange passes one request to the backend and its answer to the client. It
// returns an answer of the listener's own if the backend gave none, and whether
// the client's connection may carry another request.
func (b *balancer) exchange(client *conn, request *head.Head) (answer string, again bool) {
	method, version := requestLine(request.StartLine)
	body, err := requestBody(request)
	if err != nil || !strings.HasPrefix(version, "HTTP/1.") {
		return badRequest, false
	}
	again = persistent(request, version)
	forwarded(request, client.RemoteAddr().(*net.TCPAddr), client.LocalAddr().(*net.TCPAddr))

	backend, err := b.pool.get()
	if err != nil {
		return unavailable, false
	}
	go b.pool.fill() // another one in advance
	if _, err := backend.Write(request.Bytes()); err != nil {
		backend.Close()
		return badGateway, false
	}
	// Beside the answer: it may be 100 (Continue), or not wait for the body.
	sent := make(chan error, 1)
	go func() { sent <- copyBody(backend, client.in, body) }()

	answered, reusable, err := relay(client, backend, method)
	if err == nil && reusable && finished(sent) {
		b.pool.put(backend)
		return "", again
	}
	backend.Close()
	if err != nil && !answered {
		return badGateway, false
	}
	return "", false
}

// finished reports whether the whole body went out. A backend that answered long
// before it had it has spoilt both connections for another request.
func finished(sent <-chan error) bool {
	select {
	case err := <-sent:
		return err == nil
	case <-time.After(time.Second):
		return false
	}
}

// relay passes the answer to a request of that method on, interim ones before it.
// It reports whether anything of it reached the client, and whether the backend's
// connection may be used again.
func relay(client, backend *conn, method string) (answered, reusable bool, err error) {
	for {
		response, err := head.Read(backend.in)
		if err != nil {
			return answered, false, fmt.Errorf("read an answer: %w", err)
		}
		version, status, err := statusLine(response.StartLine)
		if err != nil {
			return answered, false, err
		}
		if _, err := client.Write(response.Bytes()); err != nil {
			return answered, false, fmt.Errorf("pass an answer on: %w", err)
		}
		answered = true
		if status < 200 {
			continue
		}
		body, err := responseBody(response, method, status)
		if err != nil {
			return answered, false, err
		}
		reusable = body != untilClose && persistent(response, version)
		return answered, reusable, copyBody(client, backend.in, body)
	}
}

// statusLine splits a response's start line. A 101 is an error: nobody asked.
func statusLine(line string) (version string, status int, err error) {
	version, rest, _ := strings.Cut(line, " ")
	digits, _, _ := strings.Cut(rest, " ")
	status, err = strconv.Atoi(digits)
	if err != nil || !strings.HasPrefix(version, "HTTP/1.") || status < 100 || status == 101 {
		return "", 0, fmt.Errorf("read an answer: %q is not the start of one", line)
	}
	return version, status, nil
}
