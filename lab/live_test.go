//go:build linux

package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	packets "github.com/hophound/hophound/capture"
)

// trimming and whole are the command as it captures by itself, and with all
// that tcpdump would keep.
func (h hound) trimming() Capturer {
	return Capturer{Argv: []string{h.path, "capture"}, Listen: "capturing on"}
}

func (h hound) whole() Capturer {
	return Capturer{Argv: []string{h.path, "capture", "--full"}, Listen: "capturing on"}
}

// Chains that the command captures itself get the verdict that tcpdump's captures
// get; and what the trimming leaves of the same traffic gives the same report.
func TestCapturedByHophound(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, name := range []string{"all-well", "nginx-default", "nginx-1.30-default", "mixed", "keepalive-pool", "dnat-any", "not-a-handshake"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, found := Named(name)
			require.True(t, found)
			trimmed, full := tapsBy(s, h.trimming(), "trimmed"), tapsBy(s, h.whole(), "full")
			s.Taps = append(append([]Tap(nil), trimmed...), full...)
			r, err := l.Run(context.Background(), s, t.TempDir())
			require.NoError(t, err)
			require.NoError(t, r.Check())

			var reports [][]string
			for _, taps := range [][]Tap{trimmed, full} {
				seen := *r
				seen.Scenario.Taps = taps
				h.assertVerdict(t, &seen)
				h.assertRequests(t, &seen)
				reports = append(reports, h.comparable(t, &seen))
			}
			require.Len(t, reports[0], len(reports[1]), "lines of the report on the trimmed capture")
			for i, line := range reports[1] {
				require.Equal(t, line, reports[0][i], "line %d of the reports, on the full capture and on the trimmed one", i)
			}
			assert.LessOrEqual(t, packetBytes(t, r.Dir, trimmed), packetBytes(t, r.Dir, full), "bytes of the packets")
		})
	}
}

// tapsBy are the scenario's taps, of TCP alone, done by another program into
// files of their own.
func tapsBy(s Scenario, by Capturer, mark string) []Tap {
	var taps []Tap
	for _, tap := range s.taps() {
		tap.By, tap.File = by, strings.TrimSuffix(tap.File, ".pcap")+"."+mark+".pcapng"
		tap.Filter = strings.TrimPrefix(tap.Filter+" and tcp", " and ")
		taps = append(taps, tap)
	}
	return taps
}

// packetBytes is what was kept of the packets in all files: the files themselves
// differ in comments too.
func packetBytes(t *testing.T, dir string, taps []Tap) (bytes int) {
	t.Helper()
	for _, tap := range taps {
		file, err := packets.Open(filepath.Join(dir, tap.File))
		require.NoError(t, err)
		var p packets.Packet
		for err = file.Next(&p); err == nil; err = file.Next(&p) {
			bytes += len(p.Data)
		}
		require.ErrorIs(t, err, io.EOF)
		require.NoError(t, file.Close())
	}
	return bytes
}

// comparable is the report of everything that was seen, as lines: without what
// counts packets, bytes and losses, without the names of the files, and without
// times, which the kernel takes for each capture by itself.
func (h hound) comparable(t *testing.T, r *Run) []string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), r.Scenario.Name)
	require.NoError(t, r.save(folder))
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, h.path, "analyze", "--all", "-o", "json", folder).Output()
	require.NotEmpty(t, out, "%v", err)
	var report map[string]any
	require.NoError(t, json.Unmarshal(out, &report))
	require.NotEmpty(t, report["hops"])
	require.NotEmpty(t, report["journeys"])
	forget(report)
	text, err := json.MarshalIndent(report, "", " ")
	require.NoError(t, err)
	return strings.Split(string(text), "\n")
}

