package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
)

// passage is how far a handshake came with what makes it one: Upgrade naming
// the protocol, and Connection naming upgrade.
type passage struct {
	kind passageKind
	from int // of lostAt: the last hop that had both; the node is named after it, and the next hop has not
}

type passageKind uint8

const (
	notNeeded  passageKind = iota // no upgrade is needed, or the client has got it
	arrived                       // the last hop where the request was seen has both
	lostAt                        // one node took something away
	lostBefore                    // the first hop does not have both
	untold                        // heads or hops that would tell are missing
)

// headState is what one hop's request says about the handshake.
type headState uint8

const (
	unseen  headState = iota // no request was seen
	unknown                  // the head is not complete, and what was seen of it is not enough
	whole                    // both are there
	broken                   // the head is complete, and they are not both there
)

func (s *Sight) headState(hop int) headState {
	switch m := s.request(hop); {
	case m == nil:
		return unseen
	case s.namesProtocol(m) && asksUpgrade(m):
		return whole
	case m.Complete:
		return broken
	default:
		return unknown
	}
}

// follow finds the place where the handshake broke. The last hop that had it
// whole decides: what was lost and put back again by a later node did no harm.
func (s *Sight) follow() passage {
	if s.protocol == "" || s.upgraded() {
		return passage{kind: notNeeded}
	}
	lastWhole := -1
	for i := s.first; i <= s.last; i++ {
		if s.headState(i) == whole {
			lastWhole = i
		}
	}
	switch {
	case lastWhole < 0 && s.first == 0 && s.headState(0) == broken:
		return passage{kind: lostBefore}
	case lastWhole < 0:
		return passage{kind: untold}
	case lastWhole == s.last && s.joined():
		return passage{kind: arrived}
	case lastWhole < s.last && s.headState(lastWhole+1) == broken && s.confidence(lastWhole) > chain.Guess:
		return passage{kind: lostAt, from: lastWhole}
	default:
		return passage{kind: untold}
	}
}

// joined tells whether no link of the journey is a guess.
func (s *Sight) joined() bool { return s.Journey.Confidence() > chain.Guess }

// reachedEnd tells whether the handshake came to the last hop of the chain with
// all that makes it one.
func (s *Sight) reachedEnd() bool {
	return s.passage.kind == arrived && s.last == len(s.Hops)-1
}

// lossPhrase says what a node did to a handshake: `dropped Upgrade and turned
// Connection from "Upgrade" into "close"`.
func (s *Sight) lossPhrase(from int) string {
	a, b := s.request(from), s.request(from+1)
	var lost, turned []string
	for _, field := range []string{"Upgrade", "Connection"} {
		kept := field == "Upgrade" && s.namesProtocol(b) || field == "Connection" && asksUpgrade(b)
		switch {
		case kept:
		case !b.Has(field):
			lost = append(lost, field)
		default:
			turned = append(turned, "turned "+field+" from "+quoted(a, field)+" into "+quoted(b, field))
		}
	}
	if len(lost) > 0 {
		turned = append([]string{"dropped " + and(lost)}, turned...)
	}
	return and(turned)
}
