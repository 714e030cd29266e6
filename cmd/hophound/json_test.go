package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps"
)

// caseDirs lists the cases of the repository.
func caseDirs(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", "..", "pcaps", "*", pcaps.FileName))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var dirs []string
	for _, file := range files {
		dirs = append(dirs, filepath.Dir(file))
	}
	return dirs
}

// The JSON of every case answers to the schema, and the schema describes every
// name that occurs in it.
func TestJSONAnswersToItsSchema(t *testing.T) {
	content, err := os.ReadFile("../../report/schema.json")
	require.NoError(t, err)
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(content))
	require.NoError(t, err)
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	require.NoError(t, compiler.AddResource("schema.json", document))
	schema, err := compiler.Compile("schema.json")
	require.NoError(t, err)

	described := map[string]bool{}
	collectProperties(document, described)
	for _, dir := range caseDirs(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			_, stdout, stderr := hophound(t, nil, "analyze", "--all", "-o", "json", dir)
			require.Empty(t, stderr)
			report, err := jsonschema.UnmarshalJSON(strings.NewReader(stdout))
			require.NoError(t, err)
			assert.NoError(t, schema.Validate(report))
			for _, name := range namesIn(report) {
				assert.True(t, described[name], "the schema does not describe %q", name)
			}
		})
	}
}

// collectProperties finds the names under "properties" of a schema.
func collectProperties(node any, found map[string]bool) {
	switch node := node.(type) {
	case map[string]any:
		if properties, ok := node["properties"].(map[string]any); ok {
			for name := range properties {
				found[name] = true
			}
		}
		for _, child := range node {
			collectProperties(child, found)
		}
	case []any:
		for _, child := range node {
			collectProperties(child, found)
		}
	}
}

func namesIn(node any) []string {
	var names []string
	switch node := node.(type) {
	case map[string]any:
		names = slices.Collect(maps.Keys(node))
		for _, child := range node {
			names = append(names, namesIn(child)...)
		}
	case []any:
		for _, child := range node {
			names = append(names, namesIn(child)...)
		}
	}
	return names
}

// The summary and the journeys tell the same, and every reference between parts
// of a report leads somewhere.
func TestJSONAgreesWithItself(t *testing.T) {
	for _, dir := range caseDirs(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			_, stdout, _ := hophound(t, nil, "analyze", "--all", "-o", "json", dir)
			var r struct {
				Hops     []struct{ Exchanges int }
				Journeys []struct {
					ID        int
					Kind      string
					Exchanges []*struct {
						Packets []int
						Retried []struct{ Packets []int }
					}
					Findings []int
				}
				Findings []struct{ Count int }
				Summary  struct{ Exchanges, Journeys int }
			}
			require.NoError(t, json.Unmarshal([]byte(stdout), &r))
			exchanges, counts := 0, make([]int, len(r.Findings))
			for i, j := range r.Journeys {
				assert.Equal(t, i+1, j.ID)
				require.Len(t, j.Exchanges, len(r.Hops))
				for _, x := range j.Exchanges {
					if x != nil {
						exchanges += 1 + len(x.Retried)
						assert.NotEmpty(t, x.Packets)
						assert.True(t, slices.IsSorted(x.Packets))
					}
				}
				for _, f := range j.Findings {
					require.Less(t, f, len(r.Findings))
					counts[f]++
				}
			}
			for i, f := range r.Findings {
				assert.Equal(t, f.Count, counts[i])
			}
			atHops := 0
			for _, h := range r.Hops {
				atHops += h.Exchanges
			}
			assert.Equal(t, r.Summary.Exchanges, exchanges)
			assert.Equal(t, r.Summary.Exchanges, atHops)
			assert.Len(t, r.Journeys, r.Summary.Journeys)
		})
	}
}
