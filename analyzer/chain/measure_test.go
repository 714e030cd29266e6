package chain_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var (
	update = flag.Bool("update", false, "write the table of docs/MATCHING.md")
	// The seeds that the matcher was tuned with are below 1000.
	seed = flag.Uint64("seed", 7001, "seed of the loads that are measured")
)

// loads are the kinds of traffic that the matcher is measured with. Recall is
// what must be found of the pairs at least.
var loads = []struct {
	name   string
	load   load
	recall float64
}{
	{"calm", load{gap: 20e6, users: 2000, plain: 0.3, alike: 0.02, lost: 0.02, retried: 0.005}, 0.95},
	{"busy", load{gap: 500e3, users: 2000, plain: 0.3, alike: 0.02, lost: 0.02, retried: 0.005}, 0.93},
	{"no identifiers", load{gap: 1e6, users: 500, plain: 1, alike: 0.05, lost: 0.01, retried: 0.005}, 0.9},
	{"20 users", load{gap: 2e6, users: 20, plain: 0.5, alike: 0.05, lost: 0.01, retried: 0.005}, 0.9},
	{"health checks only, one host", load{gap: 10e6, users: 1, alike: 1, lost: 0.02, oneClock: true}, 0.9},
	{"health checks only, clocks unknown", load{gap: 10e6, users: 1, alike: 1, lost: 0.02}, 0},
	{"X-Request-Id replaced on the way", load{gap: 1e6, users: 2000, plain: 0.3, alike: 0.02, lost: 0.01, rewrites: true}, 0.93},
	{"Sec-WebSocket-Key replaced on the way", load{gap: 1e6, users: 2000, plain: 0.3, alike: 0.02, lost: 0.01, newKeys: true}, 0.93},
	{"5 % retried", load{gap: 2e6, users: 500, plain: 0.3, alike: 0.02, lost: 0.01, retried: 0.05}, 0.9},
	{"20 % lost at each hop", load{gap: 2e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.2, retried: 0.005}, 0.9},
	{"clocks 3 ms apart", load{gap: 2e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.02, skew: [3]int64{0, -3e6, 2e6}}, 0.93},
	{"clocks 1 min apart", load{gap: 2e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.02, skew: [3]int64{0, -60e9, 0}}, 0.93},
	{"clocks 5 min apart, drifting by 50 ppm", load{gap: 10e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.02,
		skew: [3]int64{0, 300e9, -300e9}, drift: [3]float64{0, 50e-6, -50e-6}}, 0.93},
	{"the same, without identifiers", load{gap: 10e6, users: 2000, plain: 1, alike: 0.02, lost: 0.02,
		skew: [3]int64{0, 300e9, -300e9}, drift: [3]float64{0, 50e-6, -50e-6}}, 0.9},
	{"a clock set back by 2 s midway", load{gap: 10e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.02, step: [3]int64{0, -2e9, 0}}, 0.9},
	{"clocks 1 min apart, read by packet time", load{gap: 10e6, users: 200, plain: 0.5, alike: 0.02, lost: 0.02,
		skew: [3]int64{0, -60e9, 0}, apart: true}, 0.93},
}

// score is how the links of a run compare with the truth.
type score struct {
	right, wrong          [3]int // by confidence
	pairs                 int    // requests seen at two neighbouring hops
	found                 int    // of them, linked at least as likely
	retries               int    // attempts of which the journey must tell
	retriesFound, strange int    // those that it told, and those that were none
	clocks                []chain.Clock
}

