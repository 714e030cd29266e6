// Package check holds a report on a case against what the case wants: the
// verdict and findings of its hops.yaml, its contract, and the report as it was
// when somebody last looked at it and found it right.
package check

import (
	"fmt"
	"slices"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/report"
)

// Problem is one way in which a report is not what its case wants.
type Problem struct {
	What string // one sentence
	Diff string // unified diff from wanted to got, empty if the sentence says all
}

// Wanted compares the verdict and the findings with those of hops.yaml: each
// wanted finding must be there, and no finding of severity error may be there
// that is not wanted. A case that says nothing of findings and of the verdict takes any;
// of one that says nothing of the verdict, only findings count. What is quoted of the
// traffic is masked by secrets.
func Wanted(want pcaps.Want, r *analyzer.Report, secrets *report.Secrets) []Problem {
	secrets.Learn(r)
	var problems []Problem
	problem := func(format string, args ...any) {
		problems = append(problems, Problem{What: fmt.Sprintf(format, args...)})
	}
	if want.Verdict == "" && want.Findings == nil {
		return nil
	}
	if got := string(r.Verdict); want.Verdict != "" && got != want.Verdict {
		problem("verdict is %s, wanted %s", got, want.Verdict)
	}
	for _, w := range want.Findings {
		i := slices.IndexFunc(r.Findings, func(f analyzer.Finding) bool { return answers(f, w) })
		switch {
		case i < 0:
			problem("finding %s is missing", describe(w.Rule, w.Culprit))
		case w.Count != 0 && w.Count != r.Findings[i].Count:
			problem("finding %s was seen in %d requests, wanted %d", describe(w.Rule, w.Culprit), r.Findings[i].Count, w.Count)
		}
	}
	for _, f := range r.Findings {
		wanted := slices.ContainsFunc(want.Findings, func(w pcaps.WantFinding) bool { return answers(f, w) })
		if f.Rule.Severity == diagnose.Error && !wanted {
			problem("finding %s is not wanted: %s", describe(f.Rule.ID, f.Culprit), secrets.Text(f.Summary))
		}
	}
	return problems
}

func answers(f analyzer.Finding, w pcaps.WantFinding) bool {
	return f.Rule.ID == w.Rule && f.Culprit == w.Culprit
}

func describe(rule, culprit string) string {
	if culprit == "" {
		return rule
	}
	return rule + " by " + culprit
}
