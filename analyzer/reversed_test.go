package analyzer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// called makes the server of a capture the one that opened the connection: the
// client's SYN is left out, and the answer to it is a SYN of its own.
type called struct{ capture.Source }

func (s *called) Next(p *capture.Packet) error {
	const flags, syn, ack = 14 + 20 + 13, 0x02, 0x10
	for {
		if err := s.Source.Next(p); err != nil {
			return err
		}
		if len(p.Data) <= flags || p.Data[12] != 8 || p.Data[13] != 0 { // not IPv4
			return nil
		}
		switch p.Data[flags] & (syn | ack) {
		case syn:
			continue
		case syn | ack:
			p.Data[flags] &^= ack
		}
		return nil
	}
}

// Requests belong to whoever answers them, also if that one opened the
// connection, as behind a reverse tunnel.
func TestServerThatCalled(t *testing.T) {
	for _, c := range []struct {
		name, server string
		exchanges    int
	}{
		{"hops to be found", "", 1},
		{"every server", "any", 1},
		{"the server", ":80", 1},
		{"the end that was called", ":33378", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, err := capture.Open("../pcaps/nginx-default/nginx.pcap")
			require.NoError(t, err)
			defer file.Close()
			input := analyzer.Input{Name: "reverse.pcap", Source: &called{file}}
			if c.server != "" {
				input.Hops = []analyzer.HopInput{{Name: "nginx"}}
				if c.server != "any" {
					input.Hops[0].Server, err = analyzer.ParseServer(c.server)
					require.NoError(t, err)
				}
			}
			r, err := analyzer.Run(t.Context(), []analyzer.Input{input}, analyzer.Options{All: true})
			require.NoError(t, err)
			require.Len(t, r.Journeys, c.exchanges)
			if c.exchanges > 0 {
				assert.EqualValues(t, 1, r.Hops[0].Exchanges)
				assert.EqualValues(t, 1, r.Hops[0].Connections)
				assert.EqualValues(t, 80, r.Journeys[0].Match.Exchanges[0].Conn.Server.Port())
			}
		})
	}
}
