package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the output shown in the documents")

// shownOutput is a block of output in a document, and the command it is from.
var shownOutput = regexp.MustCompile("(?s)<!-- output: hophound ([^\n]*) -->\n```\n(.*?)```\n")

// Output shown in the documents is what the commands print.
func TestDocumentsShowWhatCommandsPrint(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	documents, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	found := 0
	for _, document := range append(documents, "README.md") {
		content, err := os.ReadFile(document)
		require.NoError(t, err)
		rewritten := shownOutput.ReplaceAllStringFunc(string(content), func(block string) string {
			found++
			parts := shownOutput.FindStringSubmatch(block)
			var stdout, stderr bytes.Buffer
			run(t.Context(), &environment{stdout: &stdout, stderr: &stderr}, strings.Fields(parts[1]))
			assert.Empty(t, stderr.String(), parts[1])
			if !*update {
				assert.Equal(t, stdout.String(), parts[2], "%s shows another output of hophound %s: go test ./cmd/hophound -update", document, parts[1])
			}
			return "<!-- output: hophound " + parts[1] + " -->\n```\n" + stdout.String() + "```\n"
		})
		if *update && rewritten != string(content) {
			require.NoError(t, os.WriteFile(document, []byte(rewritten), 0o644))
		}
	}
	assert.NotZero(t, found)
}
