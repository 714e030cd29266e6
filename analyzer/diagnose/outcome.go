package diagnose

import "github.com/hophound/hophound/analyzer/http1"

// Outcome is what became of one journey.
type Outcome string

const (
	Upgraded     Outcome = "upgraded"     // the client got its 101
	Lost         Outcome = "lost"         // the handshake lost what makes it one on its way
	Refused      Outcome = "refused"      // the handshake reached the application, which did not upgrade
	Failed       Outcome = "failed"       // no good answer came, or a wrong one
	OK           Outcome = "ok"           // an ordinary request was answered
	Undetermined Outcome = "inconclusive" // too little was seen to say
)

// outcome says what became of the journey, given what was found.
func (s *sight) outcome(findings []Finding) Outcome {
	for _, f := range findings {
		if f.Rule.Means != "" && f.Severity != Info {
			return f.Rule.Means
		}
	}
	switch {
	case s.upgraded():
		return Upgraded
	case s.refused():
		return Refused
	case s.protocol != "":
		return Undetermined
	default:
		return s.ordinaryOutcome()
	}
}

// upgraded tells whether the client was told that the upgrade it asked for is
// made. One that had closed its connection before was told nothing.
func (s *sight) upgraded() bool {
	if !s.attempt || s.first != 0 || s.status(0) != 101 {
		return false
	}
	x := s.Journey.Exchanges[0]
	return x.End.By != http1.SideClient || x.End.Since >= x.Response.Start
}

// refused tells whether the last node of the chain got a whole handshake, as
// the client sent it, and answered it otherwise.
func (s *sight) refused() bool {
	return s.reachedEnd() && s.fromStart() && s.status(s.last) >= 200 && s.status(s.last) < 500
}

func (s *sight) ordinaryOutcome() Outcome {
	if s.first < 0 {
		return Undetermined
	}
	x := s.Journey.Exchanges[s.first]
	switch {
	case x.Unanswered && x.End.By == http1.SideServer:
		return Failed
	case x.Response == nil:
		return Undetermined
	case x.Response.Status >= 500:
		return Failed
	default:
		return OK
	}
}
