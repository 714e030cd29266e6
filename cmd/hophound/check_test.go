package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A case that cannot be checked keeps nobody from the others.
func TestCheckGoesOn(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "cases [1]")
	for _, name := range []string{"a", "b [x]", "c"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, name), 0o755))
		require.NoError(t, os.CopyFS(filepath.Join(dir, name), os.DirFS(lostCase)))
	}
	require.NoError(t, os.Remove(filepath.Join(dir, "a", "puma.pcap")))
	status, stdout, stderr := hophound(t, nil, "check", dir)
	assert.Equal(t, exitTrouble, status)
	assert.Equal(t, "ok    "+dir+"/b [x]\nok    "+dir+"/c\n2 passed, 0 failed, 1 could not be checked\n", stdout)
	assert.Equal(t, "hophound: check "+dir+"/a: hop puma: open "+dir+"/a/puma.pcap: no such file or directory\n", stderr)
}

// Neither what was on the wire nor what stands in hops.yaml steers a terminal.
func TestNothingSteersTheTerminal(t *testing.T) {
	dir := t.TempDir()
	writeConversations(t, filepath.Join(dir, "a.pcap"), 3, conversation{
		"GET /\x1b]0;wire\a HTTP/1.1\r\nHost: a\r\nUpgrade: x\x1b[31m\r\n\r\n", "HTTP/1.1 404 Not\x1b[31m\r\nContent-Length: 0\r\n\r\n",
	})
	hops := `hops: [{name: "a\e[31m", file: a.pcap}]
preserve: ["X\e[31m"]
strip: [Upgrade]
want: {verdict: inconclusive, findings: [{rule: "x\e[31m", culprit: "b\nFAIL"}]}
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(hops), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "want.txt"), []byte("\x1b[31mPASS\n"), 0o600))
	for _, args := range [][]string{{"check", dir}, {"analyze", dir}, {"check", dir + "\x1b[31m"}} {
		_, stdout, stderr := hophound(t, nil, args...)
		assert.NotContains(t, stdout+stderr, "\x1b")
		assert.NotContains(t, stdout+stderr, "\a")
		assert.NotContains(t, stdout, "\nFAIL")
		assert.NotEmpty(t, stdout+stderr)
	}
	_, stdout, _ := hophound(t, nil, "check", dir)
	assert.Contains(t, stdout, "strip Upgrade: GET /·]0;wire· ")
}
