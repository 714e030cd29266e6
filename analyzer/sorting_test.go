package analyzer_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// both is a capture that holds what two others hold, by time.
type both struct {
	capture.Source // the first
	second         capture.Source
	ahead          [2]*capture.Packet
	ended          [2]error
	given          uint64
}

func (s *both) Next(p *capture.Packet) error {
	for i, source := range []capture.Source{s.Source, s.second} {
		if s.ahead[i] == nil && s.ended[i] == nil {
			var next capture.Packet
			if s.ended[i] = source.Next(&next); s.ended[i] == nil {
				next.Data = append([]byte(nil), next.Data...)
				s.ahead[i] = &next
			}
		}
	}
	i := 0
	if s.ahead[0] == nil || s.ahead[1] != nil && s.ahead[1].Time < s.ahead[0].Time {
		i = 1
	}
	if s.ahead[i] == nil {
		return s.ended[i]
	}
	*p, s.ahead[i] = *s.ahead[i], nil
	s.given++
	p.Number = s.given
	return nil
}

// The captures of a proxy's host are given for one hop, without a word on whose
// requests are meant: those that it sends on are no part of it.
func TestWhatIsSentOnIsNoPartOfTheHop(t *testing.T) {
	open := func(hop string) capture.Source {
		file, err := capture.Open("../pcaps/one-nginx-of-three/" + hop + ".pcap")
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, file.Close()) })
		return file
	}
	host := func(first, second string) capture.Source { return &both{Source: open(first), second: open(second)} }
	run := func(inputs ...analyzer.Input) *analyzer.Report {
		for i := range inputs {
			inputs[i].Hops = []analyzer.HopInput{{Index: i, Name: inputs[i].Name}}
			inputs[i].Name += ".pcap"
		}
		r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{})
		require.NoError(t, err)
		return r
	}
	t.Run("every host captured as a whole", func(t *testing.T) {
		r := run(analyzer.Input{Name: "elb", Source: host("elb", "nginx")}, analyzer.Input{Name: "nginx", Source: host("nginx", "puma")}, analyzer.Input{Name: "puma", Source: open("puma")})
		assert.Equal(t, analyzer.Upgrades{Asked: 6, Upgraded: 4, Lost: 2}, r.Summary.Upgrades)
		assert.EqualValues(t, 9, r.Summary.Journeys)
		require.Len(t, r.Findings, 1)
		assert.Equal(t, "nginx", r.Findings[0].Culprit)
		require.Len(t, r.Notes, 2)
		assert.Equal(t, "elb.pcap also holds what is sent on, to 10.77.2.2:80, 10.77.2.3:80 and 10.77.2.4:80: that is left out of the hop elb. "+
			"As a hop of its own it would be NAME=elb.pcap@10.77.2.2:80 NAME=elb.pcap@10.77.2.3:80 NAME=elb.pcap@10.77.2.4:80.", r.Notes[0])
		assert.Contains(t, r.Notes[1], "As a hop of its own it would be NAME=nginx.pcap@:3000.")
	})
	t.Run("a node is left out, and its neighbour's capture shows it", func(t *testing.T) {
		r := run(analyzer.Input{Name: "elb", Source: host("elb", "nginx")}, analyzer.Input{Name: "puma", Source: open("puma")})
		assert.Contains(t, strings.Join(r.Notes, "\n"), "elb sends requests on to 10.77.2.2:80, 10.77.2.3:80 and 10.77.2.4:80, and puma is 10.77.3.2:3000: if another node stands between them")
	})
	t.Run("a capture of one hop alone", func(t *testing.T) {
		assert.Empty(t, run(analyzer.Input{Name: "nginx", Source: open("nginx")}, analyzer.Input{Name: "puma", Source: open("puma")}).Notes)
	})
}
