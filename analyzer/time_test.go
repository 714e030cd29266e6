package analyzer_test

import (
	"math"
	"strings"
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

// Clocks further apart than exchanges wait for each other are told, with what to
// do, if something was left without a partner.
func TestClocksTooFarApart(t *testing.T) {
	open := func(hop string) capture.Source {
		file, err := capture.Open("../pcaps/clocks-apart/" + hop + ".pcap")
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, file.Close()) })
		return file
	}
	notes := func(nginx capture.Source) string {
		r, err := analyzer.Run(t.Context(), []analyzer.Input{
			{Name: "nginx.pcap", Source: nginx, Hops: []analyzer.HopInput{{Index: 0, Name: "nginx"}}},
			{Name: "puma.pcap", Source: &later{open("puma"), 3_600_000_000_000}, Hops: []analyzer.HopInput{{Index: 1, Name: "puma"}}},
		}, analyzer.Options{})
		require.NoError(t, err)
		assert.EqualValues(t, 3, r.Summary.Upgrades.Lost)
		return strings.Join(r.Notes, " ")
	}
	assert.Empty(t, notes(open("nginx")))
	assert.Contains(t, notes(&part{open("nginx"), 12, 999}), "are 1h3m7.5s apart, and requests may have been given up before that was known. Correct the times first, as with: editcap -t -3787.5")
}

// later is a capture whose clock is ahead.
type later struct {
	capture.Source
	by int64
}

func (s *later) Next(p *capture.Packet) error {
	err := s.Source.Next(p)
	p.Time += s.by
	return err
}
