package bench_test

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/bench"
	"github.com/hophound/hophound/capture"
)

// A report that has room for a few requests counts all, and still shows an
// example of each problem, although the first requests had none.
func TestSmallReportShowsEachProblem(t *testing.T) {
	dir := t.TempDir()
	made, err := bench.Generate(dir, bench.Options{Hops: 2, Journeys: 3000, Kind: "small", Upgrades: 0.5, Lost: 0.01, Clients: 8, Seed: 3})
	require.NoError(t, err)
	var inputs []analyzer.Input
	for i, name := range bench.HopNames(2) {
		file, err := capture.Open(filepath.Join(dir, name+".pcap"))
		require.NoError(t, err)
		defer file.Close()
		inputs = append(inputs, analyzer.Input{Name: name, Source: file, Hops: []analyzer.HopInput{{Index: i, Name: name}}})
	}
	r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{Journeys: 5})
	require.NoError(t, err)
	require.Greater(t, made.Upgrades.Lost, 5)
	assert.EqualValues(t, made.Upgrades.Asked, r.Summary.Upgrades.Asked)
	assert.EqualValues(t, made.Upgrades.Lost, r.Summary.Upgrades.Lost)
	require.NotEmpty(t, r.Findings)
	for _, f := range r.Findings {
		require.NotZero(t, f.Example, f.Rule.ID)
		assert.Contains(t, r.Journeys[f.Example-1].Findings, 0)
	}
	assert.Equal(t, made.Upgrades.Lost, r.Findings[0].Count)
	assert.Less(t, len(r.Journeys), 20)
}

// Beyond the limit of open connections the longest silent ones are let go: what
// was on them is in the report, and so is that.
func TestOpenConnectionsAreLimited(t *testing.T) {
	const made, followed = 300, 40
	var capturing bytes.Buffer
	require.NoError(t, bench.WriteFlood(&capturing, bench.Idle, made))
	source, err := capture.NewFile(&capturing, "idle")
	require.NoError(t, err)
	defer source.Close()
	inputs := []analyzer.Input{{Name: "idle", Source: source, Hops: []analyzer.HopInput{{Name: "puma"}}}}
	r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{Connections: followed})
	require.NoError(t, err)
	require.Len(t, r.Hops, 1)
	assert.EqualValues(t, made, r.Hops[0].Exchanges)
	assert.EqualValues(t, made, r.Hops[0].Connections)
	assert.Equal(t, []analyzer.Limit{{Name: "connections at a time that carry bytes", Count: made - followed}}, r.Hops[0].Ledger.Limits)
}
