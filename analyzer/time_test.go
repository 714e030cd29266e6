package analyzer_test

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// shifted is a capture whose packets claim other times.
type shifted struct {
	capture.Source
	to func(n uint64) int64
}

func (s *shifted) Next(p *capture.Packet) error {
	err := s.Source.Next(p)
	p.Time = s.to(p.Number)
	return err
}

// Whatever times a capture claims, the analysis ends, and finds what it would
// find otherwise.
func TestAnyTimesEnd(t *testing.T) {
	for name, to := range map[string]func(uint64) int64{
		"the latest that can be told":     func(uint64) int64 { return math.MaxInt64 },
		"the earliest":                    func(uint64) int64 { return math.MinInt64 },
		"zero":                            func(uint64) int64 { return 0 },
		"just before the end of times":    func(n uint64) int64 { return math.MaxInt64 - 100 + int64(n) },
		"backwards":                       func(n uint64) int64 { return 1e18 - int64(n)*1e9 },
		"from one end of time to another": func(n uint64) int64 { return math.MaxInt64 * int64(1-2*(n%2)) },
	} {
		t.Run(name, func(t *testing.T) {
			var inputs []analyzer.Input
			for i, hop := range []string{"elb", "nginx", "puma"} {
				file, err := capture.Open("../pcaps/nginx-default/" + hop + ".pcap")
				require.NoError(t, err)
				defer file.Close()
				inputs = append(inputs, analyzer.Input{
					Name: hop, Source: &shifted{Source: file, to: to}, Hops: []analyzer.HopInput{{Index: i, Name: hop}},
				})
			}
			r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{})
			require.NoError(t, err)
			assert.NotZero(t, r.Summary.Upgrades.Asked)
		})
	}
}
