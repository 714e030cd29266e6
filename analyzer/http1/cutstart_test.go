package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A short snapshot length cuts packets within the start line. What is there of
// it is told if it says which request it is, or what became of it.
func TestStartLineCut(t *testing.T) {
	for _, c := range []struct {
		name   string
		events []event
		want   []string
	}{
		{"both", []event{client("GET /a HTT"), clientGap(400), server("HTTP/1.1 304 Not Mo"), serverGap(100)}, []string{"GET /a cut -> 304 cut"}},
		{"behind the target", []event{client("GET /a H"), clientGap(400), server("HTTP/1.1 304"), serverGap(100)}, []string{"GET /a cut -> 304 cut"}},
		{"within the target", []event{client("GET /a"), clientGap(400), server("HTTP/1.1 304 N"), serverGap(100)}, []string{"GET /a cut -> 304 cut"}},
		{"right behind the target", []event{client("GET /a "), clientGap(400), server("HTTP/1.1 30"), serverGap(100)}, []string{"GET /a cut -> ?"}},
		{"within the target of a CONNECT", []event{client("CONNECT a.exam"), clientGap(400), server("HTTP/1.1 407 N"), serverGap(100)}, []string{"CONNECT a.exam cut -> 407 cut"}},
		{"before the target", []event{client("GET "), clientGap(400), server("HTTP/1.1 304 N"), serverGap(100)}, []string{"? -> 304 cut"}},
		{"again and again", []event{client("GET /a"), clientGap(400), server("HTTP/1.1 304 N"), serverGap(100), client("GET /b"), clientGap(40), server("HTTP/1.1 200 N"), serverGap(10)},
			[]string{"GET /a cut -> 304 cut", "GET /b cut -> ?", "? -> 200 cut"}},
		{"not HTTP", []event{client("GET key val"), clientGap(400), server("HTTPS 304 "), serverGap(100)}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			exchanges, s := play(whole, Limits{}, c.events, End{})
			assert.Equal(t, c.want, briefs(exchanges))
			assert.Equal(t, written(c.events), s.Stats().Bytes.Sum())
		})
	}
	exchanges, _ := play(whole, Limits{}, []event{client("GET /a HTTP/1"), server("HTTP/1.1 304 Not Mo")}, End{})
	require.Len(t, exchanges, 1)
	assert.Empty(t, exchanges[0].Request.Version, "it may go on")
	assert.Empty(t, exchanges[0].Response.Reason, "it may go on")
}
