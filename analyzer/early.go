package analyzer

import (
	"strings"

	"github.com/hophound/hophound/analyzer/diagnose"
)

// early is what was said of journeys that the report has no place for, before all was
// known of the nodes.
type early struct {
	key   diagnose.Key // of the first error that was found; zero if none was
	tally diagnose.Tally
	found *problems
}

// countEarly takes the diagnosis of a journey that is let go. It is counted when all is
// known: what was seen later may have cleared a node of what it was accused of.
func (l *journal) countEarly(d *diagnose.Diagnosis) {
	key := accusation(d)
	if _, known := l.early[key]; !known && len(l.early) >= maxVariants {
		key = ofAnyVariant(key)
	}
	e := l.early[key]
	if e == nil {
		key.Variant = strings.Clone(key.Variant) // the journey's memory is used again
		e = &early{key: key, found: newProblems()}
		l.early[key] = e
		l.accused = append(l.accused, e)
	}
	e.tally.Add(d)
	for _, f := range d.Findings {
		e.found.record(f)
	}
}

// accusation gives the first problem of a diagnosis that is an error.
func accusation(d *diagnose.Diagnosis) diagnose.Key {
	for i := range d.Findings {
		if f := &d.Findings[i]; f.Severity == diagnose.Error {
			return f.Key()
		}
	}
	return diagnose.Key{}
}

// settleEarly counts what waited, now that the journeys that were kept, examples of every
// problem among them, have been diagnosed with all that is known. Of a problem that none
// of them has any more nothing is said.
func (l *journal) settleEarly(kept []*diagnose.Diagnosis) {
	stands := map[diagnose.Key]bool{{}: true}
	for _, d := range kept {
		for i := range d.Findings {
			key := d.Findings[i].Key()
			stands[key], stands[ofAnyVariant(key)] = true, true
		}
	}
	for _, e := range l.accused {
		if !stands[e.key] {
			l.tally.AddUndetermined(&e.tally)
			continue
		}
		l.tally.AddAll(&e.tally)
		for i := range e.found.findings {
			if f := &e.found.findings[i]; f.Severity != diagnose.Error || stands[f.Key()] {
				l.problems.merge(*f)
			}
		}
		for rule, n := range e.found.more {
			l.problems.more[rule] += n
		}
	}
	clear(l.accused)
	l.accused, l.early = nil, nil
}

func ofAnyVariant(key diagnose.Key) diagnose.Key {
	return diagnose.Key{Rule: key.Rule, Culprit: key.Culprit}
}
