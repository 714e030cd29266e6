package diagnose

import (
	"slices"

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
	unknown                  // the head was not seen whole, so it says nothing
	whole                    // both are there
	broken                   // they are not both there
)

func (s *sight) headState(hop int) headState {
	switch m := s.request(hop); {
	case m == nil:
		return unseen
	case !m.Complete:
		return unknown
	case s.namesProtocol(m) && asksUpgrade(m):
		return whole
	default:
		return broken
	}
}

// follow finds the place where the handshake broke. The last hop that had it
// whole decides: what was lost and put back again by a later node did no harm,
// unless the answer to it was 101 and did not come back, for a node that puts
// Upgrade back by itself cannot give the tunnel on.
func (s *sight) follow() passage {
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
	case lastWhole < 0 && s.first == 0 && s.headState(0) == broken && !namesAnother(s.request(0)):
		return passage{kind: lostBefore}
	case lastWhole < 0:
		return passage{kind: untold}
	case lastWhole == s.last && s.status(s.last) == 101 && s.firstBreak() >= 0:
		return passage{kind: lostAt, from: s.firstBreak()}
	case lastWhole == s.last && s.joined():
		return passage{kind: arrived}
	case s.breaksAfter(lastWhole):
		return passage{kind: lostAt, from: lastWhole}
	default:
		return passage{kind: untold}
	}
}

// breaksAfter tells whether the node after a hop broke the handshake, beyond
// doubt.
func (s *sight) breaksAfter(hop int) bool {
	_, _, sure := s.sure(hop)
	return sure && s.headState(hop) == whole && s.headState(hop+1) == broken && !s.passedWhole(hop+1)
}

// firstBreak gives the hop before the first node that broke the handshake; -1
// if none is known to.
func (s *sight) firstBreak() int {
	for i := range s.Hops {
		if s.breaksAfter(i) {
			return i
		}
	}
	return -1
}

// joined tells whether no link of the journey is a guess.
func (s *sight) joined() bool {
	return !slices.ContainsFunc(s.Journey.Links, func(l chain.Link) bool { return s.linkConfidence(l) == chain.Guess })
}

// reachedEnd tells whether the handshake came to the application with all that
// makes it one: the last hop of the chain, unless a proxy answers there.
func (s *sight) reachedEnd() bool { return s.reachedLast() && !s.endsInProxy() }

// reachedLast tells whether the handshake came to the last node with all that makes it
// one, whatever that node is.
func (s *sight) reachedLast() bool {
	return s.passage.kind == arrived && s.last == len(s.Hops)-1 &&
		(s.protocol != "websocket" || s.request(s.last).Has(keyField))
}

// endsInProxy tells whether the chain's last node is a proxy, as it names itself or, if it
// does not, as it is called: what it does to the request was not captured.
func (s *sight) endsInProxy() bool {
	last := len(s.Hops) - 1
	if m := s.response(last); m != nil && m.Has("Server") {
		return softwareOf(serverField(m)).name != "" || isProxy(serverField(m))
	}
	return isCalledProxy(s.name(last))
}

// fromStart tells whether the journey was seen at every hop, in whole heads and
// without a guess, so that what the last hop shows is not the doing of a node
// that was not seen.
func (s *sight) fromStart() bool {
	for i := range s.Hops {
		if m := s.request(i); m == nil || !m.Complete {
			return false
		}
	}
	return s.joined()
}

// lossPhrase says what a node did to a handshake: `dropped Upgrade and turned
// Connection from "Upgrade" into "close"`.
func (s *sight) lossPhrase(from int) string {
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
