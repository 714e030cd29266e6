package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// loss is the one node that took from a handshake what makes it one. Both heads
// are known to be the same request; the one before has both fields, the one
// after was seen whole and has not.
type loss struct {
	s             *sight
	from          int // the hop that the node is named after
	before, after *http1.Message
	software      software
}

// loss gives the journey's loss, if there is one that is beyond doubt.
func (s *sight) loss() (loss, bool) {
	if s.passage.kind != lostAt {
		return loss{}, false
	}
	i := s.passage.from
	return loss{s: s, from: i, before: s.request(i), after: s.request(i + 1), software: s.softwareAt(i)}, true
}

// hit makes what all rules about a loss have in common. The certainty is at
// most that of the link.
func (l loss) hit(fixFor string, certainty chain.Confidence) hit {
	next := l.from + 1
	return hit{
		about:     statusClaim,
		explains:  []claim{{"host", l.from}, {"101", l.from}},
		culprit:   l.s.name(l.from),
		certainty: min(certainty, l.s.confidence(l.from)),
		fixFor:    fixFor,
		values:    append(l.s.passingValues(l.from), "{did}", l.s.lossPhrase(l.from)),
		evidence: []Evidence{
			l.s.requestEvidence(l.from, noteOn(l.before, "Upgrade", "Connection")),
			l.s.requestEvidence(next, l.sender()+"as "+l.after.Version+": "+noteOn(l.after, "Upgrade", "Connection")),
		},
	}
}

// sender tells who sent what arrived behind the node: if a node was left out of
// the chain, this is where it shows.
func (l loss) sender() string {
	address := l.s.Journey.Exchanges[l.from+1].Conn.Client.Addr()
	if !address.IsValid() {
		return ""
	}
	return "from " + address.String() + " "
}

// doubt has the rule's Doubt said.
func (h hit) doubt() hit {
	h.doubtful = true
	return h
}

// passingValues gives what the templates say of the passage through the node
// after a hop.
func (s *sight) passingValues(from int) []string {
	next := "the next server"
	if from+1 < len(s.Hops) {
		next = s.name(from + 1)
	}
	return []string{"{next}", next, "{xfp}", s.forwardedProto(from)}
}

// forwardedProto is what nginx should say in X-Forwarded-Proto: what it was
// told by the hop before, if that tells it; else its own scheme.
func (s *sight) forwardedProto(hop int) string {
	if m := s.request(hop); m != nil && m.Has("X-Forwarded-Proto") {
		return "$http_x_forwarded_proto"
	}
	return "$scheme"
}
