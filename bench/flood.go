package bench

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"
)

// Flood is traffic made to hurt: very much of something that an analysis has to
// remember, in one capture of one hop.
type Flood string

// The floods, and what they count.
const (
	HalfOpen     Flood = "half-open"     // connections that stay at SYN and SYN-ACK
	EndlessHeads Flood = "endless-heads" // connections with a segment of a request head that never ends
	Idle         Flood = "idle"          // connections that stay open after one exchange
	LongBody     Flood = "long-body"     // bytes of one response on one connection
	OpenGap      Flood = "open-gap"      // bytes behind a segment that never comes, on one connection
	OpenGaps     Flood = "open-gaps"     // connections with 64 kB each behind a segment that never comes
)

// Floods lists the floods.
func Floods() []Flood { return []Flood{HalfOpen, EndlessHeads, Idle, LongBody, OpenGap, OpenGaps} }

// floodPace is how far the connections of a flood are apart.
const floodPace = 10 * int64(time.Microsecond)

// WriteFlood writes a flood of n as a capture into w. Its memory does not grow
// with n, so that w can be a pipe that nothing else could hold. The same flood
// has the same bytes.
func WriteFlood(w io.Writer, f Flood, n int64) error {
	if !slices.Contains(Floods(), f) || n < 1 {
		return fmt.Errorf("make flood %q of %d: the floods are %v, of one or more", f, n, Floods())
	}
	o, err := Options{Hops: 1, Clients: 1}.complete()
	if err != nil {
		return err
	}
	h := &hop{index: 0, name: "puma", port: listenPort("puma", Small)}
	h.capture = newCapture(keepOpen{w}, o, 0)
	l := newLoad(o, &chain{hops: []*hop{h}})
	return errors.Join(l.flood(f, n), h.capture.close())
}

// keepOpen is a writer that somebody else closes.
type keepOpen struct{ io.Writer }

func (keepOpen) Close() error { return nil }

func (l *load) flood(f Flood, n int64) error {
	switch f {
	case HalfOpen:
		return l.connections(n, func(c *connection, at int64) {
			c.put(at, client, flagSYN, nil, false)
			c.put(at+delay, server, flagSYN|flagACK, nil, false)
		})
	case EndlessHeads:
		head := endlessHead()
		return l.connections(n, func(c *connection, at int64) { c.send(client, c.open(at), [][]byte{head}) })
	case Idle:
		content := l.content.text[:200]
		return l.connections(n, func(c *connection, at int64) {
			c.send(server, l.ask(c, at, int64(len(content))), [][]byte{content})
		})
	case OpenGaps:
		return l.connections(n, func(c *connection, at int64) {
			at = l.ask(c, at, 1<<30)
			c.lose(server, maxSegment)
			c.send(server, at, [][]byte{l.content.text[:64_000]})
		})
	case OpenGap:
		return l.longBody(n, true)
	}
	return l.longBody(n, false)
}

// connections opens n connections and lets each do something of its own.
func (l *load) connections(n int64, do func(c *connection, at int64)) error {
	h := l.chain.hops[0]
	for i := range n {
		at := i * floodPace
		if err := l.chain.flush(at); err != nil {
			return err
		}
		do(l.newConnection(h, int64(time.Millisecond)), at)
	}
	return l.chain.flush(endOfTime)
}

// endlessHead is the first segment of a request head.
func endlessHead() []byte {
	m := message{start: "GET /items/1 HTTP/1.1", fields: []field{{"Host", hostName}, {"User-Agent", userAgent}}}
	head := m.wire()[0]
	head = append(head[:len(head)-2], "X-Endless: "...)
	for len(head) < maxSegment {
		head = append(head, 'x')
	}
	return head
}

// ask opens a connection, sends a request over it and the head of a response of
// so many bytes, and gives the time at which these can follow.
func (l *load) ask(c *connection, at, length int64) int64 {
	request := message{start: "GET /backup HTTP/1.1", fields: []field{{"Host", hostName}}}
	response := message{start: "HTTP/1.1 200 OK", fields: []field{
		{"Content-Type", "application/octet-stream"},
		{"Content-Length", strconv.FormatInt(length, 10)},
	}}
	seen := c.send(client, c.open(at), request.wire()).last
	return c.send(server, seen+think, response.wire()).last + pace
}

// longBody sends a response of n bytes, whole or with its first segment missing.
func (l *load) longBody(n int64, gap bool) error {
	c := l.newConnection(l.chain.hops[0], int64(time.Millisecond))
	at := l.ask(c, 0, n)
	left := n
	if gap {
		c.lose(server, maxSegment)
		left -= maxSegment
	}
	for left > 0 {
		part := l.content.text[:min(left, textLength)]
		at = c.send(server, at, [][]byte{part}).last + pace
		left -= int64(len(part))
		if err := l.chain.flush(at); err != nil {
			return err
		}
	}
	if !gap {
		c.close(server, c.quiet)
	}
	return l.chain.flush(endOfTime)
}
