package chain

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const second = int64(1e9)

// samplesOf gives a sample a second, half a millisecond wide.
func samplesOf(n int, offset func(at int64) int64) []sample {
	var samples []sample
	for i := range n {
		at := int64(i) * second
		samples = append(samples, sample{at: at, least: offset(at) - 250e3, most: offset(at) + 250e3})
	}
	return samples
}

// The offset is the simplest function of time that the samples allow.
func TestFit(t *testing.T) {
	cases := []struct {
		name   string
		offset func(at int64) int64
		steady bool // no drift
		broken bool // no line fits
	}{
		{"none", func(int64) int64 { return 0 }, true, false},
		{"constant", func(int64) int64 { return 60 * second }, true, false},
		{"too small to be shown", func(int64) int64 { return 100e3 }, true, false},
		{"drifting", func(at int64) int64 { return -300*second + at/20_000 }, false, false},
		{"a step", func(at int64) int64 { return at / (500 * second) * 2 * second }, true, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := skew{}
			for _, x := range samplesOf(1000, c.offset) {
				s.learn(byLinks, x)
			}
			s.estimate()
			assert.Equal(t, c.steady, s.fit.drift == 0)
			assert.Equal(t, c.broken, len(s.fit.pieces) > 0)
			for _, at := range []int64{0, 100, 400, 600, 999} {
				assert.InDelta(t, c.offset(at*second), s.fit.at(at*second), float64(s.fit.err), "at %d s", at)
			}
			assert.LessOrEqual(t, s.fit.err, int64(400e3))
		})
	}
}

// A few links that are wrong change nothing.
func TestOutliers(t *testing.T) {
	samples := samplesOf(320, func(int64) int64 { return 5 * second })
	for i := 7; i < len(samples); i += 40 {
		samples[i].least += 3 * second
		samples[i].most += 3 * second
	}
	s := skew{}
	for _, x := range samples {
		s.learn(byLinks, x)
	}
	s.estimate()
	assert.Empty(t, s.fit.pieces)
	assert.InDelta(t, 5*second, s.fit.at(100*second), 300e3)
}

// However long a capture is, what is kept of it is limited.
func TestSkewIsBounded(t *testing.T) {
	s := skew{}
	for _, x := range samplesOf(100_000, func(at int64) int64 { return at / 100_000 }) {
		s.learn(byLinks, x)
		assert.LessOrEqual(t, len(s.pieces), mostPieces)
		assert.LessOrEqual(t, len(s.open), pieceSamples)
	}
	s.estimate()
	assert.InDelta(t, 99_999*second/100_000, s.fit.at(99_999*second), 1e6)
}

// What certain links say replaces what was thought before.
func TestBetterSource(t *testing.T) {
	s := skew{}
	s.learn(byHeads, sample{least: second, most: second})
	s.learn(byLinks, sample{least: 2 * second, most: 2 * second})
	s.learn(byHeads, sample{least: second, most: second})
	s.estimate()
	assert.Equal(t, 2*second, s.fit.at(0))
	assert.Equal(t, 1, s.links)
}
