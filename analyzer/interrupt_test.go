package analyzer_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// endless is a capture whose writer goes on after the last packet, like a pipe
// from tcpdump.
type endless struct {
	capture.Source
	silent context.CancelFunc // called when there is nothing more to read
	closed chan struct{}
}

func (s *endless) Next(p *capture.Packet) error {
	err := s.Source.Next(p)
	if errors.Is(err, io.EOF) {
		s.silent()
		<-s.closed
		return os.ErrClosed
	}
	return err
}

func (s *endless) Close() error {
	close(s.closed)
	return nil
}

// Ctrl-C ends the reading, not the analysis.
func TestInterruptedAnalysisReportsWhatItRead(t *testing.T) {
	file, err := capture.Open("../pcaps/nginx-default/puma.pcap")
	require.NoError(t, err)
	defer file.Close()
	ctx, cancel := context.WithCancel(t.Context())
	source := &endless{Source: file, silent: cancel, closed: make(chan struct{})}
	r, err := analyzer.Run(ctx, []analyzer.Input{{Name: "-", Source: source, Hops: []analyzer.HopInput{{Name: "puma"}}}}, analyzer.Options{})
	require.NoError(t, err)
	require.Len(t, r.Findings, 1)
	assert.Equal(t, "upgrade-lost-before-first-capture", r.Findings[0].Rule.ID)
	assert.Contains(t, r.Notes, "the analysis was interrupted; this is about what was read until then.")
}
