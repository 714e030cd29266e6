package tcp

import (
	"bytes"
	"slices"
	"testing"

	"github.com/google/gopacket"
	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps/captured"
)

// decodable are the link types that packets are fuzzed with: all that there are,
// the plainest first.
var decodable = func() []capture.LinkType {
	links := []capture.LinkType{capture.LinkEthernet, capture.LinkRaw}
	for l := range capture.LinkType(1 << 10) {
		if l.Supported() && !slices.Contains(links, l) {
			links = append(links, l)
		}
	}
	return links
}()

// FuzzDecode gives packets of any bytes to a decoder, twice, and compares what
// it makes of a plain TCP packet with what gopacket makes of it.
func FuzzDecode(f *testing.F) {
	f.Add(byte(0), uint16(0), build(f, inside(eth(layers.EthernetTypeIPv4))...))
	f.Add(byte(0), uint16(9), build(f, eth(layers.EthernetTypeIPv6), ip6(layers.IPProtocolTCP), tcpSYN, hello))
	f.Add(byte(0), uint16(0), build(f, inside(vxlanHeaders(5)...)...))
	f.Add(byte(1), uint16(0), build(f, inside(ip4(layers.IPProtocolGRE), raw(0xb0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 42, 0, 0, 0, 1))...))
	f.Add(byte(1), uint16(0), cutting{payload: make([]byte, 64), ipv6: true}.fragment(f, 16, 64))
	f.Add(byte(slices.Index(decodable, capture.LinkIEEE80211)), uint16(0), aggregated(f, "one", "two", "three"))
	for _, c := range linkCases() {
		f.Add(byte(max(0, slices.Index(decodable, c.link))), uint16(0), build(f, inside(c.packet...)...))
	}
	seedPackets(f)
	f.Fuzz(func(t *testing.T, link byte, more uint16, data []byte) {
		d := newFragmentDecoder()
		p := &capture.Packet{Number: 1, Link: decodable[int(link)%len(decodable)], Length: len(data) + int(more), Data: data}
		var s segment
		bounded := func(s *segment) {
			require.LessOrEqual(t, len(s.payload), s.length)
			require.True(t, d.cursor.inflated || len(s.payload) <= len(data))
			require.Equal(t, p.Number, s.Packet)
		}
		d.also = bounded
		for range 2 { // the second time its fragments are known
			if d.decode(p, &s) == KindTCP {
				bounded(&s)
			}
		}
		var layered, plain segment
		if plain.plain(p) {
			require.Equal(t, KindTCP, newFragmentDecoder().layers(p, &layered))
			require.Equal(t, layered, plain)
		}
		if p.Link == capture.LinkEthernet && more == 0 {
			compareWithGopacket(t, p)
		}
	})
}

// seedPackets adds one packet of captures for every kind and length of headers.
func seedPackets(f *testing.F) {
	type headers struct {
		link   capture.LinkType
		kind   Kind
		length int // bytes
	}
	const largest = 64 << 10
	met := map[headers]bool{}
	for _, content := range captured.Files(f, largest) {
		file, err := capture.NewFile(bytes.NewReader(content), "captured")
		if err != nil {
			continue
		}
		d := newFragmentDecoder()
		for p := new(capture.Packet); file.Next(p) == nil; {
			var s segment
			h := headers{link: p.Link, kind: d.decode(p, &s)}
			if h.kind == KindTCP {
				h.length = len(p.Data) - len(s.payload)
			}
			if link := slices.Index(decodable, p.Link); link >= 0 && !met[h] {
				met[h] = true
				f.Add(byte(link), uint16(p.Length-len(p.Data)), bytes.Clone(p.Data))
			}
		}
		_ = file.Close() // it was read
	}
}

