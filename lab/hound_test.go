//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps"
)

// hound is the compiled command, used as people use it.
type hound struct{ path string }

func buildHound(t *testing.T, l *Lab) hound {
	t.Helper()
	path := filepath.Join(t.TempDir(), "hophound")
	_, err := run(context.Background(), l.tree, "env", "CGO_ENABLED=0", "go", "build", "-o", path, "./cmd/hophound")
	require.NoError(t, err)
	return hound{path: path}
}

// assertVerdict makes a fresh case of the run and lets the command check it: the
// verdict, the findings and the contract that the scenario wants.
func (h hound) assertVerdict(t *testing.T, r *Run) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), r.Scenario.Name)
	require.NoError(t, r.save(folder))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, h.path, "check", folder).CombinedOutput()
	assert.NoError(t, err, "hophound check: %s", out)
}

// assertRequests holds the journeys that the command finds against the requests
// that the client made: a retry by a proxy, or a packet seen twice, makes no more of
// them, and a second try of the client's no fewer.
func (h hound) assertRequests(t *testing.T, r *Run) {
	t.Helper()
	if r.Scenario.Asked == 0 {
		return
	}
	var report struct {
		Summary struct {
			Journeys int
			Upgrades struct{ Asked int }
		}
	}
	h.analyze(t, r, &report)
	assert.Equal(t, r.Scenario.Asked, report.Summary.Upgrades.Asked, "handshakes that the client asked for")
	if r.Scenario.Requests > 0 {
		assert.Equal(t, r.Scenario.Requests, report.Summary.Journeys, "requests of the client")
	}
}

// assertClocks holds the clocks that the command finds, where it finds any, against
// what they were: all captures of the lab have the same clock, but for those whose
// times were rewritten.
func (h hound) assertClocks(t *testing.T, r *Run) {
	t.Helper()
	var report struct {
		Hops []struct {
			Name  string
			Clock *struct{ Offset, Error int64 } // nanoseconds; the offset is to be added
		}
	}
	h.analyze(t, r, &report)
	ahead := map[string]time.Duration{}
	for _, tap := range r.Scenario.taps() {
		for _, hop := range tap.Hops {
			ahead[hop.Name] = tap.Clock
		}
	}
	for _, hop := range report.Hops {
		switch {
		case hop.Clock != nil:
			assert.InDelta(t, -ahead[hop.Name].Nanoseconds(), hop.Clock.Offset, float64(hop.Clock.Error), "the clock of %s", hop.Name)
		case ahead[hop.Name] != 0:
			assert.Fail(t, "a clock that is ahead was not found", hop.Name)
		}
	}
}

// analyze reads the command's report on the run; it returns the exit status.
func (h hound) analyze(t *testing.T, r *Run, report any) int {
	t.Helper()
	folder := filepath.Join(t.TempDir(), r.Scenario.Name)
	require.NoError(t, r.save(folder))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.path, "analyze", "-o", "json", folder)
	out, err := cmd.Output()
	require.NoError(t, json.Unmarshal(out, report), "%v: %s", err, out)
	return cmd.ProcessState.ExitCode()
}

// fix is the text of the finding of that rule, as a person would copy it.
func (h hound) fix(t *testing.T, r *Run, rule string) string {
	t.Helper()
	var report struct {
		Findings []struct {
			Rule string
			Fix  struct{ Text string }
		}
	}
	require.Equal(t, 1, h.analyze(t, r, &report), "the exit status of a case with a fault")
	for _, finding := range report.Findings {
		if finding.Rule == rule {
			return finding.Fix.Text
		}
	}
	require.Failf(t, "no such finding", "%s in %+v", rule, report)
	return ""
}

// The fix of nginx-default-strips-upgrade, pasted into the configuration it was
// found in, lets the same chain through, on both generations of nginx.
func TestFixHeals(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, name := range []string{"nginx-default", "nginx-1.30-default"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ill, found := Named(name)
			require.True(t, found)
			r, err := l.Run(context.Background(), ill, t.TempDir())
			require.NoError(t, err)

			config, err := os.ReadFile(filepath.Join(r.Dir, "nginx.conf"))
			require.NoError(t, err)
			mended := filepath.Join(t.TempDir(), "mended.conf")
			text := paste(t, string(config), h.fix(t, r, "nginx-default-strips-upgrade"))
			require.NoError(t, os.WriteFile(mended, []byte(text), 0o644))

			healed := ill
			healed.Nodes = append([]Node(nil), ill.Nodes...)
			at := slices.IndexFunc(healed.Nodes, func(n Node) bool { return n.Name == "nginx" })
			healed.Nodes[at].Config = mended
			healed.Actions = []Action{handshake(Front, 101)}
			healed.AppLog = []string{upgraded("upgrade", "websocket")}
			healed.Preserve = handshakeFields()
			healed.Want = pcaps.Want{Verdict: "pass"}
			r, err = l.Run(context.Background(), healed, t.TempDir())
			require.NoError(t, err, "with the configuration\n%s", text)
			require.NoError(t, r.Check(), "with the configuration\n%s", text)
			h.assertVerdict(t, r)
		})
	}
}

// The comment lines that begin the two parts of a fix for nginx.
const (
	inHTTP     = "# in http { }"
	inLocation = "# in the location"
)

// paste puts the two parts of a fix where their comments say.
func paste(t *testing.T, config, fix string) string {
	t.Helper()
	require.True(t, strings.HasPrefix(fix, inHTTP), "the fix begins with what goes into http: %s", fix)
	http, location, found := strings.Cut(fix, inLocation)
	require.True(t, found, "the fix goes on with what goes into the location: %s", fix)
	var out strings.Builder
	for line := range strings.Lines(config) {
		out.WriteString(line)
		switch {
		case strings.TrimSpace(line) == "http {":
			out.WriteString(http)
		case strings.HasPrefix(strings.TrimSpace(line), "location "):
			out.WriteString(inLocation + location + "\n")
		}
	}
	return out.String()
}
