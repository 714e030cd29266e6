package analyzer

import (
	"cmp"
	"runtime"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/topology"
)

// aside is how many journeys that ask for no upgrade wait for their diagnosis. What a rule
// says of one request can rest on what the nodes do to others, so a small
// capture is diagnosed as a whole and a large one in parts.
const aside = 1024

// journal takes the journeys as they are found, diagnoses them and keeps what
// the report shows.
type journal struct {
	hops    []chain.Hop
	sources []string
	time    func(hop int, t int64) int64
	options Options
	nodes   *diagnose.Nodes
	order   *topology.Precedence
	clocks  *sourceClocks // nil if every hop has one input
	tally   diagnose.Tally

	kept     []*chain.Journey // upgrade attempts, or every journey with Options.All
	deferred []*chain.Journey // others, diagnosed when there are many, and then let go unless something was found
	found    []*chain.Journey // those of them with findings
	extra    []*chain.Journey // examples of problems, of both kinds, beyond what the report holds
	beyond   map[diagnose.Key]int
	told     int    // journeys told of one by one
	full     uint64 // journeys that the report has no place for

	problems *problems
	early    map[diagnose.Key]*early
	accused  []*early // those of early, in the order in which they were met
	well     well
}

func newJournal(hops []chain.Hop, options Options) *journal {
	if options.Journeys <= 0 {
		options.Journeys = DefaultJourneys
	}
	return &journal{
		hops: hops, options: options,
		nodes: diagnose.NewNodes(hops), order: topology.NewPrecedence(hops),
		problems: newProblems(), early: map[diagnose.Key]*early{}, beyond: map[diagnose.Key]int{}, well: make(well, len(hops)),
	}
}

// add takes a journey from the matcher.
func (l *journal) add(j *chain.Journey) {
	l.nodes.Observe(j)
	l.order.Observe(j)
	l.clocks.observe(j)
	if w := l.options.Watch; w != nil && w.Journey != nil {
		d := diagnose.Run(j, l.hops, l.nodes)
		w.Journey(l.alone(j, d), d)
	}
	switch {
	case !l.options.All && diagnose.IsOrdinary(j):
		l.count(j, diagnose.Run(j, l.hops, l.nodes))
		l.release(j)
	case !l.options.All && !asksUpgrade(j):
		l.deferred = append(l.deferred, j)
		if len(l.deferred) == aside {
			l.settle()
		}
	case len(l.kept) < l.options.Journeys:
		l.kept = append(l.kept, l.clone(j))
	default:
		l.keepOrCount(j, diagnose.Run(j, l.hops, l.nodes))
	}
}

// examples is how many journeys the report holds of each problem, whatever its
// limit is: the first thousands may all be well.
const examples = 4

// maxBeyond bounds the problems of which examples are sought.
const maxBeyond = 4096

// keepOrCount keeps a journey for which the report has no place only if it shows
// a problem that few have shown since then.
func (l *journal) keepOrCount(j *chain.Journey, d *diagnose.Diagnosis) {
	rare := false
	for i := range d.Findings {
		key := d.Findings[i].Key()
		n, known := l.beyond[key]
		if !known && len(l.beyond) >= maxBeyond {
			continue
		}
		if !known {
			key.Variant = strings.Clone(key.Variant) // the journey's memory is used again
		}
		rare = rare || n < examples
		l.beyond[key]++
	}
	if rare && len(l.extra) < maxExtra {
		l.extra = append(l.extra, l.clone(j))
		return
	}
	l.full++
	l.note(j, d)
	l.countEarly(d)
	l.release(j)
}

// clone gives what can be kept for long of a journey.
func (l *journal) clone(j *chain.Journey) *chain.Journey {
	c := j.Clone()
	l.release(j)
	return c
}

// release lets go of a journey that is known to nobody else: whoever watches was
// told of all.
func (l *journal) release(j *chain.Journey) {
	if l.options.Watch == nil {
		j.Release()
	}
}

// maxExtra bounds the journeys beyond the report's limit.
const maxExtra = 1024

// alone is a report of one journey.
func (l *journal) alone(j *chain.Journey, d *diagnose.Diagnosis) *Report {
	r := &Report{Sources: l.sources, time: l.time}
	for _, h := range l.hops {
		r.Hops = append(r.Hops, Hop{Name: h.Name})
	}
	l.told++
	journey := Journey{ID: l.told, Upgrade: d.Upgrade, Outcome: d.Outcome, Match: j, Changes: l.changes(j)}
	for i, f := range d.Findings {
		r.Findings = append(r.Findings, Finding{Finding: f, Count: 1, Example: l.told})
		journey.Findings = append(journey.Findings, i)
	}
	r.Journeys = []Journey{journey}
	return r
}

