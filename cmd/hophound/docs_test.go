package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "rewrite the output shown in the documents")

// shownOutput is a block of output in a document, and the command it is from.
var shownOutput = regexp.MustCompile("(?s)<!-- output: hophound ([^\n]*?)(?: \\| head -n ([0-9]+))? -->\n```\n(.*?)```\n")

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
			output := head(stdout.String(), parts[2])
			if !*update {
				assert.Equal(t, output, parts[3], "%s shows another output of hophound %s: go test ./cmd/hophound -update", document, parts[1])
			}
			return block[:strings.Index(block, "```\n")] + "```\n" + output + "```\n"
		})
		if *update && rewritten != string(content) {
			require.NoError(t, os.WriteFile(document, []byte(rewritten), 0o644))
		}
	}
	assert.NotZero(t, found)
}

// head gives the first lines of a text, all of them if their number is empty.
func head(text, lines string) string {
	n, err := strconv.Atoi(lines)
	if err != nil {
		return text
	}
	split := strings.SplitAfterN(text, "\n", n+1)
	return strings.Join(split[:min(n, len(split))], "")
}
