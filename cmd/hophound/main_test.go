package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/diagnose"
)

// hophound runs a command line as a person would, with captures of the
// repository.
func hophound(t *testing.T, stdin io.Reader, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	status = run(t.Context(), &environment{stdin: stdin, stdout: &out, stderr: &err}, args)
	return status, out.String(), err.String()
}

const (
	lostCase = "../../pcaps/nginx-default/"
	wellCase = "../../pcaps/all-well/"
)

func TestAnalyzeExitStatusAndMessage(t *testing.T) {
	dir := t.TempDir()
	file := func(name string, content []byte) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, content, 0o644))
		return path
	}
	puma, err := os.ReadFile(lostCase + "puma.pcap")
	require.NoError(t, err)
	empty := file("empty.pcap", nil)
	text := file("notes.txt", []byte("GET / HTTP/1.1\r\nnot a capture\n"))
	noPackets := file("none.pcap", puma[:24])
	copied := file("copy.pcap", puma)
	const hostCase = "../../pcaps/one-capture-two-hops/nginx-host.pcap"
	copyOf := func(path string) string {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		return file("copied-"+filepath.Base(path), content)
	}

	tests := []struct {
		name   string
		args   []string
		status int
		says   string // on standard error, or on standard output if the status is that of a report
	}{
		{"a lost header", []string{lostCase}, exitFail, "nginx dropped Upgrade"},
		{"all is well", []string{wellCase}, exitPass, "PASS"},
		{"without the client's side", []string{"puma=" + lostCase + "puma.pcap"}, exitFail, "puma"},
		{"hops in the wrong order", []string{"puma=" + lostCase + "puma.pcap", "nginx=" + lostCase + "nginx.pcap"}, exitTrouble, "requests pass them as nginx, puma"},
		{"one file for two hops", []string{"nginx=" + lostCase + "nginx.pcap", "puma=" + lostCase + "nginx.pcap"}, exitTrouble, "add the server"},
		{"one link captured twice", []string{"nginx=" + copied, "puma=" + lostCase + "puma.pcap"}, exitFail, "they are one hop captured twice"},
		{"an empty file", []string{"nginx=" + empty}, exitTrouble, "empty"},
		{"a folder", []string{"nginx=" + dir}, exitTrouble, "directory"},
		{"a folder without hops.yaml", []string{dir}, exitTrouble, "hops.yaml"},
		{"a text file", []string{"nginx=" + text}, exitTrouble, "GET / HTTP/1.1"},
		{"a file that is not there", []string{"nginx=" + filepath.Join(dir, "gone.pcap")}, exitTrouble, "no such file"},
		{"a capture without packets", []string{"nginx=" + noPackets}, exitInconclusive, "no HTTP/1 request"},
		{"a capture without packets or names", []string{noPackets}, exitInconclusive, "nothing was seen at none"},
		{"a file that breaks off", []string{"nginx=" + lostCase + "nginx.pcap", "puma=" + file("cut.pcap", puma[:len(puma)-10])}, exitFail, "file ends inside"},
		{"no names", []string{lostCase + "puma.pcap", lostCase + "nginx.pcap"}, exitFail, "clients → nginx (10.77.2.2:80) → puma (10.77.3.2:3000)"},
		{"no name, one capture of a proxy's host", []string{"../../pcaps/one-capture-two-hops/nginx-host.pcap"}, exitFail, "clients → nginx (10.77.2.2:80) → port-3000 (10.77.3.2:3000)"},
		{"some names", []string{"nginx=" + lostCase + "nginx.pcap", copied}, exitTrouble, "or none"},
		{"one hop with two captures", []string{"nginx=" + lostCase + "nginx.pcap", "puma=" + lostCase + "puma.pcap", "puma=../../pcaps/all-well/puma.pcap"}, exitFail, "nginx dropped Upgrade"},
		{"a server that is none", []string{"a=" + copied + "@web"}, exitTrouble, ":PORT"},
		{"a live source", []string{"a=iface:eth0"}, exitTrouble, "live source"},
		{"an unknown output", []string{"-o", "xml", lostCase}, exitTrouble, "-o json"},
		{"an unknown flag", []string{"--colour", lostCase}, exitTrouble, "unknown flag"},
		{"a proxy's host as one hop", []string{"nginx=../../pcaps/one-capture-two-hops/nginx-host.pcap"}, exitInconclusive, "also holds what is sent on, to 10.77.3.2:3000: that is left out of the hop nginx"},
		{"a proxy's host as one hop, and what is behind it by its server", []string{"nginx=" + hostCase, "puma=" + copyOf(hostCase) + "@:3000"}, exitFail, "nginx dropped Upgrade"},
		{"a proxy's host as two hops, one of them whatever is not the other's", []string{"nginx=" + hostCase, "puma=" + hostCase + "@:3000"}, exitFail, "nginx dropped Upgrade"},
		{"nothing", nil, exitTrouble, "nginx=web1.pcap"},
		{"a server without a hop", []string{lostCase + "nginx.pcap@:80"}, exitTrouble, "write NAME="},
		{"one file twice for a hop", []string{"nginx=" + copied, "nginx=" + copied}, exitTrouble, "hop nginx is given " + copied + " twice"},
		{"a copy of a file for the same hop", []string{"nginx=" + lostCase + "nginx.pcap", "puma=" + lostCase + "puma.pcap", "puma=" + copied}, exitFail, "FAIL 1 upgrade asked for"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			status, stdout, stderr := hophound(t, nil, append([]string{"analyze"}, test.args...)...)
			assert.Equal(t, test.status, status, "%s%s", stdout, stderr)
			if test.status == exitTrouble {
				assert.Empty(t, stdout)
				assert.Contains(t, stderr, test.says)
				assert.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", stderr)
				return
			}
			assert.Empty(t, stderr)
			assert.Contains(t, strings.Join(strings.Fields(stdout), " "), test.says)
		})
	}
}

