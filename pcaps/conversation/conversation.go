// Package conversation gives tests what was said on connections that were
// captured.
package conversation

import (
	"bytes"
	"slices"
	"testing"

	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps/captured"
)

// Conversation is what both ends of a connection sent, missing bytes left out. A
// is the client, as far as is known.
type Conversation struct{ A, B []byte }

// largestCapture is the size in bytes of captures that are not worth the time.
const largestCapture = 1 << 20

// Captured gives those conversations in [captured.Files] that have at most so
// many bytes, each once.
func Captured(tb testing.TB, largest int) []Conversation {
	tb.Helper()
	l := listener{largest: largest, met: map[string]bool{}}
	for _, content := range captured.Files(tb, largestCapture) {
		file, err := capture.NewFile(bytes.NewReader(content), "captured")
		if err != nil {
			continue
		}
		a := tcp.NewAssembler(&l, tcp.Limits{})
		for p := new(capture.Packet); file.Next(p) == nil; {
			a.Add(p)
		}
		a.Close()
		_ = file.Close() // it was read
	}
	return l.heard
}

// listener takes down what is said.
type listener struct {
	largest int
	heard   []Conversation
	met     map[string]bool
}

type said [2][]byte

func (l *listener) Open(c *tcp.Conn) bool {
	c.State = new(said)
	return true
}

func (l *listener) Chunk(c *tcp.Conn, d tcp.Direction, ch tcp.Chunk) {
	s := c.State.(*said)
	if len(s[0])+len(s[1]) <= l.largest {
		s[d] = append(s[d], ch.Data...)
	}
}

func (l *listener) Gap(*tcp.Conn, tcp.Direction, tcp.Gap)  {}
func (l *listener) Fin(*tcp.Conn, tcp.Direction, tcp.Mark) {}

func (l *listener) Close(c *tcp.Conn, _ tcp.End) {
	s := c.State.(*said)
	key := string(slices.Concat(s[0], []byte{0}, s[1]))
	if n := len(s[0]) + len(s[1]); n == 0 || n > l.largest || l.met[key] {
		return
	}
	l.met[key] = true
	l.heard = append(l.heard, Conversation{s[0], s[1]})
}
