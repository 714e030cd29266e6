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
	"github.com/hophound/hophound/report"
)

// kept is a source that reuses its memory for each packet, as it comes.
type kept struct{ capture.Source }

// A capture that is read by one goroutine and told by another one says what it says
// when one does both, whatever was lost or late.
func TestReadingAheadChangesNothing(t *testing.T) {
	for _, kind := range bench.Kinds() {
		for _, faults := range []bench.Options{{}, {Loss: 0.01, Reorder: 0.02}} {
			o := faults
			o.Hops, o.Journeys, o.Kind, o.Upgrades, o.Clients, o.Seed = 1, 1500, kind, 0.2, 16, 7
			if kind == bench.Download || kind == bench.Chunked {
				o.Journeys = 40
			}
			dir := t.TempDir()
			_, err := bench.Generate(dir, o)
			require.NoError(t, err)
			path := filepath.Join(dir, bench.HopNames(1)[0]+".pcap")
			together := reported(t, path, func(f *capture.File) capture.Source { return kept{f} })
			assert.Equal(t, together, reported(t, path, func(f *capture.File) capture.Source { return f }), "%s %v", kind, faults)
		}
	}
}

// reported is the report on a capture, as JSON with all its requests.
func reported(t *testing.T, path string, source func(*capture.File) capture.Source) string {
	t.Helper()
	file, err := capture.Open(path)
	require.NoError(t, err)
	defer file.Close()
	require.Greater(t, file.Size(), int64(1<<20), "more than is read at once")
	r, err := analyzer.Run(t.Context(), []analyzer.Input{
		{Name: "puma.pcap", Source: source(file), Hops: []analyzer.HopInput{{Name: "puma"}}},
	}, analyzer.Options{All: true})
	require.NoError(t, err)
	var b bytes.Buffer
	require.NoError(t, report.JSON(&b, r, report.Options{ShowSecrets: true}))
	return b.String()
}
