//go:build linux

package main

import (
	"fmt"

	"github.com/hophound/hophound/bench/performance"
	"github.com/hophound/hophound/lab"
)

// series is the rounds of one load with one capture, or none.
type series struct {
	by    string
	rates []float64   // done a second
	taken []lab.Taken // none without a capture
}

// of gives a figure of each round.
func (s series) of(figure func(lab.Taken) float64) (figures []float64) {
	for _, t := range s.taken {
		figures = append(figures, figure(t))
	}
	return figures
}

// table writes all series of a load: that of nobody first, tcpdump's next.
func (c *comparison) table(all []series) string {
	var rows [][]string
	for _, s := range all {
		row := []string{s.by, performance.SpreadOf(s.rates).String(), performance.SpreadOf(ratios(s.rates, all[0].rates)).String()}
		if len(s.taken) > 0 {
			row = append(row, c.costs(s, all[1])...)
		}
		rows = append(rows, row)
	}
	return performance.Table(1, []string{
		"captured by", "done a second", "of nobody's", "CPU s, start", "CPU s, steady", "times tcpdump's",
		"µs a packet", "packets", "dropped", "to user space",
	}, rows)
}

// costs are the cells about the capture itself.
func (c *comparison) costs(s, tcpdump series) []string {
	steady := s.of(c.steady(s.by))
	return []string{
		performance.Figure(c.start[s.by]),
		performance.SpreadOf(steady).String(),
		performance.SpreadOf(ratios(steady, tcpdump.of(c.steady(tcpdump.by)))).String(),
		performance.Figure(performance.SpreadOf(s.of(func(t lab.Taken) float64 {
			return 1e6 * c.steady(s.by)(t) / max(1, float64(t.Captured))
		})).Median),
		fmt.Sprintf("%.0f", performance.SpreadOf(s.of(func(t lab.Taken) float64 { return float64(t.Captured) })).Median),
		fmt.Sprintf("%.0f", performance.SpreadOf(s.of(func(t lab.Taken) float64 { return float64(t.Dropped) })).Max),
		performance.Figure(performance.SpreadOf(s.of(func(t lab.Taken) float64 {
			return 100 * float64(t.Copied) / max(1, float64(t.Wire))
		})).Median) + " %",
	}
}

// steady tells the CPU seconds of a capture without those of its start.
func (c *comparison) steady(by string) func(lab.Taken) float64 {
	return func(t lab.Taken) float64 { return max(0, t.CPU.Seconds()-c.start[by]) }
}

// ratios divides round by round. What cost nothing that could be measured is
// nothing's measure.
func ratios(figures, by []float64) (quotients []float64) {
	for i := range min(len(figures), len(by)) {
		if by[i] > 0 {
			quotients = append(quotients, figures[i]/by[i])
		}
	}
	return quotients
}
