package tcp

import (
	"testing"

	"github.com/hophound/hophound/capture"
)

// counter is a Handler that does next to nothing.
type counter struct{ bytes int }

func (c *counter) Open(*Conn) bool                         { return true }
func (c *counter) Chunk(_ *Conn, _ Direction, chunk Chunk) { c.bytes += len(chunk.Data) }
func (c *counter) Gap(*Conn, Direction, Gap)               {}
func (c *counter) Fin(*Conn, Direction, Mark)              {}
func (c *counter) Close(*Conn, End)                        {}

// benchmarkInOrder gives segments of many connections in turn, each the next
// one of its own, behind the given headers.
func benchmarkInOrder(b *testing.B, link capture.LinkType, conns, size int, headers []byte) {
	var h counter
	a := NewAssembler(&h, Limits{})
	packets := make([]capture.Packet, conns)
	for i := range packets {
		for _, data := range [][]byte{
			rawTCP(client(i), server, 99, 0, flagSYN, ""),
			rawTCP(server, client(i), 299, 100, flagSYN|flagACK, ""),
			rawTCP(client(i), server, 100, 300, flagACK, repeat('x', size)),
		} {
			data = append(append([]byte(nil), headers...), data...)
			packets[i] = capture.Packet{Link: link, Length: len(data), Data: data}
			a.Add(&packets[i])
		}
	}
	seq := len(headers) + 24
	b.SetBytes(int64(len(packets[0].Data)))
	b.ReportAllocs()
	b.ResetTimer()
	number := uint64(0)
	for i := 0; b.Loop(); i++ {
		if i == conns {
			i = 0
		}
		p := &packets[i]
		number++
		p.Number, p.Time = number, int64(number)*1000
		s := be32(p.Data[seq:]) + uint32(size)
		p.Data[seq], p.Data[seq+1], p.Data[seq+2], p.Data[seq+3] = byte(s>>24), byte(s>>16), byte(s>>8), byte(s)
		a.Add(p)
	}
	b.StopTimer()
	if a.Stats().Gaps > 0 || h.bytes == 0 {
		b.Fatal("the segments were not in order")
	}
}

var ethernetIPv4 = []byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0}

func BenchmarkOneConnection(b *testing.B) {
	benchmarkInOrder(b, capture.LinkEthernet, 1, 1448, ethernetIPv4)
}

func BenchmarkThousandConnections(b *testing.B) {
	benchmarkInOrder(b, capture.LinkEthernet, 1000, 1448, ethernetIPv4)
}

func BenchmarkHundredThousandConnections(b *testing.B) {
	benchmarkInOrder(b, capture.LinkEthernet, 100_000, 64, ethernetIPv4)
}

func BenchmarkVXLAN(b *testing.B) {
	inner := rawTCP(client(0), server, 0, 0, 0, repeat('x', 1000))
	packet := build(b, append(vxlanHeaders(7), raw(inner...))...)
	benchmarkInOrder(b, capture.LinkEthernet, 1000, 1000, packet[:len(packet)-len(inner)])
}

// BenchmarkConnections is a whole short connection per operation: handshake,
// request, response, end.
func BenchmarkConnections(b *testing.B) {
	a := NewAssembler(new(counter), Limits{})
	var packets []*capture.Packet
	for i, st := range newTalk(1000).steps {
		packets = append(packets, st.packet(i+1))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		for _, p := range packets {
			p.Number, p.Time = p.Number+uint64(len(packets)), p.Time+100_000
			p.Data[13], p.Data[14], p.Data[15] = byte(i>>16), byte(i>>8), byte(i)
			if p.Data[21] == 80 { // the server's
				copy(p.Data[12:], []byte{10, 0, 0, 2})
				p.Data[17], p.Data[18], p.Data[19] = byte(i>>16), byte(i>>8), byte(i)
			}
			a.Add(p)
		}
	}
}

// BenchmarkSwapped gives each two segments in the wrong order, so that every
// second one is copied.
func BenchmarkSwapped(b *testing.B) {
	var h counter
	a := NewAssembler(&h, Limits{})
	for i, st := range (script(shake)).steps(b) {
		a.Add(st.packet(i + 1))
	}
	const size = 1448
	st := script(scriptLine("> A 101 301 %s", repeat('x', size))).steps(b)[0]
	p := st.packet(9)
	p.Data = append(p.Data[:0:0], p.Data...)
	b.SetBytes(int64(len(p.Data)))
	b.ReportAllocs()
	for i := uint32(0); b.Loop(); i++ {
		s := 101 + (i^1)*size
		p.Data[24], p.Data[25], p.Data[26], p.Data[27] = byte(s>>24), byte(s>>16), byte(s>>8), byte(s)
		p.Number++
		a.Add(p)
	}
	if a.Stats().Gaps > 0 || h.bytes == 0 {
		b.Fatal("the segments did not fit together")
	}
}
