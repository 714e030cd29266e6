package analyzer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
)

// commented has comments on packets, by number.
type commented struct {
	capture.Source
	on map[uint64]string
}

func (s *commented) Next(p *capture.Packet) error {
	err := s.Source.Next(p)
	if text, ok := s.on[p.Number]; err == nil && ok {
		p.Comment = []byte(text)
	}
	return err
}

// What hophound's own captures tell of processes names the hops that are found,
// and stands in the report.
func TestCommentsNameProcesses(t *testing.T) {
	run := func(comments ...string) *analyzer.Report {
		file, err := capture.Open("../pcaps/one-capture-two-hops/nginx-host.pcap")
		require.NoError(t, err)
		t.Cleanup(func() { assert.NoError(t, file.Close()) })
		on := map[uint64]string{}
		for i, text := range comments {
			on[uint64(i+4)] = text
		}
		r, err := analyzer.Run(t.Context(), []analyzer.Input{{Name: "host.pcap", Source: &commented{file, on}}}, analyzer.Options{})
		require.NoError(t, err)
		require.Len(t, r.Hops, 2)
		return r
	}
	names := func(r *analyzer.Report) []string { return []string{r.Hops[0].Name, r.Hops[1].Name} }

	assert.Equal(t, []string{"nginx", "port-3000"}, names(run()))
	r := run("10.77.2.1:4711 is curl, pid 1; 10.77.2.2:80 is openresty, pid 7, user www-data", "10.77.3.2:3000 is puma, pid 9")
	assert.Equal(t, []string{"openresty", "puma"}, names(r))
	assert.Equal(t, "openresty, pid 7, user www-data", r.Owners[r.Hops[0].Servers[0]])
	assert.Len(t, r.Owners, 2, "of servers alone")

	assert.Equal(t, []string{"nginx", "shop"}, names(run("10.77.3.2:3000 is ruby, pid 9, container shop")), "an interpreter says less than its container")
	assert.Equal(t, []string{"nginx", "ruby"}, names(run("10.77.3.2:3000 is ruby, pid 9")))
	assert.Equal(t, []string{"nginx", "port-3000"}, names(run("10.77.3.2:3000 is pid 9")))
	assert.Equal(t, []string{"nginx", "port-3000"}, names(run("looks odd; this is it", "10.77.3.2 is puma", " is ")), "comments of others")
	assert.Equal(t, []string{"nginx", "31mevil"}, names(run("10.77.3.2:3000 is \x1b[31mevil")))
}
