package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
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

// A contract is held against every request, whatever a report holds, and against what
// arrives as an element of a list.
func TestContractsHoldForAll(t *testing.T) {
	const many = 2100
	request := func(i int, fields string) string {
		return fmt.Sprintf("GET /%d HTTP/1.1\r\nHost: a\r\nX-Request-Id: r%d\r\n%s\r\n", i, i, fields)
	}
	for name, c := range map[string]struct {
		clause        string
		sent, arrived string // of the last request
		want          string // empty: it holds
	}{
		"the last one lacks it":  {"preserve: [X-Keep]", "X-Keep: v\r\n", "", `preserve X-Keep: GET /2099 (packet`},
		"it has it":              {"preserve: [X-Keep]", "X-Keep: v\r\n", "X-Keep: v\r\n", ""},
		"a node appends to it":   {"strip: [X-User]", "X-User: 6.6.6.6\r\n", "X-User: 6.6.6.6, 10.0.0.1\r\n", `"6.6.6.6" arrived from outside`},
		"a node joins the lines": {"strip: [X-User]", "X-User: root\r\nX-User: bob\r\n", "X-User: root, bob\r\n", `"root" arrived from outside; and 1 more`},
		"a node sets its own":    {"strip: [X-User]", "X-User: root\r\n", "X-User: alice\r\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for server, last := range map[byte]string{3: c.sent, 4: c.arrived} {
				var all conversation
				for i := range many {
					fields := ""
					if i == many-1 {
						fields = last
					}
					all = append(all, request(i, fields), "HTTP/1.1 204 No Content\r\n\r\n")
				}
				writeConversations(t, filepath.Join(dir, fmt.Sprintf("%d.pcap", server)), server, all)
			}
			hops := "hops: [{name: nginx, file: 3.pcap}, {name: puma, file: 4.pcap}]\n" + c.clause + "\n"
			require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(hops), 0o600))
			status, stdout, _ := hophound(t, nil, "check", dir)
			if c.want == "" {
				assert.Equal(t, exitPass, status, stdout)
				return
			}
			assert.Equal(t, exitFail, status, stdout)
			assert.Contains(t, stdout, c.want)
		})
	}
}

// Findings are wanted with a verdict or without; none is wanted where a list is empty.
func TestWantedFindings(t *testing.T) {
	for want, status := range map[string]int{
		"{findings: [{rule: nginx-default-strips-upgrade, culprit: nginx}]}": exitPass,
		"{findings: [{rule: no-such-rule, culprit: nginx}]}":                 exitFail,
		"{findings: []}":  exitFail,
		"{verdict: fail}": exitFail, // by a finding that is not wanted
		"{}":              exitPass,
	} {
		t.Run(want, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.CopyFS(dir, os.DirFS(lostCase)))
			hops, err := os.ReadFile(filepath.Join(dir, "hops.yaml"))
			require.NoError(t, err)
			before, _, found := strings.Cut(string(hops), "\nwant:")
			require.True(t, found)
			require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(before+"\nwant: "+want+"\n"), 0o600))
			got, stdout, stderr := hophound(t, nil, "check", dir)
			assert.Equal(t, status, got, stdout+stderr)
		})
	}
}
