package main

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// pool holds open connections to the backend that no request is using.
type pool struct {
	backend string // address and port
	spare   int    // connections to have in advance

	filling sync.Mutex

	mu   sync.Mutex // guards idle
	idle []*conn
}

// conn is a connection and what was read from it in advance.
type conn struct {
	net.Conn
	in *bufio.Reader
}

func newConn(c net.Conn) *conn {
	return &conn{Conn: c, in: bufio.NewReader(c)}
}

// fill opens what is missing of the spare connections. A backend that doesn't
// accept is no error before somebody asks for it.
func (p *pool) fill() {
	p.filling.Lock()
	defer p.filling.Unlock()
	p.mu.Lock()
	missing := p.spare - len(p.idle)
	p.mu.Unlock()
	for range missing {
		c, err := net.Dial("tcp", p.backend)
		if err != nil {
			return
		}
		p.put(newConn(c))
	}
}

// get returns a connection for one request: the one used last that still lives,
// or a new one.
func (p *pool) get() (*conn, error) {
	for {
		p.mu.Lock()
		n := len(p.idle)
		if n == 0 {
			p.mu.Unlock()
			break
		}
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		if c.alive() {
			return c, nil
		}
		c.Close()
	}
	c, err := net.Dial("tcp", p.backend)
	if err != nil {
		return nil, err
	}
	return newConn(c), nil
}

// put takes a connection back.
func (p *pool) put(c *conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle = append(p.idle, c)
}

// alive reports whether the backend has neither closed an idle connection nor
// sent anything on it.
func (c *conn) alive() bool {
	if c.SetReadDeadline(time.Now().Add(time.Millisecond)) != nil {
		return false
	}
	_, err := c.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded) && c.SetReadDeadline(time.Time{}) == nil
}
