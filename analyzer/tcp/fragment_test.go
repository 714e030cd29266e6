package tcp

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/gopacket/layers"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/capture"
)

// cutting is a datagram cut into fragments, as a list of "from-to" in bytes of
// its payload, in the order in which they are captured. The last byte of the
// payload makes a fragment the last one.
type cutting struct {
	payload []byte
	id      uint32
	ipv6    bool
}

// fragment makes the packet of one fragment.
func (c cutting) fragment(t testing.TB, from, to int) []byte {
	more := to < len(c.payload)
	body := raw(c.payload[from:to]...)
	if c.ipv6 {
		field := uint16(from)
		if more {
			field |= 1
		}
		header := raw(protoTCP, 0, byte(field>>8), byte(field), byte(c.id>>24), byte(c.id>>16), byte(c.id>>8), byte(c.id))
		return build(t, ip6(44), header, body)
	}
	ip := ip4(layers.IPProtocolTCP)
	ip.Id, ip.FragOffset = uint16(c.id), uint16(from/8)
	if more {
		ip.Flags = layers.IPv4MoreFragments
	}
	return build(t, ip, body)
}

// fragments makes the packets of "0-32 32-60 …"; a "!" behind a range changes
// its bytes to exclamation marks.
func (c cutting) fragments(t testing.TB, ranges string) [][]byte {
	var packets [][]byte
	for r := range strings.FieldsSeq(ranges) {
		var from, to int
		_, err := fmt.Sscanf(r, "%d-%d", &from, &to)
		require.NoError(t, err, r)
		changed := c
		if strings.HasSuffix(r, "!") {
			changed.payload = append([]byte(nil), c.payload...)
			for i := from; i < to; i++ {
				changed.payload[i] = '!'
			}
		}
		packets = append(packets, changed.fragment(t, from, to))
	}
	return packets
}

// newFragmentDecoder gives a decoder with the default limits.
func newFragmentDecoder() *decoder { return &NewAssembler(new(transcript), Limits{}).decoder }

func addRaw(d *decoder, data []byte) (string, Kind) {
	var s segment
	kind := d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(data), Data: data}, &s)
	return string(s.payload), kind
}

func TestFragments(t *testing.T) {
	text := "0123456789abcdefghijklmnopqrstuvwxyz" // behind 24 bytes of TCP header
	payload := build(t, tcpSYN, raw([]byte(text)...))
	require.Len(t, payload, 60)
	both := []bool{false, true}
	for _, c := range []struct {
		name   string
		ranges string
		ipv6   []bool
		want   string // "" if it never becomes whole
	}{
		{"in order", "0-24 24-48 48-60", both, text},
		{"backwards", "48-60 24-48 0-24", both, text},
		{"the TCP header in two", "0-8 8-60", both, text},
		{"the same fragment twice", "0-24 0-24 48-60 48-60 24-48", both, text},
		{"one missing", "0-24 48-60", both, ""},
		{"overlap in IPv4: the first bytes win", "0-32 24-48! 48-60", both[:1],
			text[:8] + strings.Repeat("!", 16) + text[24:]},
		{"overlap in IPv6: the datagram is dropped, and what comes later of it too", "0-32 24-48 48-60 0-24 24-48", both[1:], ""},
		{"an end beyond the end", "0-24 24-48 40-60 56-60 48-56", both[1:], ""},
		{"a second, shorter end", "0-24 48-60 24-60!", both[1:], ""},
	} {
		for _, ipv6 := range c.ipv6 {
			t.Run(fmt.Sprintf("%s, IPv6 %v", c.name, ipv6), func(t *testing.T) {
				d := newFragmentDecoder()
				got := ""
				packets := cutting{payload: payload, id: 9, ipv6: ipv6}.fragments(t, c.ranges)
				for i, p := range packets {
					data, kind := addRaw(d, p)
					if c.want != "" && i == len(packets)-1 {
						require.Equal(t, KindTCP, kind)
						got = data
						continue
					}
					assert.Equal(t, KindFragment, kind)
				}
				assert.Equal(t, c.want, got)
				d.fragments.close()
				assert.Equal(t, uint64(len(packets)), d.fragments.fragments)
				assert.Equal(t, c.want == "", d.fragments.abandoned == 1)
				assert.Zero(t, d.fragments.bytes)
			})
		}
	}
}

