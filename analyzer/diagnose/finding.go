package diagnose

import "github.com/hophound/hophound/analyzer/chain"

// Finding is what a rule concludes from one journey.
type Finding struct {
	Rule        *Rule
	Culprit     string // name of the node to be changed; "client" for the client; empty if nobody in the chain is to blame
	Certainty   chain.Confidence
	Summary     string // one sentence: who did what to which field
	Explanation string
	Fix         *Fix // nil if there is nothing to change
	Evidence    []Evidence
}

// Severity is how bad a finding is.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Fix is what to change and where.
type Fix struct {
	Where string // "nginx.conf of nginx, in http { } and in the location that serves /cable"
	Text  string // to be pasted
}

// Evidence is where a finding can be checked.
type Evidence struct {
	Hop     int      // index of the hop
	Packets []uint64 // numbers in that hop's source, from 1
	Note    string   // what stands there: "Upgrade: websocket is there"
}

// Verdict is the conclusion of a whole report.
type Verdict string

const (
	Pass         Verdict = "pass"
	Fail         Verdict = "fail"
	Inconclusive Verdict = "inconclusive"
)
