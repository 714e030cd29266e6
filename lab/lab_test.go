//go:build linux

package lab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// openLab is the lab for one test.
func openLab(t *testing.T) *Lab {
	t.Helper()
	l, err := Open(context.Background())
	require.NoError(t, err, "the lab needs root and what lab/install.sh installs")
	t.Cleanup(func() { assert.NoError(t, l.Close()) })
	return l
}

// TestScenarios plays every scenario with the real servers and looks at it from
// all sides: the client, the application's log, the wire, and hophound.
func TestScenarios(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, s := range Scenarios() {
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			r, err := l.Run(context.Background(), s, t.TempDir())
			require.NoError(t, err)
			require.NoError(t, r.Check())
			assertSmall(t, r)
			assertLogAgreesWithWire(t, r)
			h.assertVerdict(t, r)
			h.assertRequests(t, r)
			h.assertClocks(t, r)
		})
	}
}

// assertSmall holds the captures to the size that is fit for the repository.
func assertSmall(t *testing.T, r *Run) {
	t.Helper()
	for _, tap := range r.Scenario.taps() {
		info, err := os.Stat(filepath.Join(r.Dir, tap.File))
		require.NoError(t, err)
		assert.Less(t, info.Size(), int64(100_000), tap.File)
	}
}

// cableLine is what Action Cable logs of each request for /cable.
var cableLine = regexp.MustCompile(`\(REQUEST_METHOD: (\S*), HTTP_CONNECTION: (.*), HTTP_UPGRADE: (.*)\)`)

// assertLogAgreesWithWire compares the application's log with what tshark, an
// eye that is not ours, sees arriving at the application.
func assertLogAgreesWithWire(t *testing.T, r *Run) {
	t.Helper()
	file, whole := r.applicationCapture()
	if !whole {
		return
	}
	var servers []string
	for _, node := range r.Scenario.Nodes {
		if node.host() == r.Scenario.application() && !node.Fails {
			servers = append(servers, fmt.Sprintf("(ip.dst == %s && tcp.dstport == %d)", node.address(), node.Port))
		}
	}
	if len(servers) == 0 {
		return // no application that logs
	}
	out, err := run(context.Background(), "", "tshark", "-r", filepath.Join(r.Dir, file), "-d", "tcp.port==3000,http",
		"-Y", `http.request.uri == "/cable" && (`+strings.Join(servers, " || ")+")", "-T", "fields",
		"-e", "http.request.method", "-e", "http.connection", "-e", "http.upgrade")
	require.NoError(t, err)
	var logged, seen []string
	for _, match := range cableLine.FindAllStringSubmatch(r.AppLog(), -1) {
		logged = append(logged, strings.Join(match[1:], "\t"))
	}
	for line := range strings.Lines(out) {
		seen = append(seen, strings.TrimSuffix(line, "\n"))
	}
	// Clients at the same time, and several servers: their order is not told.
	assert.ElementsMatch(t, seen, logged, "requests at the application: those on the wire and those in its log")
}

// applicationCapture is the capture in which the application's hop is seen, and
// whether that is the whole of it.
func (r *Run) applicationCapture() (file string, whole bool) {
	for _, tap := range r.Scenario.taps() {
		for _, hop := range tap.Hops {
			if hop.Name == r.Scenario.application() {
				return tap.File, tap.Filter == ""
			}
		}
	}
	return "", false
}
