package analyzer_test

import (
	"bytes"
	"net/netip"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// twice gives every packet of a source a second time, as a capture on all
// interfaces of a host does that translates addresses: the bytes of one
// endpoint are replaced by those of another, in either direction.
type twice struct {
	capture.Source
	from, to netip.AddrPort
	again    *capture.Packet
	given    uint64
}

func (s *twice) Next(p *capture.Packet) error {
	if s.again != nil {
		*p = *s.again
		s.again = nil
	} else {
		if err := s.Source.Next(p); err != nil {
			return err
		}
		again := *p
		again.Data = s.translate(slices.Clone(p.Data))
		again.Time += 1000
		s.again = &again
	}
	s.given++
	p.Number = s.given
	return nil
}

// translate replaces the endpoint in an Ethernet frame with IPv4 and TCP.
func (s *twice) translate(frame []byte) []byte {
	const ip, tcp = 14, 34
	if len(frame) < tcp+4 || frame[12] != 8 || frame[13] != 0 || frame[ip+9] != 6 {
		return frame
	}
	from, to := s.from.Addr().As4(), s.to.Addr().As4()
	for _, end := range []struct{ address, port int }{{ip + 12, tcp}, {ip + 16, tcp + 2}} {
		port := uint16(frame[end.port])<<8 | uint16(frame[end.port+1])
		if bytes.Equal(frame[end.address:end.address+4], from[:]) && port == s.from.Port() {
			copy(frame[end.address:], to[:])
			frame[end.port], frame[end.port+1] = byte(s.to.Port()>>8), byte(s.to.Port())
		}
	}
	return frame
}

// A connection that one capture holds before and after address translation is
// one connection, with one exchange, seen at two points.
func TestConnectionSeenBeforeAndAfterTranslation(t *testing.T) {
	server, published := netip.MustParseAddrPort("10.77.2.2:80"), netip.MustParseAddrPort("192.0.2.1:8080")
	analyse := func(hops []analyzer.HopInput) *analyzer.Report {
		file, err := capture.Open("../pcaps/nginx-default/nginx.pcap")
		require.NoError(t, err)
		defer file.Close()
		source := &twice{Source: file, from: server, to: published}
		r, err := analyzer.Run(t.Context(), []analyzer.Input{{Name: "any.pcap", Source: source, Hops: hops}}, analyzer.Options{All: true})
		require.NoError(t, err)
		return r
	}
	tests := []struct {
		name string
		hops []analyzer.HopInput
	}{
		{"hops to be found", nil},
		{"one hop for every server", []analyzer.HopInput{{Name: "nginx"}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := analyse(test.hops)
			require.Len(t, r.Hops, 1)
			assert.EqualValues(t, 1, r.Hops[0].Exchanges)
			assert.EqualValues(t, 1, r.Hops[0].Connections)
			require.Len(t, r.Journeys, 1)
			conn := r.Journeys[0].Match.Exchanges[0].Conn
			seen := []netip.AddrPort{conn.Server}
			for _, also := range conn.Also {
				assert.Equal(t, conn.Client, also.Client)
				seen = append(seen, also.Server)
			}
			assert.ElementsMatch(t, []netip.AddrPort{server, published}, seen)
		})
	}
	t.Run("a hop for one of them", func(t *testing.T) {
		wanted, err := analyzer.ParseServer(":8080")
		require.NoError(t, err)
		r := analyse([]analyzer.HopInput{{Name: "nginx", Server: wanted}})
		assert.Equal(t, []netip.AddrPort{published}, r.Hops[0].Servers)
		assert.EqualValues(t, 1, r.Hops[0].Exchanges)
		assert.EqualValues(t, 1, r.Hops[0].Copies)
		assert.Equal(t, []netip.AddrPort{server}, r.Hops[0].Also, "the sighting that belongs to no hop came first")
	})
}