// judge matches what was captured in a world and compares.
func judge(w *world, captured []capturedExchange, options chain.Options) score {
	var s score
	if w.load.oneClock {
		options.Clocks = make([]int, worldHops)
	}
	seenAt := make(map[int]map[origin]bool)
	for hop := range worldHops {
		seenAt[hop] = make(map[origin]bool)
	}
	for _, c := range captured {
		seenAt[c.hop][w.truth[c.x]] = true
	}
	told := make(map[*http1.Exchange]bool)
	m := chain.NewMatcher(worldHops, options, func(j *chain.Journey) {
		for _, l := range j.Links {
			s.countLink(l, w.truth[j.Exchanges[l.From]], w.truth[j.Exchanges[l.To]], seenAt)
		}
		s.countRetries(w, j, told)
	})
	for _, c := range captured {
		m.Add(c.hop, c.x)
	}
	m.Close()
	for _, c := range captured {
		o := w.truth[c.x]
		last := origin{request: o.request}
		switch {
		case c.hop == 0 || !seenAt[c.hop-1][last]:
		case !o.failed:
			s.pairs++
		case seenAt[c.hop][last]:
			s.retries++
			if told[c.x] {
				s.retriesFound++
			}
		}
	}
	s.clocks = m.Clocks()
	return s
}

// countLink counts a link. One to an attempt that failed is right only if the
// last one was not captured.
func (s *score) countLink(l chain.Link, from, to origin, seenAt map[int]map[origin]bool) {
	last := origin{request: to.request}
	right := from.request == to.request && (to.failed == from.failed || to.failed && !seenAt[l.To][last])
	if !right {
		s.wrong[l.Confidence]++
		return
	}
	s.right[l.Confidence]++
	if l.Confidence > chain.Guess && l.To == l.From+1 && !to.failed {
		s.found++
	}
}

// countRetries notes which attempts a journey tells of.
func (s *score) countRetries(w *world, j *chain.Journey, told map[*http1.Exchange]bool) {
	for hop, retries := range j.Retries {
		for _, r := range retries {
			if x := j.Exchanges[hop]; x != nil && w.truth[x].request != w.truth[r].request || !w.truth[r].failed {
				s.strange++
			}
			told[r] = true
		}
	}
}

// What is called certain is never wrong, what is called likely at most once in
// a thousand, and most of what can be found is found. The numbers stand in
// docs/MATCHING.md.
func TestConfidenceHolds(t *testing.T) {
	var table strings.Builder
	table.WriteString("| traffic | certain | wrong | likely | wrong | guess | wrong | found | retries told |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	for i, l := range loads {
		t.Run(l.name, func(t *testing.T) {
			w := newWorld(*seed+uint64(i), l.load)
			s := judge(w, w.live(20_000), chain.Options{})
			recall := float64(s.found) / float64(s.pairs)
			line := s.line(l.name, recall)
			table.WriteString(line)
			t.Log(line, s.clocks)
			assert.Zero(t, s.wrong[chain.Certain], "wrong links called certain")
			assert.LessOrEqual(t, 1000*s.wrong[chain.Likely], s.right[chain.Likely], "wrong links called likely")
			assert.GreaterOrEqual(t, recall, l.recall)
			assert.LessOrEqual(t, 100*s.strange, s.retriesFound, "attempts that were none")
		})
	}
	if !t.Failed() {
		golden(t, "../../docs/MATCHING.md", table.String())
	}
}

func (s *score) line(name string, recall float64) string {
	told := "–"
	if s.retries > 0 {
		told = fmt.Sprintf("%d of %d, %d wrong", s.retriesFound, s.retries, s.strange)
	}
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d | %d | %.1f %% | %s |\n", name,
		s.right[chain.Certain]+s.wrong[chain.Certain], s.wrong[chain.Certain],
		s.right[chain.Likely]+s.wrong[chain.Likely], s.wrong[chain.Likely],
		s.right[chain.Guess]+s.wrong[chain.Guess], s.wrong[chain.Guess], 100*recall, told)
}

const (
	beginTable = "<!-- measured: begin -->\n"
	endTable   = "<!-- measured: end -->\n"
)

// golden holds the text between two marks of a document against what was
// measured; with -update it is written.
func golden(t *testing.T, path, want string) {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), beginTable)
	require.True(t, ok, "%s has no table", path)
	table, after, ok := strings.Cut(rest, endTable)
	require.True(t, ok, "the table of %s has no end", path)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(before+beginTable+want+endTable+after), 0o644))
		return
	}
	assert.Equal(t, want, table, "go test ./analyzer/chain -run ConfidenceHolds -update writes it")
}
