package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/report"
)

// What is written piece by piece is what the whole document is, as the standard
// library writes it.
func TestJSONIsTheDocument(t *testing.T) {
	var inputs []analyzer.Input
	for i, name := range []string{"elb", "nginx", "puma"} {
		source, err := capture.Open("../pcaps/nginx-default/" + name + ".pcap")
		require.NoError(t, err)
		defer source.Close()
		inputs = append(inputs, analyzer.Input{Name: name, Source: source, Hops: []analyzer.HopInput{{Index: i, Name: name}}})
	}
	r, err := analyzer.Run(context.Background(), inputs, analyzer.Options{All: true})
	require.NoError(t, err)
	require.NotEmpty(t, r.Journeys)
	require.NotEmpty(t, r.Findings)

	var whole, written bytes.Buffer
	encoder := json.NewEncoder(&whole)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(report.NewDocument(r, report.Options{})))
	require.NoError(t, report.JSON(&written, r, report.Options{}))
	assert.Equal(t, whole.String(), written.String())
}
