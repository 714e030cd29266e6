package bench_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/bench"
	"github.com/hophound/hophound/capture"
)

// BenchmarkAnalyze measures the whole way from capture files to a report, for
// one hop and for three, and says how many journeys and bytes it goes through
// in a second.
func BenchmarkAnalyze(b *testing.B) {
	for _, load := range []struct {
		kind     bench.Kind
		hops     int
		journeys int
		lost     float64
	}{
		{"small", 1, 100_000, 0}, {"small", 3, 100_000, 0.01}, {"download", 1, 2000, 0},
	} {
		b.Run(fmt.Sprintf("%s/%dhops", load.kind, load.hops), func(b *testing.B) {
			dir := b.TempDir()
			_, err := bench.Generate(dir, bench.Options{
				Hops: load.hops, Journeys: load.journeys, Kind: load.kind, Upgrades: 0.05, Lost: load.lost, Clients: 64, Seed: 1,
			})
			require.NoError(b, err)
			var bytes int64
			for b.Loop() {
				bytes = analyse(b, dir, bench.HopNames(load.hops))
			}
			b.SetBytes(bytes)
			b.ReportMetric(float64(load.journeys)*float64(b.N)/b.Elapsed().Seconds(), "journeys/s")
		})
	}
}

// analyse reports on the captures of a folder, and gives their size in bytes.
func analyse(b *testing.B, dir string, hops []string) (size int64) {
	var inputs []analyzer.Input
	for i, name := range hops {
		file, err := capture.Open(filepath.Join(dir, name+".pcap"))
		require.NoError(b, err)
		defer file.Close()
		size += file.Size()
		inputs = append(inputs, analyzer.Input{Name: name, Source: file, Hops: []analyzer.HopInput{{Index: i, Name: name}}})
	}
	_, err := analyzer.Run(b.Context(), inputs, analyzer.Options{})
	require.NoError(b, err)
	return size
}
