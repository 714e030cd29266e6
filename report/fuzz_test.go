package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diff"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/pcaps/captured"
	"github.com/hophound/hophound/report"
)

// largeSeed is the size in bytes of files that are not worth starting from.
const largeSeed = 64 << 10

// Bits of shape, which says how captures are analysed.
const (
	shapeDrawn  = 1 << iota // find the hops
	shapeAll                // report all journeys
	shapeSplit              // the first capture is that of two hops, told apart by port
	shapeShown              // secrets are shown
	shapeNarrow             // text of forty columns
	shapes
)

// FuzzAnalyze takes any bytes as capture files of up to three hops, all the way
// to the reports: nothing panics, both forms are the same twice, and keep the
// promises of checkReports.
func FuzzAnalyze(f *testing.F) {
	cases, err := filepath.Glob("../pcaps/*/" + pcaps.FileName)
	require.NoError(f, err)
	require.NotEmpty(f, cases)
	for i, path := range cases {
		c, err := pcaps.Load(filepath.Dir(path))
		require.NoError(f, err)
		var files [3][]byte
		for i, hop := range c.Hops[:min(3, len(c.Hops))] {
			files[i], err = os.ReadFile(filepath.Join(filepath.Dir(path), hop.File))
			require.NoError(f, err)
		}
		f.Add(files[0], files[1], files[2], byte(i%shapes))
	}
	for i, file := range captured.Files(f, largeSeed) {
		f.Add(file, []byte{}, []byte{}, byte(i%shapes)|shapeAll)
	}
	schema := compileSchema(f)
	f.Fuzz(func(t *testing.T, one, two, three []byte, shape byte) {
		var files [][]byte
		for _, file := range [][]byte{one, two, three} {
			if len(file) > 0 {
				files = append(files, file)
			}
		}
		analyseTwice(t, files, shape, schema)
	})
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	content, err := os.ReadFile("schema.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("schema.json", document))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)
	return schema
}

// analyseTwice makes the reports on captures twice and checks them.
func analyseTwice(t *testing.T, files [][]byte, shape byte, schema *jsonschema.Schema) {
	first, r := reports(t, files, shape)
	second, _ := reports(t, files, shape)
	require.Equal(t, first, second, "the same captures, another report")
	if r == nil {
		return
	}
	checkReports(t, r, first, schema, shape)
}

// written is a report in both forms, or why there is none.
type written struct{ text, json, err string }

// reports analyses captures and writes what was found.
func reports(t *testing.T, files [][]byte, shape byte) (written, *analyzer.Report) {
	inputs := make([]analyzer.Input, 0, len(files))
	hops := 0
	for i, file := range files {
		name := string(rune('a' + i))
		source, err := capture.NewFile(bytes.NewReader(file), name)
		if err != nil {
			continue
		}
		defer source.Close()
		input := analyzer.Input{Name: name, Source: source}
		if shape&shapeDrawn == 0 {
			input.Hops = hopsOf(i, hops, shape)
			hops += len(input.Hops)
		}
		inputs = append(inputs, input)
	}
	r, err := analyzer.Run(t.Context(), inputs, analyzer.Options{All: shape&shapeAll != 0})
	if err != nil {
		return written{err: err.Error()}, nil
	}
	options := func() report.Options {
		var o report.Options
		if shape&shapeNarrow != 0 {
			o.Width = 40
		}
		if shape&shapeShown == 0 {
			o.Secrets = report.NewSecrets()
		}
		return o
	}
	var text, document bytes.Buffer
	require.NoError(t, report.Text(&text, r, options()))
	require.NoError(t, report.JSON(&document, r, options()))
	return written{text: text.String(), json: document.String()}, r
}

// hopsOf gives the hops that are seen in a capture.
func hopsOf(file, next int, shape byte) []analyzer.HopInput {
	if file > 0 || shape&shapeSplit == 0 {
		return []analyzer.HopInput{{Index: next, Name: string(rune('p' + next))}}
	}
	return []analyzer.HopInput{
		{Index: 0, Name: "p", Server: analyzer.Server{Port: 80}},
		{Index: 1, Name: "q", Server: analyzer.Server{Port: 3000}},
	}
}

// checkReports holds a report against itself: the JSON is as its schema says,
// the text is text and nothing that a terminal would obey, sums add up, and
// nothing is called dropped between heads that were not both seen whole.
func checkReports(t *testing.T, r *analyzer.Report, w written, schema *jsonschema.Schema, shape byte) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader([]byte(w.json)))
	require.NoError(t, err)
	require.NoError(t, schema.Validate(document))
	require.True(t, utf8.ValidString(w.text))
	for _, letter := range w.text {
		require.False(t, unicode.IsControl(letter) && letter != '\n', "%q in %q", letter, w.text)
	}
	checkSums(t, r, shape&shapeAll != 0)
	checkProof(t, r)
	var again json.RawMessage
	require.NoError(t, json.Unmarshal([]byte(w.json), &again), "the standard library reads it too")
}

// checkSums checks that what is counted twice is counted alike.
func checkSums(t *testing.T, r *analyzer.Report, all bool) {
	var exchanges uint64
	for _, h := range r.Hops {
		exchanges += h.Exchanges
		assert.LessOrEqual(t, h.Ledger.Unmatched, h.Exchanges)
		assert.LessOrEqual(t, h.Ledger.Gaps, h.Ledger.GapBytes)
		assert.LessOrEqual(t, h.Ledger.Truncated+h.Ledger.Trimmed, h.Packets)
	}
	require.Equal(t, r.Summary.Exchanges, exchanges)
	u := r.Summary.Upgrades
	require.Equal(t, u.Asked, u.Upgraded+u.Lost+u.Refused+u.Failed+u.Inconclusive)
	require.LessOrEqual(t, u.Asked, r.Summary.Journeys)
	counts := make([]int, len(r.Findings))
	var seen uint64
	for _, j := range r.Journeys {
		for hop, x := range j.Match.Exchanges {
			if x != nil {
				seen++
			}
			if j.Match.Retries != nil {
				seen += uint64(len(j.Match.Retries[hop]))
			}
		}
		for _, f := range j.Findings {
			counts[f]++
		}
	}
	if full := uint64(len(r.Journeys)) < r.Summary.Journeys; all && !full {
		require.Equal(t, r.Summary.Exchanges, seen)
		for i, f := range r.Findings {
			assert.Equal(t, f.Count, counts[i], f.Rule.ID)
		}
	}
}

// checkProof checks that what is said to be dropped was certainly there before
// and certainly not there after.
func checkProof(t *testing.T, r *analyzer.Report) {
	for _, j := range r.Journeys {
		for _, c := range j.Changes {
			if c.Kind != diff.Dropped {
				continue
			}
			from, to := j.Match.Exchanges[c.From], j.Match.Exchanges[c.To]
			require.NotNil(t, from)
			require.NotNil(t, to)
			before, after := from.Request, to.Request
			if c.Response {
				before, after = from.Response, to.Response
			}
			require.NotNil(t, before)
			require.NotNil(t, after)
			require.True(t, after.Complete, "%s dropped, but the head after it was not seen whole", c.Field)
		}
	}
}
