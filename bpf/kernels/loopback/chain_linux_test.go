package loopback

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// chains are what the command is to see, and what it is to say of it.
var chains = []struct {
	name     string
	forwards bool
	answer   int // to the handshake
	status   int // of the command
	verdict  string
	culprit  string // of the finding; "" if there is to be none
}{
	{"a proxy that drops the upgrade", false, http.StatusUpgradeRequired, 1, "fail", "proxy"},
	{"a proxy that forwards the upgrade", true, http.StatusSwitchingProtocols, 0, "pass", ""},
}

// What the command captures with its filter in this kernel is heads and little
// else, and the analysis of it gives the verdict.
func TestCaptureAndAnalyze(t *testing.T) {
	hophound := command(t)
	for _, test := range chains {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, test.forwards)
			path := filepath.Join(t.TempDir(), "lo.pcapng")
			capturing := run(t, hophound, "capture", "-i", "lo", "-w", path,
				fmt.Sprintf("port %d or port %d", port(c.Proxy.Listener), port(c.Application.Listener)))
			capturing.awaits(t, "capturing on lo, link type ETHERNET, eBPF filter")
			traffic(t, c, test.answer)
			capturing.interrupt(t)
			require.Equal(t, 0, capturing.ends(t), "%s", capturing.said())

			kept := regexp.MustCompile(`(\d+) heads; (\d+) of (\d+) bytes kept`).FindStringSubmatch(capturing.said())
			require.NotNil(t, kept, "%s", capturing.said())
			assert.Equal(t, "8", kept[1], "heads: two requests and their answers, on two hops")
			assert.Greater(t, number(t, kept[3]), 2*LargeBytes, "bytes that passed")
			assert.Less(t, number(t, kept[2]), LargeBytes/4, "bytes that were kept of them")

			analyzing := exec.Command(hophound, append([]string{"analyze", "-o", "json"}, hops(c, path)...)...)
			out, err := analyzing.Output()
			require.NotNil(t, analyzing.ProcessState, "%v", err)
			assert.Equal(t, test.status, analyzing.ProcessState.ExitCode(), "%s", out)
			assertReport(t, out, test.verdict, test.culprit)
		})
	}
}

// The same, told while it happens.
func TestWatch(t *testing.T) {
	hophound := command(t)
	for _, test := range chains {
		t.Run(test.name, func(t *testing.T) {
			c := start(t, test.forwards)
			watching := run(t, hophound, append([]string{"watch", "-v"}, hops(c, "iface:lo")...)...)
			watching.awaits(t, `way="eBPF filter"`)
			traffic(t, c, test.answer)
			watching.awaits(t, "/cable")
			watching.interrupt(t)
			assert.Equal(t, test.status, watching.ends(t), "%s", watching.said())
			if test.culprit != "" {
				assert.Contains(t, watching.said(), test.culprit+" dropped")
			}
		})
	}
}

// command gives the path of hophound: that which HOPHOUND names, or one that is
// built here.
func command(t *testing.T) string {
	t.Helper()
	if path := os.Getenv("HOPHOUND"); path != "" {
		return path
	}
	path := filepath.Join(t.TempDir(), "hophound")
	out, err := exec.Command("go", "build", "-o", path, "github.com/hophound/hophound/cmd/hophound").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return path
}

func start(t *testing.T, forwards bool) *Chain {
	t.Helper()
	c, err := Start(forwards)
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return c
}

// traffic is what the chain's client does.
func traffic(t *testing.T, c *Chain, answer int) {
	t.Helper()
	n, err := c.Download()
	require.NoError(t, err)
	require.EqualValues(t, LargeBytes, n)
	status, err := c.Upgrade()
	require.NoError(t, err)
	require.Equal(t, answer, status, "status of the handshake's answer")
}

func port(l interface{ Addr() net.Addr }) int { return l.Addr().(*net.TCPAddr).Port }

// hops are the arguments that name the chain's hops, both seen at one place.
func hops(c *Chain, where string) []string {
	return []string{
		fmt.Sprintf("proxy=%s@:%d", where, port(c.Proxy.Listener)),
		fmt.Sprintf("application=%s@:%d", where, port(c.Application.Listener)),
	}
}

func number(t *testing.T, digits string) int {
	t.Helper()
	n, err := strconv.Atoi(digits)
	require.NoError(t, err)
	return n
}

func assertReport(t *testing.T, document []byte, verdict, culprit string) {
	t.Helper()
	var report struct {
		Verdict  string
		Findings []struct{ Culprit, Severity, Certainty string }
		Summary  struct {
			Upgrades struct{ Asked, Upgraded, Lost int }
		}
	}
	require.NoError(t, json.Unmarshal(document, &report), "%s", document)
	assert.Equal(t, verdict, report.Verdict)
	assert.Equal(t, 1, report.Summary.Upgrades.Asked)
	if culprit == "" {
		assert.Empty(t, report.Findings)
		assert.Equal(t, 1, report.Summary.Upgrades.Upgraded)
		return
	}
	assert.Equal(t, 1, report.Summary.Upgrades.Lost)
	require.NotEmpty(t, report.Findings)
	assert.Equal(t, culprit, report.Findings[0].Culprit)
	assert.Equal(t, "error", report.Findings[0].Severity)
	assert.Equal(t, "certain", report.Findings[0].Certainty)
}

// running is a command at work.
type running struct {
	*exec.Cmd
	mu     sync.Mutex
	output bytes.Buffer // of both streams
}

func (r *running) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.Write(b)
}

func (r *running) said() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.output.String()
}

func run(t *testing.T, name string, args ...string) *running {
	t.Helper()
	r := &running{Cmd: exec.Command(name, args...)}
	r.Stdout, r.Stderr = r, r
	require.NoError(t, r.Start())
	t.Cleanup(func() {
		_ = r.Process.Kill()
		_ = r.Wait()
	})
	return r
}

// patience is long: an emulated machine is slow.
const patience = 30 * time.Second

func (r *running) awaits(t *testing.T, words string) {
	t.Helper()
	if !assert.Eventually(t, func() bool { return strings.Contains(r.said(), words) }, patience, 20*time.Millisecond) {
		require.Contains(t, r.said(), words, "capturing needs root")
	}
}

func (r *running) interrupt(t *testing.T) {
	t.Helper()
	require.NoError(t, r.Process.Signal(syscall.SIGINT))
}

// ends gives the exit status.
func (r *running) ends(t *testing.T) int {
	t.Helper()
	ended := time.AfterFunc(patience, func() { _ = r.Process.Kill() })
	defer ended.Stop()
	_ = r.Wait() // the status tells
	return r.ProcessState.ExitCode()
}
