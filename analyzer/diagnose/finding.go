package diagnose

import (
	"net/netip"

	"github.com/hophound/hophound/analyzer/chain"
)

// Finding is what a rule concludes from one journey.
type Finding struct {
	Rule        *Rule
	Severity    Severity         // the rule's, or a lower one if the harm is not shown
	Culprit     string           // name of the node to be changed; empty if no node of the chain is to blame
	Server      netip.AddrPort   // of the culprit, which can have several; zero if the request was not seen there
	Certainty   chain.Confidence // of the culprit and of the cause, never more than that of the links it rests on
	Summary     string           // one sentence: who did what to which field
	Explanation string
	Fix         *Fix // nil if there is nothing to change
	Evidence    []Evidence
	Variant     string // tells problems of one rule and culprit apart, such as the origin that was refused
}

// Key is the same for findings that are one problem met several times.
type Key struct {
	Rule, Culprit, Variant string
}

// Key says which problem the finding is about.
func (f *Finding) Key() Key { return Key{f.Rule.ID, f.Culprit, f.Variant} }

// Severity is how bad a finding is.
type Severity string

const (
	Error   Severity = "error"
	Warning Severity = "warning"
	Info    Severity = "info"
)

// Fix is what to change and where.
type Fix struct {
	For   string // the case it is for, such as "nginx"; empty for any
	Where string // "nginx.conf of nginx, in http { } and in the location that serves /cable"
	Text  string // to be pasted
}

// Evidence is where a finding can be checked.
type Evidence struct {
	Hop     int      // index of the hop
	Source  int      // where it was captured, as Conn.Source counts
	Packets []uint64 // numbers in that hop's source, from 1
	Note    string   // what stands there: "Upgrade: websocket is there"
}
