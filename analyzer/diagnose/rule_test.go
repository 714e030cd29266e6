package diagnose

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestRules: every rule's example fires that rule and no other, and its
// counterexample does not fire it.
func TestRules(t *testing.T) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			require.NotEmpty(t, r.Example.Hops)
			require.NotEmpty(t, r.Counterexample.Hops)
			d, _, _ := run(t, r.Example)
			require.Equal(t, []string{r.ID}, ids(d.Findings), r.Example.Note)
			if r.Means != "" {
				assert.Equal(t, r.Means, d.Outcome)
			}
			d, _, _ = run(t, r.Counterexample)
			assert.NotContains(t, ids(d.Findings), r.ID, r.Counterexample.Note)
		})
	}
}

// TestRulesAreComplete: everything that people are told is there, and no
// placeholder is left in it.
func TestRulesAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) {
			assert.False(t, seen[r.ID], "the id stands twice")
			seen[r.ID] = true
			found, ok := Lookup(r.ID)
			assert.True(t, ok)
			assert.Same(t, r, found)
			for name, text := range map[string]string{"title": r.Title, "sees": r.Sees, "summary": r.Summary, "explanation": r.Explanation} {
				assert.NotEmpty(t, text, name)
			}
			d, _, _ := run(t, r.Example)
			require.Len(t, d.Findings, 1)
			f := d.Findings[0]
			assert.NotEmpty(t, f.Evidence)
			for _, text := range []string{f.Summary, f.Explanation, fixText(f)} {
				assert.NotRegexp(t, `\{[a-z_]+\}`, text, "a word in braces was not replaced")
			}
			for _, e := range f.Evidence {
				assert.NotEmpty(t, e.Note)
				assert.NotEmpty(t, e.Packets)
			}
		})
	}
	_, ok := Lookup("no-such-rule")
	assert.False(t, ok)
}

func fixText(f Finding) string {
	if f.Fix == nil {
		return ""
	}
	return f.Fix.Where + "\n" + f.Fix.Text
}

// TestTexts keeps what all rules say about their examples in a file that is
// read, and judged, as a whole.
func TestTexts(t *testing.T) {
	var b strings.Builder
	for _, r := range Rules() {
		d, _, hops := run(t, r.Example)
		for _, f := range d.Findings {
			fmt.Fprintf(&b, "== %s (%s)\n%s\n\n", r.ID, r.Title, r.Example.Note)
			fmt.Fprintf(&b, "%s, culprit %q, %s, outcome %s\n%s\n%s\n", f.Severity, f.Culprit, f.Certainty, d.Outcome, f.Summary, f.Explanation)
			for _, e := range f.Evidence {
				fmt.Fprintf(&b, "  at %s, packet %v: %s\n", hops[e.Hop].Name, e.Packets, e.Note)
			}
			if f.Fix != nil {
				fmt.Fprintf(&b, "fix (%s):\n%s", f.Fix.Where, f.Fix.Text)
			}
			b.WriteString("\n")
		}
	}
	golden(t, "testdata/texts.txt", b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll("testdata", 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got)
}
