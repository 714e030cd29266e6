package analyzer

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/diagnose"
)

// maxVariants bounds the problems that are told apart of one rule: the paths, hosts and
// origins that tell them apart come from the wire.
const maxVariants = 256

// problems are the findings of many journeys, each with how often it was made.
type problems struct {
	index    map[diagnose.Key]int // into findings
	findings []Finding
	variants map[string]int // by rule
	more     map[string]int // findings by rule that there is no place for
}

func newProblems() *problems {
	return &problems{index: map[diagnose.Key]int{}, variants: map[string]int{}, more: map[string]int{}}
}

// record counts a finding with others of the same problem.
func (p *problems) record(f diagnose.Finding) { p.merge(Finding{Finding: f, Count: 1}) }

// merge counts a finding that was made so many times.
func (p *problems) merge(f Finding) {
	i, known := p.index[f.Key()]
	switch {
	case known:
	case p.variants[f.Rule.ID] == maxVariants:
		p.more[f.Rule.ID] += f.Count
		return
	default:
		own := owned(f.Finding)
		i = len(p.findings)
		p.index[own.Key()] = i
		p.variants[own.Rule.ID]++
		p.findings = append(p.findings, Finding{Finding: own})
	}
	p.findings[i].Count += f.Count
	p.findings[i].affects(f.Server)
	for _, server := range f.Servers {
		p.findings[i].affects(server)
	}
}

// owned gives a finding memory of its own: the journey's may be used again.
func owned(f diagnose.Finding) diagnose.Finding {
	f.Variant, f.Summary = strings.Clone(f.Variant), strings.Clone(f.Summary)
	f.Evidence = slices.Clone(f.Evidence)
	for i := range f.Evidence {
		e := &f.Evidence[i]
		e.Packets, e.Note = slices.Clone(e.Packets), strings.Clone(e.Note)
	}
	return f
}

// of gives the index of a finding's problem; false if there is no place for it.
func (p *problems) of(f *diagnose.Finding) (int, bool) {
	i, ok := p.index[f.Key()]
	return i, ok
}

// notes says of which rules more was found than is told.
func (p *problems) notes() []string {
	var notes []string
	for _, r := range diagnose.Rules() {
		if n := p.more[r.ID]; n > 0 {
			notes = append(notes, fmt.Sprintf("%s was found %d times more, on other paths, hosts or origins than are told of; these are counted.", r.ID, n))
		}
	}
	return notes
}

// ranked gives the findings by severity, and by the order of rules within it, and the
// place that each of them had before.
func (p *problems) ranked() (findings []Finding, before []int) {
	severity := []diagnose.Severity{diagnose.Error, diagnose.Warning, diagnose.Info}
	precedence := map[*diagnose.Rule]int{}
	for i, r := range diagnose.Rules() {
		precedence[r] = i
	}
	before = make([]int, len(p.findings))
	for i := range before {
		before[i] = i
	}
	slices.SortStableFunc(before, func(a, b int) int {
		x, y := p.findings[a], p.findings[b]
		return cmp.Or(
			cmp.Compare(slices.Index(severity, x.Severity), slices.Index(severity, y.Severity)),
			cmp.Compare(precedence[x.Rule], precedence[y.Rule]),
		)
	})
	findings = make([]Finding, len(before))
	for now, i := range before {
		findings[now] = p.findings[i]
	}
	return findings, before
}
