//go:build linux

package lab

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What watch saves of the requests in which it found something is a case that
// check passes: the packets prove the finding.
func TestWatchSaves(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, test := range []struct {
		name, scenario string
		flags          []string
		status         int
		saves          bool
	}{
		{name: "a finding", scenario: "nginx-default", status: 1, saves: true},
		{name: "one among requests that are well", scenario: "mixed", status: 1, saves: true},
		{name: "with whole packets", scenario: "nginx-default", flags: []string{"--full"}, status: 1, saves: true},
		{name: "nothing", scenario: "all-well", status: 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, found := Named(test.scenario)
			require.True(t, found)
			ctx := context.Background()
			r := &Run{Scenario: s, Dir: t.TempDir()}
			c, err := l.start(ctx, s, r.Dir)
			require.NoError(t, err)
			defer func() { assert.NoError(t, c.stop()) }()

			folder, where := filepath.Join(r.Dir, "saved"), byName(c.spaces["nginx"], nil)
			w := h.watch(t, c, append(test.flags, "--save", folder, "nginx="+where+"@:80", "puma="+where+"@:3000")...)
			require.NoError(t, r.act(ctx, c))
			require.NoError(t, c.endCaptures(ctx))
			if test.saves {
				says(t, w, "nginx dropped Upgrade")
			} else {
				says(t, w, "upgraded")
			}
			require.NoError(t, w.cmd.Process.Signal(syscall.SIGINT))
			assertEnds(t, w, test.status)
			if !test.saves {
				assert.NoDirExists(t, folder)
				return
			}
			assertPrivate(t, folder)
			out, err := exec.Command(h.path, "check", folder).CombinedOutput()
			assert.NoError(t, err, "hophound check: %s", out)
			assert.Contains(t, string(out), "1 passed, 0 failed")
		})
	}
}

// A folder that may not be written is told at the start.
func TestWatchSavesWhereItMay(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	folder := openFolder(t)
	require.NoError(t, os.Chmod(folder, 0o755))
	require.NoError(t, os.Chown(folder, nobodyID, nobodyID))
	ctx := context.Background()
	for _, test := range []struct {
		flags []string
		says  string
	}{
		{[]string{"--save", filepath.Join(folder, "case")}, "permission denied: it is written without privileges"},
		{[]string{"--save", filepath.Join(folder, "case"), "-Z", nobody, "--for", "1ms"}, "no HTTP"},
	} {
		out, err := exec.CommandContext(ctx, h.path, append([]string{"watch", "nginx=iface:lo@:80"}, test.flags...)...).CombinedOutput()
		require.Error(t, err)
		assert.Contains(t, string(out), test.says)
		assert.NoDirExists(t, filepath.Join(folder, "case"))
	}
}

// watch begins to watch.
func (h hound) watch(t *testing.T, c *Chain, args ...string) *process {
	t.Helper()
	w, err := startProcess("watch", exec.Command(h.path, append([]string{"watch", "-v"}, args...)...), filepath.Join(t.TempDir(), "watch.log"))
	require.NoError(t, err)
	c.running = append(c.running, w)
	says(t, w, "gave up privileges")
	return w
}

// assertPrivate holds what is saved against other users: captures hold secrets.
func assertPrivate(t *testing.T, folder string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, path := range append(files, folder) {
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, path)
	}
}
