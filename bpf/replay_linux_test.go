//go:build amd64 || arm64

package bpf_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/bpf"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/report"
)

// trimmed is a capture file as it would have been had the filter been there:
// each packet goes over a wire, and what the socket got of it is what it holds.
type trimmed struct {
	capture.Source
	wire    *wire
	whole   uint64 // bytes before
	left    uint64 // bytes after
	packets int
}

// linkHeader is how many bytes stand in front of IP, of those links that the
// captures have.
var linkHeader = map[capture.LinkType]int{
	capture.LinkEthernet: 14, capture.LinkLinuxSLL: 16, capture.LinkLinuxSLL2: 20, capture.LinkRaw: 0, capture.LinkNull: 4,
}

func (s *trimmed) Next(p *capture.Packet) error {
	if err := s.Source.Next(p); err != nil {
		return err
	}
	link, ok := linkHeader[p.Link]
	require.True(s.wire.t, ok, "link type %v", p.Link)
	s.packets++
	s.whole += uint64(len(p.Data))
	if len(p.Data) > link {
		n := s.wire.give(framed(p.Data[link:]))
		p.Data = p.Data[:min(len(p.Data), link+n)]
	}
	s.left += uint64(len(p.Data))
	return nil
}

// framed puts an Ethernet header in front of an IP packet, to no address of
// this host.
func framed(ip []byte) []byte {
	ethertype := []byte{0x08, 0x00}
	switch ip[0] >> 4 {
	case 4:
	case 6:
		ethertype = []byte{0x86, 0xdd}
	default:
		ethertype = []byte{0x08, 0x06}
	}
	return slices.Concat([]byte{2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2}, ethertype, ip)
}

// inContent are cases whose proof lies in the content of a request, which is
// trimmed: what is still found in them.
var inContent = map[string]string{"smuggled-request": "request-length-ambiguous"}

// The captures of all cases give the same report trimmed as they give whole.
func TestReportsOfTrimmedCaptures(outer *testing.T) {
	t := outer
	folders, err := filepath.Glob("../pcaps/*/" + pcaps.FileName)
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	var wires []*wire
	for _, path := range folders {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			c, err := pcaps.Load(dir)
			require.NoError(t, err)
			var sources []*trimmed
			want := reported(t, dir, c, func(s capture.Source) capture.Source { return s })
			got := reported(t, dir, c, func(s capture.Source) capture.Source {
				n := len(sources)
				if n == len(wires) {
					wires = append(wires, newWire(outer, bpf.Options{Cooked: true, OthersHeaders: true}))
				}
				wires[n].heads.Forget(t)
				sources = append(sources, &trimmed{Source: s, wire: wires[n]})
				return sources[n]
			})
			if less, ok := inContent[filepath.Base(dir)]; ok {
				assert.NotContains(t, want, `"`+less+`"`)
				assert.Contains(t, got, `"`+less+`"`)
			} else {
				assert.JSONEq(t, want, got)
			}
			for _, s := range sources {
				t.Logf("%d packets, %d bytes of %d", s.packets, s.left, s.whole)
			}
		})
	}
}

// reported analyses the captures of a case and gives the report without what
// says how much of the packets was there.
func reported(t *testing.T, dir string, c *pcaps.Case, through func(capture.Source) capture.Source) string {
	t.Helper()
	var inputs []analyzer.Input
	files := map[string]int{}
	for i, hop := range c.Hops {
		at, known := files[hop.File]
		if !known {
			at = len(inputs)
			files[hop.File] = at
			file, err := capture.Open(filepath.Join(dir, hop.File))
			require.NoError(t, err)
			t.Cleanup(func() { _ = file.Close() })
			inputs = append(inputs, analyzer.Input{Name: hop.File, Source: through(file)})
		}
		asked := analyzer.HopInput{Index: i, Name: hop.Name}
		if hop.Server != "" {
			server, err := analyzer.ParseServer(hop.Server)
			require.NoError(t, err)
			asked.Server = server
		}
		inputs[at].Hops = append(inputs[at].Hops, asked)
	}
	result, err := analyzer.Run(context.Background(), inputs, analyzer.Options{All: true})
	require.NoError(t, err)
	for i := range result.Hops {
		ledger := &result.Hops[i].Ledger
		ledger.Truncated, ledger.Gaps, ledger.GapBytes, ledger.UnparsedBytes = 0, 0, 0, 0
	}
	document, err := json.Marshal(report.NewDocument(result, report.Options{ShowSecrets: true}))
	require.NoError(t, err)
	var parsed any
	require.NoError(t, json.Unmarshal(document, &parsed))
	inOne(parsed)
	document, err = json.Marshal(parsed)
	require.NoError(t, err)
	return string(document)
}

// inOne adds up the bytes of each tunnel: those that are missing are not told
// by direction.
func inOne(part any) {
	switch part := part.(type) {
	case []any:
		for _, p := range part {
			inOne(p)
		}
	case map[string]any:
		client, isTunnel := part["from_client"].(float64)
		if isTunnel {
			part["from_client"] = client + part["from_server"].(float64) + part["missing"].(float64)
			delete(part, "from_server")
			delete(part, "missing")
		}
		for _, p := range part {
			inOne(p)
		}
	}
}
