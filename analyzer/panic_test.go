package analyzer_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// broken is a source that panics over what it read.
type broken struct{ capture.Source }

func (broken) Next(*capture.Packet) error { panic("a secret") }

// Whoever called Run can recover from a panic of any input, and learns where it
// was, but not over what unless it looks.
func TestPanicIsTheCallers(t *testing.T) {
	for place := range 2 {
		inputs := make([]analyzer.Input, 2)
		for i, name := range []string{"nginx", "puma"} {
			file, err := capture.Open("../pcaps/nginx-default/" + name + ".pcap")
			require.NoError(t, err)
			defer file.Close()
			inputs[i] = analyzer.Input{Name: name, Source: &late{Source: file, broken: i == place}, Hops: []analyzer.HopInput{{Index: i, Name: name}}}
		}
		func() {
			defer func() {
				p, ok := recover().(*analyzer.Panic)
				require.True(t, ok)
				assert.Equal(t, "a secret", p.Value)
				assert.Equal(t, "internal error (string)", p.Error())
				frame, _ := runtime.CallersFrames(p.Callers).Next()
				assert.Contains(t, frame.Function, "broken.Next")
			}()
			_, _ = analyzer.Run(t.Context(), inputs, analyzer.Options{})
		}()
	}
}

// late panics, if it is broken, after its first packet: where the inputs are
// read side by side.
type late struct {
	capture.Source
	broken, begun bool
}

func (l *late) Next(p *capture.Packet) error {
	if l.begun && l.broken {
		return broken{}.Next(p)
	}
	l.begun = true
	return l.Source.Next(p)
}