// compareWithGopacket compares plain packets only: Ethernet, perhaps tags, one
// IP header without extensions or fragments, lengths that agree, TCP.
func compareWithGopacket(t *testing.T, p *capture.Packet) {
	packet := gopacket.NewPacket(p.Data, layers.LayerTypeEthernet, gopacket.NoCopy)
	wanted, ok := packet.Layer(layers.LayerTypeTCP).(*layers.TCP)
	if !ok || !isPlain(packet) {
		return
	}
	var s segment
	kind := newFragmentDecoder().decode(p, &s)
	require.Equal(t, KindTCP, kind, kind.String())
	require.Equal(t, uint16(wanted.SrcPort), s.srcPort)
	require.Equal(t, uint16(wanted.DstPort), s.dstPort)
	require.Equal(t, wanted.Seq, s.seq)
	require.Equal(t, wanted.Ack, s.ack)
	require.Equal(t, wanted.SYN, s.has(flagSYN))
	require.Equal(t, wanted.FIN, s.has(flagFIN))
	require.Equal(t, wanted.RST, s.has(flagRST))
	require.Equal(t, wanted.ACK, s.has(flagACK))
	require.True(t, bytes.Equal(wanted.Payload, s.payload))
	ends := packet.NetworkLayer().NetworkFlow()
	src := s.src.netip().AsSlice()
	if len(ends.Src().Raw()) == len(src) { // not an IPv4-mapped address in an IPv6 header
		require.Equal(t, ends.Src().Raw(), src)
		require.Equal(t, ends.Dst().Raw(), s.dst.netip().AsSlice()[:len(src)])
	}
}

// isPlain tells whether gopacket and the decoder ought to agree on a packet.
// They don't want to on lengths of 0, on those that go beyond the packet, nor on
// option fields that can't be read, which are of no interest here.
func isPlain(packet gopacket.Packet) bool {
	if packet.ErrorLayer() != nil || packet.Metadata().Truncated {
		return false
	}
	headers := 0 // of IP: packet.NetworkLayer is the outermost
	for _, l := range packet.Layers() {
		if _, ip := l.(gopacket.NetworkLayer); ip {
			headers++
		}
		switch l := l.(type) {
		case *layers.Ethernet, *layers.Dot1Q, *layers.TCP, gopacket.ApplicationLayer:
		case *layers.IPv4:
			if l.Version != 4 || l.Length == 0 || l.FragOffset != 0 || l.Flags&layers.IPv4MoreFragments != 0 {
				return false
			}
		case *layers.IPv6:
			if l.Version != 6 || l.Length == 0 {
				return false
			}
		default:
			return false
		}
	}
	return headers == 1
}

// FuzzAssembler captures a conversation as a string of bytes says. Behind the
// handshake, each byte in turn says by how many places a segment is late. Pairs
// of bytes after that add parts of segments: which one, and what part. Nothing
// is lost, so that the streams must be whole.
func FuzzAssembler(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("every segment is late by something else, and some come twice"))
	f.Add([]byte{9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 5, 0x11, 5, 0x22, 7, 0x83, 9, 0xfd})
	f.Fuzz(func(t *testing.T, plan []byte) {
		talk := newTalk(50)
		const handshake, parts = 3, 30
		late := make([]int, len(talk.steps)) // places, in halves
		for i := handshake; i < len(late) && len(plan) > 0; i++ {
			late[i] = 2*i + int(plan[0])%32
			plan = plan[1:]
		}
		for n := 0; n < parts && len(plan) > 1; n++ {
			i := handshake + int(plan[0])%(len(late)-handshake)
			talk.steps = append(talk.steps, talk.steps[i].part(plan[1]))
			late = append(late, 2*i+int(plan[1])%32)
			plan = plan[2:]
		}
		order := inOrder(len(late))
		slices.SortStableFunc(order, func(i, j int) int { return late[i] - late[j] })
		l := &ledger{t: t}
		a := NewAssembler(l, Limits{})
		for _, i := range order {
			a.Add(talk.steps[i].packet(i + 1))
		}
		a.Close()
		assertWhole(t, talk, l)
	})
}

// part makes another segment with some of the bytes: from one sixteenth on, as
// the upper half of how says, to another, as the lower half says. A FIN stays
// behind the last byte.
func (st step) part(how byte) step {
	n := len(st.data)
	from, to := n*int(how>>4)/15, n*int(how&15)/15
	if from >= to {
		return st
	}
	if to < n {
		st.flags &^= flagFIN
	}
	st.data = st.data[from:to]
	st.seq += uint32(from)
	return st
}
