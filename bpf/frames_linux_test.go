//go:build amd64 || arm64

package bpf

import (
	"encoding/binary"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// tunnelFrame is the header of a WebSocket frame and its payload (RFC 6455 §5.2).
type tunnelFrame struct {
	opcode byte
	bits   int // of the payload length: 7, 16 or 64
	masked bool
	length int
}

func (f tunnelFrame) header() string {
	h := []byte{0x80 | f.opcode, byte(f.length)}
	switch f.bits {
	case 16:
		h[1] = 126
		h = binary.BigEndian.AppendUint16(h, uint16(f.length))
	case 64:
		h[1] = 127
		h = binary.BigEndian.AppendUint64(h, uint64(f.length))
	}
	if f.masked {
		h[1] |= 0x80
		h = append(h, "mask"...)
	}
	return string(h)
}

// framing is what has to go up of the frame: its header and, of a control frame,
// all.
func (f tunnelFrame) framing() int {
	if f.opcode >= 8 {
		return len(f.header()) + f.length
	}
	return len(f.header())
}

// Wherever frames are cut into packets, all of their headers go up, and all of
// the control frames.
func TestFramesCutAnywhere(t *testing.T) {
	frames := []tunnelFrame{
		{1, 16, false, 260}, // the first 256 bytes of a tunnel go up anyway
		{2, 7, true, 20}, {1, 16, true, 126}, {0, 64, true, 30}, {9, 7, true, 8},
		{2, 64, false, 20}, {1, 16, false, 20}, {1, 7, false, 0}, {2, 16, false, 0}, {10, 7, false, 0},
		{2, 64, true, 50}, {8, 7, true, 20},
	}
	var stream strings.Builder
	var framing []int // offsets in the stream
	for _, f := range frames {
		for i := range f.framing() {
			framing = append(framing, stream.Len()+i)
		}
		stream.WriteString(f.header() + body(f.length))
	}
	h := load(t, Options{})
	for cut := 1; cut < stream.Len(); cut++ {
		s := play(t, h, cut).opened()
		s.says(client, upgrade, all)
		s.says(server, switching, all)
		first, second := stream.String()[:cut], stream.String()[cut:]
		given, givenToo := s.sent(server, first), s.sent(server, second)
		for _, at := range framing {
			require.True(t, at < given || at >= cut && at < cut+givenToo, "cut at %d, given %d and %d: offset %d is framing", cut, given, givenToo, at)
		}
		s.says(server, "\x82\x7e\x03\xe8"+body(600), 4) // what follows is at its place
		s.says(server, body(400), 0)
		s.says(server, "\x81", all)
	}
}

// A frame may be longer than any packet.
func TestLongFrame(t *testing.T) {
	s := play(t, load(t, Options{}), 0).opened()
	s.says(client, upgrade, all)
	s.says(server, switching, all)
	const packets, each = 100, 1400
	long := tunnelFrame{2, 64, false, packets * each}
	s.says(server, long.header()+body(256), all) // of a tunnel the first bytes go up
	for range packets - 1 {
		s.says(server, body(each), 0)
	}
	s.says(server, body(each-256)+"\x88\x02\x03\xe8", all)
}