// forget takes out of a report what two captures of the same need not share. Of
// packets their number stays: two captures on "any" may have them in another order.
// Of a WebSocket's bytes it stays how many there were, seen or not. Whose a
// server is depends on when each capture asks: nginx's worker, its master, which
// listens too, or on a busy machine no more than the user of the socket.
func forget(value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, name := range []string{"source", "start", "clock", "ledger", "bytes", "owner"} {
			delete(value, name)
		}
		if numbers, ok := value["packets"].([]any); ok {
			value["packets"] = len(numbers)
		} else {
			delete(value, "packets")
		}
		if tunnel, ok := value["tunnel"].(map[string]any); ok {
			var bytes float64
			for _, count := range tunnel {
				if count, ok := count.(float64); ok {
					bytes += count
				}
			}
			value["tunnel"] = bytes
		}
		for _, inner := range value {
			forget(inner)
		}
	case []any:
		for _, inner := range value {
			forget(inner)
		}
	}
}

// Watching the host of nginx while the traffic flows tells what the captures of
// all hosts tell afterwards.
func TestWatch(t *testing.T) {
	l := openLab(t)
	h := buildHound(t, l)
	for _, test := range []struct {
		name     string
		scenario string
		where    func(Namespace, *process) string // of nginx's host
		flags    []string
		ends     bool // by itself, without Ctrl-C
		status   int
		says     []string
	}{
		{
			name: "a healthy chain", scenario: "all-well", where: byName,
			status: 0, says: []string{"upgraded", "PASS  1 upgrade asked for: upgraded."},
		},
		{
			name: "until the finding", scenario: "nginx-default", where: byName,
			flags: []string{"--until-finding"}, ends: true,
			status: 1, says: []string{"FAIL  1 upgrade asked for: lost on the way.", "nginx-default-strips-upgrade · error · certain"},
		},
		{
			name: "in the namespace of a process", scenario: "nginx-1.30-default", where: byProcess,
			status: 1, says: []string{"nginx dropped Upgrade and Connection", "nginx-default-strips-upgrade · error · "},
		},
		{
			name: "as lines of JSON", scenario: "mixed", where: byName,
			flags: []string{"-o", "jsonl", "--count", "5"}, ends: true,
			status: 1, says: []string{`"rule":"nginx-default-strips-upgrade"`, `"culprit":"nginx"`},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s, found := Named(test.scenario)
			require.True(t, found)
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
			defer cancel()
			r := &Run{Scenario: s, Dir: t.TempDir()}
			c, err := l.start(ctx, s, r.Dir)
			require.NoError(t, err)
			defer func() { assert.NoError(t, c.stop()) }()

			where := test.where(c.spaces["nginx"], c.process("nginx"))
			w := h.watch(t, c, append([]string{"nginx=" + where + "@:80", "puma=" + where + "@:3000"}, test.flags...)...)
			assertCapabilities(t, w.cmd.Process.Pid, forOwners)
			require.NoError(t, r.act(ctx, c))
			require.NoError(t, c.endCaptures(ctx))
			if !test.ends {
				says(t, w, test.says[0]) // as a line of its own, before the report
				require.NoError(t, w.cmd.Process.Signal(syscall.SIGINT))
			}
			assertEnds(t, w, test.status)
			said, err := os.ReadFile(w.output.Name())
			require.NoError(t, err)
			for _, words := range test.says {
				assert.Contains(t, string(said), words)
			}
		})
	}
}

func byName(ns Namespace, _ *process) string { return "netns:" + ns.Name + "/any" }

func byProcess(_ Namespace, p *process) string {
	return fmt.Sprintf("pid:%d/any", p.cmd.Process.Pid)
}

// process is that of the node.
func (c *Chain) process(node string) *process {
	for _, p := range c.running {
		if p.name == node {
			return p
		}
	}
	return nil
}

// assertEnds waits for the end of a program, and for nothing else.
func assertEnds(t *testing.T, p *process, status int) {
	t.Helper()
	select {
	case <-p.exited:
		assert.Equal(t, status, p.cmd.ProcessState.ExitCode(), "exit status of %s: %s", p.name, p.tail())
	case <-time.After(patience):
		require.Fail(t, "it does not end", "%s: %s", p.name, p.tail())
	}
}
