//go:build linux

package main

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Rounds are compared one by one, and only those that both took part in.
func TestResultTable(t *testing.T) {
	taken := func(milliseconds ...int) (rounds []cost) {
		for _, ms := range milliseconds {
			d := time.Duration(ms) * time.Millisecond
			rounds = append(rounds, cost{wall: d, cpu: 2 * d})
		}
		return rounds
	}
	got := resultTable([]result{
		{rival{name: "hophound"}, taken(100, 300, 200), cost{peak: 20e6, anonymous: 5e6}},
		{rival{name: "tcpdump"}, taken(100, 100, 100), cost{peak: 6e6, anonymous: 1e6}},
		{rival{name: "tshark"}, taken(5000, 6000), cost{peak: 240e6, anonymous: 160e6}},
	})
	assert.Equal(t, ""+
		"| program  |             seconds | CPU s |  times tcpdump's |   times hophound's | peak MB | without file pages |\n"+
		"|----------|--------------------:|------:|-----------------:|-------------------:|--------:|-------------------:|\n"+
		"| hophound | 0.200 (0.100–0.300) | 0.400 | 2.00 (1.00–3.00) |               1.00 |    20.0 |               5.00 |\n"+
		"| tcpdump  |               0.100 | 0.200 |             1.00 | 0.500 (0.333–1.00) |    6.00 |               1.00 |\n"+
		"| tshark   |    5.50 (5.00–6.00) |  11.0 | 55.0 (50.0–60.0) |   35.0 (20.0–50.0) |     240 |                160 |\n", got)
}

func TestCostOfAProgram(t *testing.T) {
	// dd has one block in memory.
	hog := []string{"dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=50"}
	c, err := costOf(t.Context(), hog, nil, nil, true)
	require.NoError(t, err)
	assert.Greater(t, c.anonymous, int64(64<<20))
	assert.GreaterOrEqual(t, c.peak, c.anonymous)
	assert.Positive(t, c.wall)
	assert.Positive(t, c.cpu)

	// A small program beside a large parent: the parent's memory is not its own.
	ballast := make([]byte, 200<<20)
	for i := range ballast {
		ballast[i] = 1
	}
	c, err = costOf(t.Context(), []string{"sleep", "0.1"}, nil, nil, true)
	require.NoError(t, err)
	assert.Less(t, c.peak, int64(50<<20), "%d", len(ballast))

	_, err = costOf(t.Context(), []string{"sh", "-c", "echo no such thing >&2; exit 3"}, nil, nil, false)
	require.ErrorContains(t, err, "exit status 3: no such thing")
}

func TestCostsOfFilesAddUp(t *testing.T) {
	total := cost{wall: 1, cpu: 2, peak: 30, anonymous: 4}.plus(cost{wall: 10, cpu: 20, peak: 3, anonymous: 40})
	assert.Equal(t, cost{wall: 11, cpu: 22, peak: 30, anonymous: 40}, total)
}

func TestReadReport(t *testing.T) {
	read := func(text string) (*report, error) {
		f, err := os.CreateTemp(t.TempDir(), "")
		require.NoError(t, err)
		t.Cleanup(func() { _ = f.Close() })
		_, err = f.WriteString(text)
		require.NoError(t, err)
		return readReport(f)
	}
	r, err := read(`{"version": 1, "tool": {"name": "hophound"}, "verdict": "pass", "hops": [
		{"name": "a", "bytes": 3000000, "ledger": {"limits": [{"name": "connections", "count": 7}]}},
		{"name": "b", "bytes": 1000000, "ledger": {"limits": [{"name": "bytes", "count": 1}]}}], "journeys": [`)
	require.NoError(t, err, "what is behind the hops is not read")
	assert.InDelta(t, 4, r.megabytes(), 1e-9)
	assert.Equal(t, "connections 7, bytes 1", r.limits())
	_, err = read(`{"version": 1}`)
	require.ErrorContains(t, err, "no hops")
	_, err = read("")
	require.ErrorContains(t, err, "read the report")
}

func TestQuickLooksAreNotWritten(t *testing.T) {
	require.ErrorContains(t, run(t.Context(), []string{"-quick", "-write", "x.md"}), "whole measurement")
}
