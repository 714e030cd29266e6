package filter

import (
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// frame is a packet without its link header, which each link type adds.
type frame struct {
	etherType uint16
	payload   []byte // from the network header on; VLAN tags before it, if etherType says so
}

// as gives the packet as it lies in a capture file of that link type.
func (f frame) as(link int) []byte {
	var header []byte
	switch link {
	case linkEthernet:
		header = []byte{2, 0, 0x5e, 0, 0, 1, 2, 0, 0x5e, 0, 0, 2, byte(f.etherType >> 8), byte(f.etherType)}
		if len(f.payload)%7 == 0 {
			copy(header, []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
		}
	case linkLinuxSLL:
		header = make([]byte, 16)
		header[1] = byte(len(f.payload) % 5) // the packet's direction
		binary.BigEndian.PutUint16(header[14:], f.etherType)
	case linkLinuxSLL2:
		header = make([]byte, 20)
		binary.BigEndian.PutUint16(header, f.etherType)
		header[7] = byte(len(f.payload) % 3)  // its interface
		header[10] = byte(len(f.payload) % 5) // its direction
	}
	return append(header, f.payload...)
}

// invented gives frames of all kinds that filters tell apart, the same every time.
func invented(count int) []frame {
	random := rand.New(rand.NewPCG(1, 2))
	frames := make([]frame, count)
	for i := range frames {
		frames[i] = inventFrame(random)
	}
	return frames
}

// cut shortens some frames, as a short snapshot length does.
func cut(frames []frame) []frame {
	random := rand.New(rand.NewPCG(3, 4))
	for i := range frames {
		frames[i].payload = frames[i].payload[:random.IntN(len(frames[i].payload)+1)]
	}
	return frames
}

func pick[T any](random *rand.Rand, of ...T) T { return of[random.IntN(len(of))] }

func inventFrame(random *rand.Rand) frame {
	f := frame{etherType: pick[uint16](random, etherIP, etherIP, etherIP, etherIPv6, etherIPv6, etherARP, etherRARP, 0x88cc)}
	switch f.etherType {
	case etherIP:
		f.payload = invent4(random)
	case etherIPv6:
		f.payload = invent6(random)
	default:
		f.payload = bytesOf(random, 28)
		copy(f.payload[14:], pick(random, addresses4...))
		copy(f.payload[24:], pick(random, addresses4...))
	}
	for range pick(random, 0, 0, 0, 1, 2) {
		tag := []byte{0, byte(random.IntN(4)), byte(f.etherType >> 8), byte(f.etherType)}
		f.etherType = pick[uint16](random, etherVLAN, etherVLAN, etherSVLAN, etherQinQ)
		f.payload = append(tag, f.payload...)
	}
	return f
}

var (
	addresses4 = [][]byte{{10, 0, 0, 1}, {10, 0, 0, 2}, {10, 1, 2, 3}, {192, 168, 1, 1}, {224, 0, 0, 251}, {0, 0, 0, 10}}
	addresses6 = [][]byte{
		{0x20, 1, 0xd, 0xb8, 15: 1}, {0x20, 1, 0xd, 0xb8, 15: 2}, {0x20, 1, 0xd, 0xb8, 0x80, 15: 1}, {15: 1}, {0xff, 2, 15: 0xfb},
	}
)

func bytesOf(random *rand.Rand, count int) []byte {
	b := make([]byte, count)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

func invent4(random *rand.Rand) []byte {
	words := pick(random, 5, 5, 5, 6, 15)
	header := bytesOf(random, 4*words)
	header[0] = 0x40 | byte(words)
	header[6], header[7] = pick[byte](random, 0x40, 0x40, 0, 0x20), pick[byte](random, 0, 0, 0, 9)
	header[9] = pick[byte](random, 6, 6, 6, 17, 17, 132, 1, 2, 47, 103, 51, 112)
	copy(header[12:], pick(random, addresses4...))
	copy(header[16:], pick(random, addresses4...))
	return append(header, inventTransport(random)...)
}

func invent6(random *rand.Rand) []byte {
	header := bytesOf(random, 40)
	header[0] = 0x60
	header[6] = pick[byte](random, 6, 6, 17, 132, 58, 44, 0)
	copy(header[8:], pick(random, addresses6...))
	copy(header[24:], pick(random, addresses6...))
	if header[6] == protocolFragment {
		header = append(header, pick[byte](random, 6, 17, 58), 0, 0, 0, 0, 0, 0, 0)
	}
	return append(header, inventTransport(random)...)
}

func inventTransport(random *rand.Rand) []byte {
	b := bytesOf(random, 20+random.IntN(40))
	binary.BigEndian.PutUint16(b, pick[uint16](random, 80, 443, 8080, 53, 22, 5000, 79))
	binary.BigEndian.PutUint16(b[2:], pick[uint16](random, 80, 443, 8080, 53, 22, 5000, 81))
	b[12] = pick[byte](random, 0x50, 0x50, 0x80)
	b[13] = pick[byte](random, 2, 0x12, 0x10, 0x18, 0x11, 4)
	copy(b[20:], pick(random, "GET / HTTP/1.1", "HTTP/1.1 200", ""))
	return b
}

// captured gives every n-th frame of the captures in pcaps/.
func captured(t *testing.T, every int) []frame {
	t.Helper()
	files, err := filepath.Glob("../../pcaps/*/*.pcap*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var frames []frame
	count := 0
	for _, name := range files {
		source, err := capture.Open(name)
		require.NoError(t, err)
		defer source.Close()
		for {
			var p capture.Packet
			if err := source.Next(&p); errors.Is(err, io.EOF) {
				break
			} else {
				require.NoError(t, err)
			}
			if count++; count%every == 0 {
				frames = append(frames, frameOf(t, &p))
			}
		}
	}
	return frames
}

func frameOf(t *testing.T, p *capture.Packet) frame {
	t.Helper()
	data := append([]byte(nil), p.Data...)
	switch p.Link {
	case capture.LinkEthernet:
		return frame{binary.BigEndian.Uint16(data[12:]), data[14:]}
	case capture.LinkLinuxSLL:
		return frame{binary.BigEndian.Uint16(data[14:]), data[16:]}
	case capture.LinkLinuxSLL2:
		return frame{binary.BigEndian.Uint16(data), data[20:]}
	}
	require.Failf(t, "unexpected link type", "%v", p.Link)
	return frame{}
}
