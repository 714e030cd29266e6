// Package diagnose turns a journey into findings and all journeys into a
// verdict. What it can find stands in a table of rules, in a file for each
// family: nginx.go, loadbalancer.go, handshake.go, handshakefields.go,
// response.go, switching.go, late.go, stale.go, refused.go, proxyprotocol.go, actioncable.go,
// host.go, answer.go, smuggling.go, tunnelled.go.
//
// A rule blames a node only for what was seen: both heads whole, and known to
// be the same request. Where that is not so the journey is inconclusive, and
// not-enough-seen says what is missing.
package diagnose

import (
	"slices"
	"strings"
)

// Rule is one kind of problem: how it is recognised and what is said about it.
// Words in braces, such as {culprit}, stand for what was found in a journey.
type Rule struct {
	ID       string
	Severity Severity
	Means    Outcome // what an error or a warning of this rule says about the journey; empty if nothing
	Title    string
	Sees     string // what must be seen for the rule to fire, in plain words

	Summary     string // template of Finding.Summary
	Explanation string
	Doubt       string   // added to the explanation where the evidence leaves the cause open
	Fixes       []Fix    // the first whose For fits what was seen; templates
	References  []string // URLs and RFC sections

	Example        Example // fires this rule and no other
	Counterexample Example // looks alike, and does not fire this rule

	fires func(*sight) []hit
}

// Example is a request on its way through a chain, as text on the wire.
type Example struct {
	Note string // what the example shows
	Hops []ExampleHop

	// Beside is another request through the same chain, from which a rule
	// learns what the nodes do otherwise; empty in most examples.
	Beside []ExampleHop
}

// ExampleHop is what one hop of an example saw. Lines end in LF.
type ExampleHop struct {
	Name     string
	Proxy    string // the PROXY protocol header before the request: the line of version 1, or "v2"; empty if none
	Request  string
	Response string
	ClosedBy string // "client" or "server" if the connection was seen to close after the exchange; ClosedBefore or ClosedLate
}

// ClosedBefore says that the server closed the connection before the request came, and
// reset it then.
const ClosedBefore = "server, before the request"

// ClosedLate says that the client closed the connection a minute after the request.
const ClosedLate = "client, after a minute"

// Rules gives all rules, the first being the first to be tried: a rule that
// names a cause stands before those that only name its effect.
func Rules() []*Rule { return slices.Clone(rules) }

// Lookup gives the rule of that id.
func Lookup(id string) (*Rule, bool) {
	i := slices.IndexFunc(rules, func(r *Rule) bool { return r.ID == id })
	if i < 0 {
		return nil, false
	}
	return rules[i], true
}

// fix picks the fix for a case and fills it in.
func (r *Rule) fix(h *hit, fill *strings.Replacer) *Fix {
	for _, f := range r.Fixes {
		if f.For == "" || f.For == h.fixFor {
			return &Fix{For: f.For, Where: fill.Replace(f.Where), Text: fill.Replace(f.Text)}
		}
	}
	return nil
}

// rules is the table, in order of precedence.
var rules = []*Rule{
	proxyV1Unexpected,
	proxyV2Unexpected,
	proxyExpectedButAbsent,

	clbStripsUpgrade,
	upgradeLostBeforeFirstCapture,
	apacheNoUpgradeParam,
	upgradeHeaderMissingOnly,
	connectionHeaderMissingOnly,
	nginxInheritanceCancelled,
	nginxDefault,
	intermediaryStripsUpgrade,

	keyMissing,
	upgradeOverHTTP10,
	switchingTurnedInto502,
	switchingSwallowed,
	acceptWrong,
	switchingBroken,
	answerTooLate,
	staleConnection,
	originNotAllowed,
	upgradeFailed,
	hostRewritten,
	tunnelWithout101,
	refusedAfterChange,
	upgradeRefused,

	smuggledRequestSeen,
	h2cThroughProxy,
	requestLengthAmbiguous,

	connectionUpgradeHardcoded,
	clientNotAHandshake,
	notEnoughSeen,
}
