//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/hophound/hophound/bench/performance"
)

// result is what a rival has taken for a load.
type result struct {
	rival  rival
	rounds []cost // of the first round, of the second, …
	memory cost   // of the round in which memory was watched
}

// files measures hophound beside its rivals on every load.
func (p *plan) files(ctx context.Context) (string, error) {
	rivals, absent := p.rivals(ctx)
	var b strings.Builder
	fmt.Fprintln(&b, p.machine)
	if p.quick {
		fmt.Fprintln(&b, "A quick look: a twentieth of the requests, few rounds.")
	}
	var versions [][]string
	for _, r := range rivals[1:] {
		versions = append(versions, r.version)
	}
	fmt.Fprintln(&b, performance.Versions(ctx, versions...))
	if len(absent) > 0 {
		fmt.Fprintf(&b, "Absent: %s.\n", strings.Join(absent, ", "))
	}
	for _, l := range loads() {
		if !p.wants(l.name) {
			continue
		}
		if err := p.file(ctx, &b, l, rivals); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

// file measures one load and appends its table.
func (p *plan) file(ctx context.Context, b *strings.Builder, l load, rivals []rival) (err error) {
	fmt.Fprintln(os.Stderr, "reading", l.name)
	m, err := p.make(ctx, l)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.remove()) }()
	if !l.all {
		rivals = besideTcpdump(rivals)
	}
	results, err := p.rounds(ctx, m, rivals)
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n### %s\n\n%s", m.title(), resultTable(results))
	return nil
}

// besideTcpdump leaves hophound, whatever builds of it, and tcpdump.
func besideTcpdump(rivals []rival) (few []rival) {
	for _, r := range rivals {
		if r.together || r.name == "tcpdump" {
			few = append(few, r)
		}
	}
	return few
}

// In how many rounds programs are measured: those that take long in fewer.
const (
	allRounds  = 7
	someRounds = 3
	slowRounds = 2
)

// rounds lets every rival read the captures, then again, each time another one
// first, so that what happens meanwhile disturbs all of them. A round before
// the first measures the memory of the programs; the slow ones are spared it, and have
// theirs watched while their time is taken.
func (p *plan) rounds(ctx context.Context, m *made, rivals []rival) ([]result, error) {
	results := make([]result, len(rivals))
	for round := range allRounds + 1 {
		for i := range rivals {
			i = (i + round) % len(rivals)
			r := &results[i]
			r.rival = rivals[i]
			slow := r.rival.rounds == slowRounds
			if round > p.roundsOf(r.rival, m) || round == 0 && slow {
				continue
			}
			if err := p.warmUp(ctx, r.rival, m); err != nil {
				return nil, err
			}
			watched := round == 0 || round == 1 && slow
			c, err := costOfAll(ctx, r.rival, m.files, watched)
			if err != nil {
				return nil, err
			}
			if watched {
				r.memory = c
			}
			if round > 0 {
				r.rounds = append(r.rounds, c)
			}
		}
	}
	return results, nil
}

// warmUp brings the files into the machine's memory, and has a rival that is not slow
// read them once: some kernels page out what was not read for a few seconds, and some
// hypervisors take back memory that is free, and who comes after a slow program would
// pay for it.
func (p *plan) warmUp(ctx context.Context, r rival, m *made) error {
	if r.rounds == slowRounds {
		return m.readInto(io.Discard)
	}
	_, err := costOfAll(ctx, r, m.files, false)
	return err
}

// roundsOf is in how many rounds a rival's time is taken.
func (p *plan) roundsOf(r rival, m *made) int {
	switch {
	case r.rounds == slowRounds && (p.quick || len(m.files) > 1):
		return 1
	case p.quick:
		return 2
	case r.rounds > 0:
		return r.rounds
	}
	return allRounds
}

// resultTable writes results; those of hophound first, and tcpdump's somewhere.
// Ratios are taken round by round: what disturbs a round disturbs both.
func resultTable(results []result) string {
	tcpdump := results[0]
	for _, r := range results {
		if r.rival.name == "tcpdump" {
			tcpdump = r
		}
	}
	var rows [][]string
	for _, r := range results {
		rows = append(rows, []string{
			r.rival.name,
			performance.SpreadOf(r.seconds(cost.wallSeconds)).String(),
			performance.Figure(performance.SpreadOf(r.seconds(cost.cpuSeconds)).Median),
			performance.SpreadOf(ratios(r, tcpdump)).String(),
			performance.SpreadOf(ratios(r, results[0])).String(),
			performance.Figure(float64(r.memory.peak) / 1e6),
			performance.Figure(float64(r.memory.anonymous) / 1e6),
		})
	}
	return performance.Table(1, []string{"program", "seconds", "CPU s", "times tcpdump's", "times hophound's", "peak MB", "without file pages"}, rows)
}

func (c cost) wallSeconds() float64 { return c.wall.Seconds() }
func (c cost) cpuSeconds() float64  { return c.cpu.Seconds() }

func (r result) seconds(of func(cost) float64) (figures []float64) {
	for _, c := range r.rounds {
		figures = append(figures, of(c))
	}
	return figures
}

// ratios divides the time of one by that of the other, in the rounds that both
// took part in.
func ratios(r, by result) (figures []float64) {
	for i := range min(len(r.rounds), len(by.rounds)) {
		figures = append(figures, r.rounds[i].wall.Seconds()/by.rounds[i].wall.Seconds())
	}
	return figures
}
