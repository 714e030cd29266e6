package analyzer_test

import (
	"io"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// part gives packets of a source from one number to another, as a capture that
// began later or ended sooner has them.
type part struct {
	capture.Source
	from, to uint64
}

func (s *part) Next(p *capture.Packet) error {
	for {
		if err := s.Source.Next(p); err != nil {
			return err
		}
		switch {
		case p.Number > s.to:
			return io.EOF
		case p.Number >= s.from:
			return nil
		}
	}
}

// elsewhere gives the packets of a source as they look on the other side of
// address translation.
type elsewhere struct {
	capture.Source
	twice
}

func (s *elsewhere) Next(p *capture.Packet) error {
	err := s.Source.Next(p)
	if err == nil {
		p.Data = s.translate(append([]byte(nil), p.Data...))
		p.Time += 1000
	}
	return err
}

// What several captures of one hop hold of the same connections is there once,
// whether the hop was named or found, and whichever capture holds how much of it.
func TestSeveralCapturesOfOneHop(t *testing.T) {
	const pool = "../pcaps/keepalive-pool/puma.pcap" // connections with many requests each
	open := func(t *testing.T, path string) capture.Source {
		file, err := capture.Open(path)
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, file.Close()) })
		return file
	}
	whole := func(t *testing.T) capture.Source { return open(t, pool) }
	cut := func(from, to uint64) func(*testing.T) capture.Source {
		return func(t *testing.T) capture.Source { return &part{open(t, pool), from, to} }
	}
	translated := func(t *testing.T) capture.Source {
		var moved twice
		moved.from, moved.to = netip.MustParseAddrPort("10.77.3.2:3000"), netip.MustParseAddrPort("192.0.2.1:8080")
		return &elsewhere{open(t, pool), moved}
	}
	tests := []struct {
		name             string
		sources          []func(*testing.T) capture.Source
		journeys, copies uint64
	}{
		{"one", []func(*testing.T) capture.Source{whole}, 22, 0},
		{"the same file twice", []func(*testing.T) capture.Source{whole, whole}, 22, 9},
		{"three times", []func(*testing.T) capture.Source{whole, whole, whole}, 22, 18},
		{"both sides of address translation", []func(*testing.T) capture.Source{whole, translated}, 22, 9},
		{"the second began later, among open connections", []func(*testing.T) capture.Source{whole, cut(60, 999)}, 22, 0},
		{"the first ended sooner", []func(*testing.T) capture.Source{cut(1, 90), whole}, 22, 0},
		{"the second ended sooner", []func(*testing.T) capture.Source{whole, cut(1, 90)}, 22, 0},
		// The first has four responses to requests before its time.
		{"the first began later", []func(*testing.T) capture.Source{cut(60, 999), whole}, 26, 0},
		// One request is in the first, its response in the second.
		{"files that follow each other", []func(*testing.T) capture.Source{cut(1, 90), cut(91, 999)}, 23, 0},
	}
	for _, test := range tests {
		for _, hops := range [][]analyzer.HopInput{{{Name: "puma"}}, nil} {
			name := test.name + ", named"
			if hops == nil {
				name = test.name + ", found"
			}
			t.Run(name, func(t *testing.T) {
				var inputs []analyzer.Input
				for i, source := range test.sources {
					inputs = append(inputs, analyzer.Input{Name: string(rune('a'+i)) + ".pcap", Source: source(t), Hops: hops})
				}
				r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{All: true})
				require.NoError(t, err)
				require.Len(t, r.Hops, 1)
				assert.Equal(t, test.journeys, r.Summary.Journeys)
				assert.EqualValues(t, 5, r.Summary.Upgrades.Asked)
				assert.Equal(t, r.Summary.Journeys, r.Hops[0].Exchanges)
				if strings.HasPrefix(test.name, "both sides") {
					assert.Equal(t, [][]uint16{{3000}, {3000, 8080}}, r.Hops[0].Ports)
				}
				if test.copies > 0 {
					assert.Equal(t, test.copies, r.Hops[0].Copies)
				}
			})
		}
	}
}
