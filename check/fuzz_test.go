package check_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/check"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/report"
)

// FuzzCase takes any bytes as a hops.yaml. What cannot be read is refused with
// the name of the file; what can is held against a report on a real capture,
// and what a case wants that the report does not say is a problem.
func FuzzCase(f *testing.F) {
	files, err := filepath.Glob("../pcaps/*/" + pcaps.FileName)
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(f, err)
		f.Add(content)
	}
	f.Add([]byte("hops: [{name: a, file: a.pcap}]\npreserve: [Upgrade, '']\nstrip: [x]\nwant: {verdict: fail, findings: [{rule: x, culprit: '', count: -1}]}\n"))
	f.Add([]byte("a: &a [*a]\nhops: *a\n"))
	f.Add([]byte("hops: !!binary x\n---\nhops: [{name: a, file: b}]\n"))
	r := reportOf(f, "../pcaps/nginx-default")
	dir := f.TempDir()
	path := filepath.Join(dir, pcaps.FileName)
	f.Fuzz(func(t *testing.T, content []byte) {
		require.NoError(t, os.WriteFile(path, content, 0o600))
		c, err := pcaps.Load(dir)
		if err != nil {
			require.ErrorContains(t, err, path)
			require.NotErrorIs(t, err, fs.ErrNotExist)
			return
		}
		require.NotEmpty(t, c.Hops)
		problems := check.Wanted(c.Want, r, report.NewSecrets())
		if c.Want.Verdict != "" && c.Want.Verdict != string(r.Verdict) {
			require.NotEmpty(t, problems)
		}
		problems = append(problems, check.Contract(c, r, report.NewSecrets())...)
		for _, p := range problems {
			require.NotEmpty(t, p.What)
		}
	})
}

// reportOf analyses a case's captures.
func reportOf(tb testing.TB, dir string) *analyzer.Report {
	c, err := pcaps.Load(dir)
	require.NoError(tb, err)
	inputs := make([]analyzer.Input, 0, len(c.Hops))
	for i, hop := range c.Hops {
		file, err := os.ReadFile(filepath.Join(dir, hop.File))
		require.NoError(tb, err)
		source, err := capture.NewFile(bytes.NewReader(file), hop.File)
		require.NoError(tb, err)
		defer source.Close()
		inputs = append(inputs, analyzer.Input{Name: hop.File, Source: source, Hops: []analyzer.HopInput{{Index: i, Name: hop.Name}}})
	}
	r, err := analyzer.Run(tb.Context(), inputs, analyzer.Options{All: true})
	require.NoError(tb, err)
	return r
}