// Standard input is a capture like any other.
func TestAnalyzeReadsStandardInput(t *testing.T) {
	f, err := os.Open(lostCase + "puma.pcap")
	require.NoError(t, err)
	defer f.Close()
	status, stdout, stderr := hophound(t, f, "analyze", "nginx="+lostCase+"nginx.pcap", "puma=-")
	assert.Equal(t, exitFail, status, stderr)
	assert.Contains(t, stdout, "nginx-default-strips-upgrade")
}

// The same input gives the same bytes.
func TestReportIsTheSameEveryTime(t *testing.T) {
	for _, output := range []string{"text", "json"} {
		_, first, _ := hophound(t, nil, "analyze", "--all", "-o", output, "../../pcaps/mixed")
		for range 20 {
			_, again, _ := hophound(t, nil, "analyze", "--all", "-o", output, "../../pcaps/mixed")
			require.Equal(t, first, again)
		}
	}
}

func TestCheckRunsTheCasesOfTheRepository(t *testing.T) {
	status, stdout, stderr := hophound(t, nil, "check", "../../pcaps")
	assert.Equal(t, exitPass, status, "%s%s", stdout, stderr)
	assert.NotContains(t, stdout, "FAIL")
}

func TestCheckTellsWhatIsNotAsWanted(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(lostCase)))
	hops, err := os.ReadFile(filepath.Join(dir, "hops.yaml"))
	require.NoError(t, err)
	changed := strings.Replace(string(hops), "verdict: fail", "verdict: pass", 1) + "preserve: [Upgrade]\nstrip: [User-Agent]\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(changed), 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "want.txt"), []byte("PASS  all is well.\n"), 0o644))

	status, stdout, _ := hophound(t, nil, "check", dir)
	assert.Equal(t, exitFail, status)
	assert.Contains(t, stdout, "verdict is fail, wanted pass")
	assert.Contains(t, stdout, "-PASS  all is well.")
	assert.Contains(t, stdout, `preserve Upgrade: GET /cable (packet 9 at elb and packet 6 at puma): sent "websocket", arrived nothing`)
	assert.Contains(t, stdout, `sent "websocket", arrived nothing`)
	assert.Contains(t, stdout, "strip User-Agent")

	status, _, _ = hophound(t, nil, "check", "--update", dir)
	assert.Equal(t, exitFail, status, "an update writes reports, it does not change what is wanted of them")
	updated, err := os.ReadFile(filepath.Join(dir, "want.txt"))
	require.NoError(t, err)
	assert.Contains(t, string(updated), "nginx dropped Upgrade")
}

func TestRules(t *testing.T) {
	status, list, _ := hophound(t, nil, "rules")
	require.Equal(t, exitPass, status)
	for line := range strings.Lines(list) {
		id, _, _ := strings.Cut(line, " ")
		status, page, stderr := hophound(t, nil, "rules", id)
		assert.Equal(t, exitPass, status, stderr)
		assert.Contains(t, page, id)
		assert.Contains(t, page, "An example")
		if rule, ok := diagnose.Lookup(id); assert.True(t, ok) && len(rule.Example.Beside) > 0 {
			assert.Contains(t, page, "beside it")
		}
	}
	status, _, stderr := hophound(t, nil, "rules", "no-such-rule")
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr, "hophound rules lists them")
}

// A contract that many requests break is told once per clause.
func TestCheckTellsABrokenClauseOnce(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"nginx.pcap", "puma.pcap"} {
		content, err := os.ReadFile("../../pcaps/mixed/" + name)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), content, 0o644))
	}
	hops := "hops:\n- {name: nginx, file: nginx.pcap}\n- {name: puma, file: puma.pcap}\npreserve: [Host]\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(hops), 0o644))
	status, stdout, _ := hophound(t, nil, "check", dir)
	assert.Equal(t, exitFail, status)
	assert.Equal(t, 1, strings.Count(stdout, "preserve Host"), stdout)
	assert.Contains(t, stdout, "; and 13 more")
}
