//go:build amd64 || arm64

package bpf_test

import (
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/bpf"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps/captured"
)

// Each head that is seen whole in a capture is seen whole in what the filter
// leaves of it.
func TestHeadsOfCorpus(t *testing.T) {
	folder := os.Getenv(captured.Variable)
	if folder == "" {
		t.Skipf("%s names no folder of captures; those of pcaps/ are tested anyway", captured.Variable)
	}
	w := newWire(t, bpf.Options{Cooked: true, OthersHeaders: true})
	var captures, heads int
	var whole, left uint64
	require.NoError(t, filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		full := headsOf(path, func(s capture.Source) capture.Source { return s })
		if len(full) == 0 {
			return nil // no capture, or none of HTTP/1
		}
		w.heads.Forget(t)
		through := &passed{trimmed: trimmed{wire: w}}
		cut := headsOf(path, func(s capture.Source) capture.Source { through.Source = s; return through })
		for head, times := range full {
			if cut[head] < times {
				t.Errorf("%s: %d of %d heads left: %.200q", path, cut[head], times, head)
			}
			heads += times
		}
		captures++
		whole, left = whole+through.whole, left+through.left
		return nil
	}))
	assert.NotZero(t, captures, "captures of HTTP/1 in %s", folder)
	t.Logf("%d heads in %d captures, %d of %d bytes", heads, captures, left, whole)
}

// passed is a capture of any of the links that are read: what stands in front of
// the network layer stays off the wire.
type passed struct{ trimmed }

func (s *passed) Next(p *capture.Packet) error {
	if err := s.Source.Next(p); err != nil {
		return err
	}
	s.whole += uint64(len(p.Data))
	if at, frame := onWire(p); frame != nil {
		p.Data = p.Data[:min(len(p.Data), at+s.wire.give(frame))]
	}
	s.left += uint64(len(p.Data))
	return nil
}

// onWire gives the packet in a frame for the loopback interface, and where in the
// packet the network layer begins: behind VLAN tags, which the kernel takes out. The
// frame is nil if it cannot be sent there.
func onWire(p *capture.Packet) (at int, frame []byte) {
	const most = 1 << 16
	at, ok := linkHeader[p.Link]
	if !ok || len(p.Data) <= at || len(p.Data)-at > most {
		return 0, nil
	}
	if p.Link != capture.LinkEthernet {
		return at, framed(p.Data[at:])
	}
	for at < len(p.Data) && isVLAN(binary.BigEndian.Uint16(p.Data[at-2:])) {
		at += 4
	}
	if at >= len(p.Data) {
		return 0, nil
	}
	frame = framed(p.Data[at:])
	copy(frame[12:14], p.Data[at-2:]) // it may be something else than IP
	return at, frame
}

func isVLAN(ethertype uint16) bool { return ethertype == 0x8100 || ethertype == 0x88a8 }

// headsOf gives the heads of a capture that were seen whole, each with its
// connection, and how often it was seen. Of a file that is damaged it gives
// those in front of the damage; of one that is no capture, none.
func headsOf(path string, through func(capture.Source) capture.Source) map[string]int {
	file, err := capture.Open(path)
	if err != nil {
		return nil
	}
	defer file.Close() //nolint:errcheck // it was read
	return headsIn(through(file))
}

// headsIn gives the heads in the packets of a source that were seen whole.
func headsIn(source capture.Source) map[string]int {
	h := &headReader{found: map[string]int{}}
	assembler := tcp.NewAssembler(h, tcp.Limits{})
	for p := (capture.Packet{}); source.Next(&p) == nil; {
		assembler.Add(&p)
	}
	assembler.Close()
	return h.found
}

// headReader reads the connections of a capture.
type headReader struct{ found map[string]int }

func (h *headReader) Open(c *tcp.Conn) bool {
	info := http1.ConnInfo{ID: c.ID, A: c.A, B: c.B, Start: c.Start, Whole: c.Opened, ClientKnown: c.Opened}
	c.State = http1.NewStream(info, http1.Limits{}, func(x *http1.Exchange) {
		for _, m := range append([]*http1.Message{x.Request, x.Response}, x.Informational...) {
			if m != nil && m.Complete {
				h.found[fmt.Sprintf("%v %v %s", c.A, c.B, m.Head)]++
			}
		}
	})
	return true
}

func (h *headReader) Chunk(c *tcp.Conn, d tcp.Direction, chunk tcp.Chunk) {
	c.State.(*http1.Stream).Write(http1.Direction(d), chunk.Data, chunk.Packet, chunk.Time)
}

func (h *headReader) Gap(c *tcp.Conn, d tcp.Direction, gap tcp.Gap) {
	c.State.(*http1.Stream).Skip(http1.Direction(d), gap.Length, gap.Packet, gap.Time)
}

func (h *headReader) Fin(c *tcp.Conn, d tcp.Direction, at tcp.Mark) {
	c.State.(*http1.Stream).Fin(http1.Direction(d), at.Packet, at.Time)
}

func (h *headReader) Close(c *tcp.Conn, end tcp.End) {
	c.State.(*http1.Stream).Close(http1.End{Time: end.Time, Packet: end.Packet})
}