// asksUpgrade tells whether any hop saw the request as an upgrade attempt.
func asksUpgrade(j *chain.Journey) bool {
	for _, x := range j.Exchanges {
		if x != nil && x.Request != nil && x.Request.IsUpgradeAttempt() {
			return true
		}
	}
	return false
}

// settle diagnoses the journeys that wait and lets them go; those with
// findings are kept, to be diagnosed once more when all is known.
func (l *journal) settle() {
	for _, j := range l.deferred {
		d := diagnose.Run(j, l.hops, l.nodes)
		switch {
		case len(d.Findings) == 0:
			l.count(j, d)
			l.release(j)
		case len(l.found) < l.options.Journeys:
			l.found = append(l.found, l.clone(j))
		default:
			l.keepOrCount(j, d)
		}
	}
	clear(l.deferred)
	l.deferred = l.deferred[:0]
}

// count adds the diagnosis of a journey to what the report counts.
func (l *journal) count(j *chain.Journey, d *diagnose.Diagnosis) {
	l.note(j, d)
	l.tally.Add(d)
	for _, f := range d.Findings {
		l.problems.record(f)
	}
}

// note takes down through which servers an upgrade was made.
func (l *journal) note(j *chain.Journey, d *diagnose.Diagnosis) {
	if d.Outcome == diagnose.Upgraded {
		l.well.note(j)
	}
}

// conclude diagnoses what was kept and gives the journeys of the report by
// start time, and its findings, the most severe first.
func (l *journal) conclude() ([]Journey, []Finding) {
	l.settle()
	kept := slices.Concat(l.kept, l.found, l.extra)
	slices.SortStableFunc(kept, byStart)
	diagnoses, journeys := l.diagnose(kept)
	for n, d := range diagnoses {
		l.count(kept[n], d)
		journey := &journeys[n]
		for _, f := range d.Findings {
			i, ok := l.problems.of(&f)
			if !ok {
				continue
			}
			journey.Findings = append(journey.Findings, i)
			if shown := &l.problems.findings[i]; shown.Example == 0 {
				shown.Finding, shown.Example = f, journey.ID // of this journey are its words and its evidence
			}
		}
	}
	l.settleEarly(diagnoses)
	findings, before := l.problems.ranked()
	place := make([]int, len(before))
	for now, i := range before {
		place[i] = now
		findings[now].Well = l.well.others(findings[now], l.hops)
	}
	for _, j := range journeys {
		for i, before := range j.Findings {
			j.Findings[i] = place[before]
		}
	}
	return journeys, findings
}

// diagnose diagnoses journeys, now that nothing is learned of the nodes any more, and
// compares their messages: a share of them on each core.
func (l *journal) diagnose(kept []*chain.Journey) ([]*diagnose.Diagnosis, []Journey) {
	diagnoses, journeys := make([]*diagnose.Diagnosis, len(kept)), make([]Journey, len(kept))
	all := make([]int, len(kept))
	for n := range all {
		all[n] = n
	}
	share := max(1, (len(all)+runtime.GOMAXPROCS(0)-1)/runtime.GOMAXPROCS(0))
	each(slices.Collect(slices.Chunk(all, share)), func(share []int) {
		for _, n := range share {
			d := diagnose.Run(kept[n], l.hops, l.nodes)
			diagnoses[n] = d
			journeys[n] = Journey{ID: n + 1, Upgrade: d.Upgrade, Outcome: d.Outcome, Match: kept[n], Changes: l.changes(kept[n])}
		}
	})()
	return diagnoses, journeys
}

// changes compares a journey's messages from hop to hop.
func (l *journal) changes(j *chain.Journey) []Change {
	var changes []Change
	for _, step := range diagnose.Steps(j, l.hops) {
		for _, c := range step.Request {
			changes = append(changes, Change{From: step.From, To: step.To, By: step.By, Change: c})
		}
		for _, c := range step.Response {
			changes = append(changes, Change{From: step.To, To: step.From, By: step.By, Response: true, Change: c})
		}
	}
	return changes
}

// byStart orders journeys by the time of the first packet at the first hop that
// saw them.
func byStart(a, b *chain.Journey) int {
	hopA, x := first(a)
	hopB, y := first(b)
	return cmp.Or(
		cmp.Compare(x.Start(), y.Start()),
		cmp.Compare(hopA, hopB),
		cmp.Compare(x.Conn.ID, y.Conn.ID),
		cmp.Compare(x.Index, y.Index),
	)
}

func first(j *chain.Journey) (hop int, x *http1.Exchange) {
	hop = slices.IndexFunc(j.Exchanges, func(x *http1.Exchange) bool { return x != nil })
	return hop, j.Exchanges[hop]
}
