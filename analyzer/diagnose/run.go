package diagnose

import (
	"slices"

	"github.com/hophound/hophound/analyzer/chain"
)

// Diagnosis is what is concluded from one journey.
type Diagnosis struct {
	Upgrade  bool // the client offered an upgrade
	Needed   bool // and it needs it: a WebSocket handshake, not an offer of h2c that may be passed over
	Unread   bool // no whole request head was seen, so that it may have been one
	Doubtful bool // and it was refused, as handshakes are that lost their fields
	Outcome  Outcome
	Findings []Finding // in the order of Rules
}

// Run diagnoses one journey. hops are those of the chain, in the order of
// j.Exchanges; nodes is what is known from other journeys, and may be nil. What
// it gives shares j's memory, and is not to be changed.
func Run(j *chain.Journey, hops []chain.Hop, nodes *Nodes) *Diagnosis {
	if IsOrdinary(j) {
		return &ordinary
	}
	return ask(j, hops, nodes)
}

// ask diagnoses a journey by the table of rules.
func ask(j *chain.Journey, hops []chain.Hop, nodes *Nodes) *Diagnosis {
	s := look(j, hops, nodes)
	d := &Diagnosis{Upgrade: s.attempt, Needed: s.protocol != "", Unread: !s.read(), Doubtful: s.doubtful()}
	var explained []claim
	for _, r := range rules {
		for _, h := range r.fires(s) {
			if slices.Contains(explained, h.about) {
				continue
			}
			d.Findings = append(d.Findings, r.finding(s, &h))
			explained = append(append(explained, h.about), h.explains...)
		}
	}
	d.Outcome = s.outcome(d.Findings)
	return d
}
