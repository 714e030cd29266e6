//go:build linux

package lab

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps"
)

// The committed cases are those of the scenarios: whoever changes a scenario
// remakes its case, and whoever adds a case by hand is told that it can't be remade.
func TestCasesAreThoseOfTheScenarios(t *testing.T) {
	const cases = "../pcaps"
	known := map[string]bool{}
	for _, s := range Scenarios() {
		assert.False(t, known[s.Name], "two scenarios are called %s", s.Name)
		known[s.Name] = true
		t.Run(s.Name, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join(cases, s.Name, pcaps.FileName))
			require.NoError(t, err, "make it with: go run ./lab/cases %s", s.Name)
			var committed pcaps.Case
			require.NoError(t, yaml.UnmarshalWithOptions(text, &committed, yaml.Strict()))
			r := Run{Scenario: s, Software: make([]string, len(s.Nodes)), Logs: make([]string, len(s.Nodes))}
			want := r.describe()
			want.Made = committed.Made // versions and logs are those of the day it was made
			assert.Equal(t, want, committed, "remake it with: go run ./lab/cases %s", s.Name)
			assertSmall(t, &Run{Scenario: s, Dir: filepath.Join(cases, s.Name)})
		})
	}
	folders, err := filepath.Glob(filepath.Join(cases, "*", pcaps.FileName))
	require.NoError(t, err)
	for _, file := range folders {
		name := filepath.Base(filepath.Dir(file))
		assert.True(t, known[name], "case %s has no scenario", name)
	}
}
