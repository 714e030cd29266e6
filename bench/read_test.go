package bench

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// recording is what a capture file holds, read back by others' code.
type recording struct {
	packets     int
	bytes       int64
	disordered  int // packets that stand behind a later one of their direction
	connections map[string]*[2]stream
	order       []*[2]stream // as they were opened
}

// stream is one direction of a connection.
type stream struct {
	next     uint32 // sequence number
	highest  uint32 // of any packet so far
	data     bytes.Buffer
	arrivals []arrival
	early    map[uint32][]byte // segments that came before their turn
	ended    bool
}

// arrival says when the bytes from an offset on were seen.
type arrival struct {
	offset int
	at     time.Time
}

// readBack reads a capture file and puts its streams together. Every checksum
// must be right and times must not go back.
func readBack(t *testing.T, path string) *recording {
	t.Helper()
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	// Little endian, microseconds, version 2.4, Ethernet (draft-ietf-opsawg-pcap §4).
	require.Equal(t, "d4c3b2a1020004000000000000000000", hex.EncodeToString(b[:16]))
	require.Equal(t, uint32(layers.LinkTypeEthernet), binary.LittleEndian.Uint32(b[20:]))
	rec := &recording{connections: map[string]*[2]stream{}}
	var before time.Time
	for b = b[24:]; len(b) > 0; {
		number := func(at int) int { return int(binary.LittleEndian.Uint32(b[at:])) }
		at, length := time.Unix(int64(number(0)), int64(number(4))*1000), number(8)
		require.Equal(t, length, number(12), "captured and original length")
		require.False(t, at.Before(before), "packet %d is before the one before it", rec.packets+1)
		before = at
		rec.packets++
		rec.bytes += int64(length)
		rec.add(t, b[16:16+length], at)
		b = b[16+length:]
	}
	return rec
}

func (rec *recording) add(t *testing.T, data []byte, at time.Time) {
	packet := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
	require.Nil(t, packet.ErrorLayer())
	ip := packet.Layer(layers.LayerTypeIPv4).(*layers.IPv4)
	tcp := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
	require.NoError(t, tcp.SetNetworkLayerForChecksum(ip))
	// Summed up with the checksum in its place, right ones give zero.
	sum, err := tcp.ComputeChecksum()
	require.NoError(t, err)
	require.Zero(t, sum, "TCP checksum of packet %d", rec.packets)
	require.Equal(t, uint16(0xffff), fold(bigEndianSum(ip.Contents)), "IP checksum of packet %d", rec.packets)

	flow := ip.NetworkFlow().Src().String() + ":" + tcp.SrcPort.String()
	back := ip.NetworkFlow().Dst().String() + ":" + tcp.DstPort.String()
	key, direction := flow+" "+back, 0
	if tcp.SrcPort == 80 || tcp.SrcPort == 443 || tcp.SrcPort == 3000 {
		key, direction = back+" "+flow, 1
	}
	c := rec.connections[key]
	if c == nil {
		c = &[2]stream{{early: map[uint32][]byte{}}, {early: map[uint32][]byte{}}}
		rec.connections[key] = c
		rec.order = append(rec.order, c)
	}
	rec.follow(&c[direction], tcp, at)
}

// follow puts a segment where it belongs.
func (rec *recording) follow(s *stream, tcp *layers.TCP, at time.Time) {
	switch {
	case tcp.SYN:
		s.next, s.highest = tcp.Seq+1, tcp.Seq+1
		return
	case tcp.FIN:
		s.ended = tcp.Seq == s.next
	}
	if int32(tcp.Seq-s.highest) < 0 {
		rec.disordered++
	} else {
		s.highest = tcp.Seq
	}
	if len(tcp.Payload) > 0 {
		s.early[tcp.Seq] = tcp.Payload
	}
	for p, ok := s.early[s.next]; ok; p, ok = s.early[s.next] {
		delete(s.early, s.next)
		s.arrivals = append(s.arrivals, arrival{s.data.Len(), at})
		s.data.Write(p)
		s.next += uint32(len(p))
	}
}

func bigEndianSum(b []byte) (s uint64) {
	for i := 0; i+1 < len(b); i += 2 {
		s += uint64(b[i])<<8 | uint64(b[i+1])
	}
	return s
}

// whole tells that nothing is missing from the connections: they were opened
// and closed, and all bytes between are there.
func (rec *recording) whole(t *testing.T) {
	t.Helper()
	for _, c := range rec.order {
		for _, s := range c {
			assert.Empty(t, s.early, "segments that nothing leads to")
			assert.True(t, s.ended, "no FIN behind the last byte")
		}
	}
}

// seen is an exchange as net/http reads it.
type seen struct {
	request  *http.Request
	response *http.Response
	asked    time.Time // first byte of the request
	answered time.Time // first byte of the response
}

// exchanges reads the requests and responses of all connections. What net/http
// keeps of a head is enough here.
func (rec *recording) exchanges(t *testing.T) []seen {
	t.Helper()
	var all []seen
	for _, c := range rec.order {
		asks, answers := newPosition(&c[0]), newPosition(&c[1])
		for asks.left() > 0 {
			x := seen{asked: asks.time(), answered: answers.time()}
			var err error
			x.request, err = http.ReadRequest(asks.reader)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, x.request.Body)
			require.NoError(t, err)
			x.response, err = http.ReadResponse(answers.reader, x.request)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, x.response.Body)
			require.NoError(t, err)
			all = append(all, x)
			if x.response.StatusCode == http.StatusSwitchingProtocols {
				break
			}
		}
	}
	return all
}

// position is a place in a stream.
type position struct {
	stream *stream
	under  *bytes.Reader
	reader *bufio.Reader
}

func newPosition(s *stream) position {
	under := bytes.NewReader(s.data.Bytes())
	return position{s, under, bufio.NewReader(under)}
}

func (p position) left() int { return p.under.Len() + p.reader.Buffered() }

// time tells when the next byte was seen.
func (p position) time() (at time.Time) {
	offset := p.stream.data.Len() - p.left()
	for _, a := range p.stream.arrivals {
		if a.offset > offset {
			break
		}
		at = a.at
	}
	return at
}

// generate makes captures and reads them back, client side first.
func generate(t *testing.T, o Options) (Summary, []*recording) {
	t.Helper()
	dir := t.TempDir()
	s, err := Generate(dir, o)
	require.NoError(t, err)
	var recs []*recording
	for _, h := range s.Hops {
		recs = append(recs, readBack(t, filepath.Join(dir, h.Name+".pcap")))
	}
	return s, recs
}
