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

// One hop, two hosts, two clocks: they are told apart, and nothing is said of a
// clock that would be both.
func TestCapturesOfOneHopWithClocksApart(t *testing.T) {
	open := func(hop string) capture.Source {
		file, err := capture.Open("../pcaps/one-nginx-of-three/" + hop + ".pcap")
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, file.Close()) })
		return file
	}
	server := func(address string) analyzer.Server {
		s, err := analyzer.ParseServer(address)
		require.NoError(t, err)
		return s
	}
	run := func(by int64) *analyzer.Report {
		r, err := analyzer.Run(t.Context(), []analyzer.Input{
			{Name: "elb.pcap", Source: open("elb"), Hops: []analyzer.HopInput{{Index: 0, Name: "elb"}}},
			{Name: "web1.pcap", Source: open("nginx"), Hops: []analyzer.HopInput{{Index: 1, Name: "nginx", Server: server("10.77.2.2:80")}}},
			{Name: "web2.pcap", Source: &later{open("nginx"), by}, Hops: []analyzer.HopInput{{Index: 1, Name: "nginx", Server: server("10.77.2.3:80")}}},
			{Name: "puma.pcap", Source: open("puma"), Hops: []analyzer.HopInput{{Index: 2, Name: "puma"}}},
		}, analyzer.Options{})
		require.NoError(t, err)
		assert.EqualValues(t, 2, r.Summary.Upgrades.Lost)
		return r
	}
	assert.Empty(t, run(0).Notes)
	r := run(120e9)
	require.Len(t, r.Notes, 1)
	assert.Contains(t, r.Notes[0], "the clock of web2.pcap is 2m0s ahead of that of web1.pcap, and both are captures of nginx")
	assert.Contains(t, r.Notes[0], "editcap -t -120.000 web2.pcap corrected.pcap")
	assert.Zero(t, r.Hops[1].Clock.Offset)
	assert.Equal(t, int64(5), r.Time(1, 5))
}
