package analyzer_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps/captured"
)

// rewrites make other packets of one that tell the receiver the same.
var rewrites = []struct {
	name    string
	rewrite func(packet []byte, length int) []frame
}{
	{"captured twice", func(packet []byte, length int) []frame { return []frame{{packet, length}, {packet, length}} }},
	{"in a VLAN", tagged},
	{"in VXLAN", wrapped},
	{"in two fragments, the last one first", fragmented},
	{"segments after their first byte", func(p []byte, n int) []frame { return segmented(p, n, func(int) int { return 1 }) }},
	{"segments after a third", func(p []byte, n int) []frame { return segmented(p, n, func(n int) int { return max(1, n/3) }) }},
	{"segments before their last byte", func(p []byte, n int) []frame { return segmented(p, n, func(n int) int { return n - 1 }) }},
}

// What is read of a capture does not depend on how its bytes were packed.
func TestRewrittenCaptures(t *testing.T) {
	const largest = 8 << 20
	// Captures of others, by their CRC-32, of which a rewriting may change what is read.
	except := map[uint32]string{
		0xfa41a4c0: "a response behind a NUL is one only where a packet begins with it",
		0x3374fe71: "who was called is taken for the client only if a packet begins with a whole request line",
	}
	for i, file := range captured.Files(t, largest) {
		want, ok := messagesOf(t, file, nil)
		if !ok || len(want) == 0 || except[crc32.ChecksumIEEE(file)] != "" {
			continue
		}
		for _, r := range rewrites {
			got, _ := messagesOf(t, file, r.rewrite)
			assert.Equal(t, want, got, "capture %d (CRC-32 %#x), %s", i, crc32.ChecksumIEEE(file), r.name)
		}
	}
}

// messagesOf gives the messages of a capture in an order of their own; false if it cannot be read.
func messagesOf(t *testing.T, file []byte, rewrite func([]byte, int) []frame) ([]string, bool) {
	source, err := capture.NewFile(bytes.NewReader(file), "x")
	if err != nil {
		return nil, false
	}
	defer func() { require.NoError(t, source.Close()) }()
	report, err := analyzer.Run(t.Context(), []analyzer.Input{{
		Name: "x", Source: &rewritten{Source: source, rewrite: rewrite}, Hops: []analyzer.HopInput{{Name: "x"}},
	}}, analyzer.Options{All: true, Journeys: 1 << 20})
	if err != nil {
		return nil, false
	}
	var all []string
	for _, j := range report.Journeys {
		x := j.Match.Exchanges[0]
		all = append(all, told(x.Request)+" -> "+told(x.Response))
	}
	slices.Sort(all)
	return all, true
}

func told(m *http1.Message) string {
	if m == nil {
		return "?"
	}
	return fmt.Sprint(m.Method, m.Target, m.Status, m.Version, m.Fields, m.Complete)
}

// frame is what is captured of a packet, and how long it was.
type frame struct {
	data   []byte
	length int
}

// rewritten is a source whose packets are others.
type rewritten struct {
	capture.Source
	rewrite func(packet []byte, length int) []frame
	waiting []frame
	last    capture.Packet
	number  uint64
}

func (r *rewritten) Next(p *capture.Packet) error {
	if len(r.waiting) == 0 {
		if err := r.Source.Next(&r.last); err != nil {
			return err
		}
		r.waiting = []frame{{r.last.Data, r.last.Length}}
		if r.rewrite != nil && r.last.Link == capture.LinkEthernet {
			r.waiting = r.rewrite(bytes.Clone(r.last.Data), r.last.Length)
		}
	}
	r.number++
	*p = r.last
	p.Number, p.Data, p.Length = r.number, r.waiting[0].data, r.waiting[0].length
	r.waiting = r.waiting[1:]
	return nil
}

const ethernetLen, ipv4Len = 14, 20

func tagged(packet []byte, length int) []frame {
	if len(packet) < ethernetLen {
		return []frame{{packet, length}}
	}
	return []frame{{slices.Concat(packet[:12], []byte{0x81, 0, 0, 7}, packet[12:]), length + 4}}
}

func wrapped(packet []byte, length int) []frame {
	const headers = ethernetLen + ipv4Len + 8 + 8
	outer := []byte("\x02\x00\x00\x00\x00\x01\x02\x00\x00\x00\x00\x02\x08\x00" +
		"\x45\x00\x00\x00\x00\x01\x40\x00\x40\x11\x00\x00\x0a\x09\x09\x01\x0a\x09\x09\x02" +
		"\xc3\x50\x12\xb5\x00\x00\x00\x00" + "\x08\x00\x00\x00\x00\x00\x2a\x00")
	binary.BigEndian.PutUint16(outer[ethernetLen+2:], uint16(min(0xffff, length+headers-ethernetLen)))
	binary.BigEndian.PutUint16(outer[ethernetLen+ipv4Len+4:], uint16(min(0xffff, length+headers-ethernetLen-ipv4Len)))
	return []frame{{append(outer, packet...), length + headers}}
}

// tcpOf gives the TCP segment in a plain packet that is whole; nil if it is none.
func tcpOf(packet []byte, length int) []byte {
	if len(packet) != length || len(packet) < ethernetLen+ipv4Len+20 || packet[12] != 8 || packet[13] != 0 || packet[ethernetLen] != 0x45 {
		return nil
	}
	ip := packet[ethernetLen:]
	total := int(binary.BigEndian.Uint16(ip[2:]))
	const protoTCP = 6
	if ip[9] != protoTCP || binary.BigEndian.Uint16(ip[6:])&0x3fff != 0 || total > len(ip) || total < ipv4Len+20 {
		return nil
	}
	return ip[ipv4Len:total]
}

// inIP puts what follows the IP header of a packet behind that of another.
func inIP(packet, payload []byte, fragment uint16) frame {
	p := slices.Concat(packet[:ethernetLen+ipv4Len], payload)
	binary.BigEndian.PutUint16(p[ethernetLen+2:], uint16(ipv4Len+len(payload)))
	binary.BigEndian.PutUint16(p[ethernetLen+6:], fragment)
	return frame{p, len(p)}
}

func fragmented(packet []byte, length int) []frame {
	const moreFragments, unit = 0x2000, 8
	tcp := tcpOf(packet, length)
	half := len(tcp) / 2 / unit
	if half < 3 {
		return []frame{{packet, length}}
	}
	return []frame{inIP(packet, tcp[half*unit:], uint16(half)), inIP(packet, tcp[:half*unit], moreFragments)}
}

func segmented(packet []byte, length int, at func(int) int) []frame {
	const syn, finAndPush = 2, 9
	tcp := tcpOf(packet, length)
	if tcp == nil {
		return []frame{{packet, length}}
	}
	header := int(tcp[12]>>4) * 4
	if header < 20 || len(tcp) < header+2 || tcp[13]&syn != 0 {
		return []frame{{packet, length}}
	}
	content := tcp[header:]
	cut := at(len(content))
	first := slices.Concat(tcp[:header], content[:cut])
	first[13] &^= finAndPush
	second := slices.Concat(tcp[:header], content[cut:])
	binary.BigEndian.PutUint32(second[4:], binary.BigEndian.Uint32(second[4:])+uint32(cut))
	return []frame{inIP(packet, first, 0), inIP(packet, second, 0)}
}
