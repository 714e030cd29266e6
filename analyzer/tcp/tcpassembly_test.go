package tcp

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/google/gopacket/tcpassembly"
	"github.com/stretchr/testify/require"
)

// FuzzTCPAssembly holds streams against gopacket's tcpassembly. The segments
// come in any order, overlap, and leave holes, but those that carry the same
// place carry the same bytes: then both must tell the same bytes and the same
// holes. Ours tells of more only at the end, where an acknowledgement shows that
// there was something; theirs does not look at acknowledgements.
//
// plan holds four bytes per segment: its side, its first byte and its length,
// and what it acknowledges.
func FuzzTCPAssembly(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x00\x00\x20\x00\x01\x00\x40\x10\x00\x10\x20\x20"))                 // in order
	f.Add([]byte("\x00\x10\x20\x00\x00\x20\x20\x00\x00\x00\x20\x00\x01\x00\x09\x30")) // the first one last
	f.Add([]byte("\x00\x00\xff\x00\x00\x10\x20\x00\x00\xf0\x60\x00\x00\x80\x09\xff")) // overlaps and a hole
	f.Fuzz(func(t *testing.T, plan []byte) {
		steps := segmentsOf(plan)
		theirs := tcpAssembly(steps)
		l := &ledger{t: t}
		a := NewAssembler(l, Limits{})
		for i, st := range steps {
			a.Add(st.packet(i + 1))
		}
		a.Close()
		for d, want := range theirs {
			require.GreaterOrEqual(t, len(l.stream[d]), len(want))
			require.Equal(t, string(want), string(l.stream[d][:len(want)]))
			require.Empty(t, bytes.Trim(l.stream[d][len(want):], "\x00"), "bytes that gopacket does not tell")
		}
	})
}

// segmentsOf makes a connection with at most so many segments that bytes that
// were acknowledged are waited for to the end.
func segmentsOf(plan []byte) []step {
	const size, most = 600, ackedPackets - 8
	b := talkBuilder{seq: [2]uint32{0xffffff00, 0x7fffff80}} // both about to wrap
	b.send(0, flagSYN, nil)
	b.send(1, flagSYN|flagACK, nil)
	b.send(0, flagACK, nil)
	said := make([]byte, size)
	for i := range said {
		said[i] = byte(i%251) + 1
	}
	for ; len(plan) >= 4 && len(b.steps) < most; plan = plan[4:] {
		side := int(plan[0] & 1)
		from := 2 * int(plan[1])
		data := said[from:min(size, from+int(plan[2]))]
		b.steps = append(b.steps, step{server: side == 1, flags: flagACK, cut: -1, data: string(data),
			seq: b.seq[side] + uint32(from), ack: b.seq[side^1] + 2*uint32(plan[3])})
	}
	return b.steps
}

// tcpAssembly gives what gopacket's tcpassembly tells of both directions, holes
// filled with zero bytes.
func tcpAssembly(steps []step) [2][]byte {
	var streams tcpStreams
	a := tcpassembly.NewAssembler(tcpassembly.NewStreamPool(&streams))
	for i, st := range steps {
		packet := gopacket.NewPacket(st.packet(i+1).Data, layers.LayerTypeIPv4, gopacket.Default)
		segment := packet.TransportLayer().(*layers.TCP)
		a.AssembleWithTimestamp(packet.NetworkLayer().NetworkFlow(), segment, time.Unix(0, st.time))
	}
	a.FlushAll()
	return [2][]byte{streams[0].told, streams[1].told}
}

// tcpStreams makes tcpassembly's streams, by direction.
type tcpStreams [2]tcpStream

func (s *tcpStreams) New(_, ports gopacket.Flow) tcpassembly.Stream {
	if ports.Dst().String() == "80" {
		return &s[0]
	}
	return &s[1]
}

type tcpStream struct{ told []byte }

func (s *tcpStream) Reassembled(parts []tcpassembly.Reassembly) {
	for _, part := range parts {
		s.told = append(s.told, make([]byte, max(0, part.Skip))...)
		s.told = append(s.told, part.Bytes...)
	}
}

func (s *tcpStream) ReassemblyComplete() {}