// Fragments of several datagrams mix; some have the same id in another tunnel
// or between other protocols, and each gets its own bytes.
func TestFragmentsOfSeveralDatagrams(t *testing.T) {
	d := newFragmentDecoder()
	var tails [][]byte
	for id := range uint32(50) {
		c := cutting{payload: build(t, tcpSYN, raw([]byte(fmt.Sprintf("datagram %07d", id))...)), id: id % 25, ipv6: id >= 25}
		_, kind := addRaw(d, c.fragment(t, 0, 16))
		require.Equal(t, KindFragment, kind)
		tails = append(tails, c.fragment(t, 16, 40))
	}
	for id, tail := range tails {
		got, kind := addRaw(d, tail)
		require.Equal(t, KindTCP, kind)
		assert.Equal(t, fmt.Sprintf("datagram %07d", id), got)
	}
}

// A fragment of which less was captured cuts the datagram there; its length on
// the wire stays.
func TestFragmentsCutShort(t *testing.T) {
	c := cutting{payload: build(t, tcpSYN, raw([]byte("0123456789abcdefghijklmnopqrstuvwxyz")...)), id: 1}
	d := newFragmentDecoder()
	first := c.fragment(t, 0, 40)
	var s segment
	d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(first), Data: first[:len(first)-6]}, &s)
	last := c.fragment(t, 40, 60)
	kind := d.decode(&capture.Packet{Link: capture.LinkRaw, Length: len(last), Data: last}, &s)
	require.Equal(t, KindTCP, kind)
	assert.Equal(t, "0123456789", string(s.payload))
	assert.Equal(t, 36, s.length)
}

// A tunnel whose packets are fragmented, and whose inner packets are too.
func TestFragmentsInFragments(t *testing.T) {
	inner := cutting{payload: build(t, tcpSYN, hello), id: 1}
	d := newFragmentDecoder()
	var got string
	var kind Kind
	for id, packet := range inner.fragments(t, "0-16 16-29") {
		outer := ip4(layers.IPProtocolIPv4)
		outer.Id = uint16(100 + id)
		outer.Flags = layers.IPv4MoreFragments
		_, kind = addRaw(d, build(t, outer, raw(packet[:24]...)))
		require.Equal(t, KindFragment, kind)
		outer.Flags, outer.FragOffset = 0, 3
		got, kind = addRaw(d, build(t, outer, raw(packet[24:]...)))
	}
	assert.Equal(t, KindTCP, kind)
	assert.Equal(t, "hello", got)
}

func TestFragmentLimits(t *testing.T) {
	head := func(id uint32) []byte {
		return cutting{payload: make([]byte, 2000), id: id, ipv6: true}.fragment(t, 0, 1000)
	}
	t.Run("number", func(t *testing.T) {
		a := NewAssembler(new(transcript), Limits{Datagrams: 10})
		for id := range uint32(30) {
			addRaw(&a.decoder, head(id))
		}
		assert.Len(t, a.decoder.fragments.datagrams, 10)
		assert.Equal(t, uint64(20), a.Stats().Limits.Datagrams)
		assert.Equal(t, uint64(20), a.Stats().DatagramsAbandoned)
	})
	t.Run("bytes", func(t *testing.T) {
		a := NewAssembler(new(transcript), Limits{DatagramBytes: 10 << 10})
		for id := range uint32(30) {
			addRaw(&a.decoder, head(id))
			assert.LessOrEqual(t, a.decoder.fragments.bytes, 10<<10)
		}
		assert.Positive(t, a.Stats().Limits.Datagrams)
	})
	t.Run("age", func(t *testing.T) {
		a := NewAssembler(new(transcript), Limits{DatagramAge: time.Second})
		for id := range uint32(30) {
			data := head(id)
			a.Add(&capture.Packet{Time: int64(id) * 1e8, Link: capture.LinkRaw, Length: len(data), Data: data})
		}
		assert.Len(t, a.decoder.fragments.datagrams, 10)
		a.Close()
		assert.Equal(t, uint64(30), a.Stats().DatagramsAbandoned)
		assert.Zero(t, a.Stats().Limits.Datagrams)
	})
	t.Run("fragments of one datagram", func(t *testing.T) {
		d := newFragmentDecoder()
		c := cutting{payload: make([]byte, 8*(maxFragments+10))}
		for from := 0; from < len(c.payload); from += 8 {
			_, kind := addRaw(d, c.fragment(t, from, from+8))
			require.Equal(t, KindFragment, kind)
		}
		assert.Equal(t, uint64(1), d.fragments.abandoned)
		assert.Equal(t, datagramOverhead, d.fragments.bytes)
	})
}
