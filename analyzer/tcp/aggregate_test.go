package tcp

import (
	"net"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// aggregated puts frames, each behind an LLC header, into one frame of Wi-Fi.
func aggregated(t testing.TB, payloads ...string) []byte {
	data := append(wifi(0x88, 2), 0x80, 0)
	for i, payload := range payloads {
		tcp := *tcpSYN
		tcp.Seq += uint32(i * 100)
		frame := build(t, snapIPv4, ip4(layers.IPProtocolTCP), &tcp, gopacket.Payload(payload))
		for len(data)%4 != 2 { // the header has 26 bytes
			data = append(data, 0)
		}
		data = append(data, make([]byte, 12)...)
		data = append(data, byte(len(frame)>>8), byte(len(frame)))
		data = append(data, frame...)
	}
	return data
}

// Every segment of an aggregate counts, in its order.
func TestSeveralFramesInOne(t *testing.T) {
	data := aggregated(t, "one", "two22", "three")
	tr := new(transcript)
	a := NewAssembler(tr, Limits{})
	a.Add(&capture.Packet{Number: 5, Link: capture.LinkIEEE80211, Length: len(data), Data: data})
	a.Close()
	stats := a.Stats()
	assert.EqualValues(t, 1, stats.Packets)
	assert.EqualValues(t, 3, stats.Segments)
	assert.Equal(t, told(`open 10.0.0.1:1000 > 10.0.0.2:80
		5 > one
		5 close reused
		#2 open 10.0.0.1:1000 > 10.0.0.2:80
		#2 5 > two22
		#2 5 close reused
		#3 open 10.0.0.1:1000 > 10.0.0.2:80
		#3 5 > three
		#3 5 close capture`), tr.lines, "each is a SYN")

	for n := range data { // what is cut off is not read, nothing is read twice
		a := NewAssembler(new(transcript), Limits{})
		a.Add(&capture.Packet{Number: 5, Link: capture.LinkIEEE80211, Length: len(data), Data: data[:n:n]})
		assert.LessOrEqual(t, a.Stats().Segments, uint64(3))
		a.Add(&capture.Packet{Number: 5, Link: capture.LinkIEEE80211, Length: n, Data: data[:n:n]})
	}
}

// A Teredo client's packets are known by their addresses, whatever the port.
func TestTeredoWithRelay(t *testing.T) {
	inner := ip6(layers.IPProtocolIPv4)
	inner.SrcIP = net.ParseIP("2001:0:4137:9e50::1")
	packet := parts{ip4(layers.IPProtocolUDP), udpTo(32900), inner}
	data := build(t, inside(packet...)...)
	var d decoder
	var s segment
	kind := d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(data), Data: data}, &s)
	require.Equal(t, KindTCP, kind, kind.String())
	assert.Equal(t, "10.0.0.1:1000 10.0.0.2:80 7 hello", s.String())

	inner.SrcIP = net.ParseIP("2001:db8::1")
	data = build(t, inside(packet...)...)
	assert.Equal(t, KindUDP, d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(data), Data: data}, &s))
}
