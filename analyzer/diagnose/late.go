package diagnose

import (
	"strconv"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
)

var answerTooLate = &Rule{
	ID:       "upgrade-not-answered-in-time",
	Severity: Error,
	Means:    Failed,
	Title:    "the handshake reached the last node whole, which did not answer before somebody gave up",
	Sees: "The last hop of the chain saw a whole handshake, and its client closed the connection without an answer; " +
		"or the answer took longer there than a node in front, or the client, waited. It was a second at least.",
	Summary:     "{culprit} had the whole handshake for {time} and {did}",
	Explanation: "All that makes the request a WebSocket handshake arrived at {culprit}, so no proxy of this chain took it away; it was waited for in vain. Either {culprit} is busy (all threads of Puma at work, a database that does not answer), or whoever gave up is too impatient.",
	Fixes: []Fix{{Where: "{culprit}, and the timeouts of what stands in front", Text: `See in the log of {culprit} what it did with the request at that time, and
how many of its threads were free. Only if the answer must take so long, let
the others wait longer (nginx: proxy_read_timeout, HAProxy: timeout server).
`}},
	References: []string{"RFC 9110 §15.6.5", "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_read_timeout"},
	Example: Example{
		Note: "nginx waits for its proxy_read_timeout",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 504 Gateway Time-out\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: exampleHandshake, ClosedBy: ClosedLate},
		},
	},
	Counterexample: Example{
		Note: "the capture ended before the answer came",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 504 Gateway Time-out\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: exampleHandshake},
		},
	},
	fires: func(s *sight) []hit {
		if !s.reachedEnd() {
			return nil
		}
		x := s.Journey.Exchanges[s.last]
		h := hit{about: statusClaim, culprit: s.name(s.last), certainty: min(chain.Likely, s.Journey.Confidence()),
			evidence: []Evidence{s.requestEvidence(s.last, noteOn(x.Request, "Upgrade", "Connection"))}}
		who := s.gaveUp()
		switch {
		case who == "":
			return nil
		case x.GivenUp && x.End.Since-x.Request.Start >= patience:
			h.values = []string{"{time}", lasted(x.End.Since - x.Request.Start), "{did}", "did not answer: " + who}
			h.evidence = append(h.evidence, s.endEvidence(s.last))
		case s.answeredLate() && x.Response.Start-x.Request.Start >= patience:
			h.values = []string{"{time}", lasted(x.Response.Start - x.Request.Start), "{did}", "answered " + strconv.Itoa(s.status(s.last)) + " too late: " + who}
			h.evidence = append(h.evidence, s.responseEvidence(s.last, startLine(x.Response)))
		default:
			return nil
		}
		return []hit{h}
	},
}

// patience is how long a server is waited for before it is called slow, in nanoseconds:
// a client that leaves sooner had its own reasons.
const patience = int64(time.Second)

// answeredLate tells whether a node in front had given up before the last one answered,
// and the answer came through what is between them.
func (s *sight) answeredLate() bool {
	for i := s.last - 1; i >= 0 && s.confidence(i) > chain.Guess && s.status(i+1) == s.status(s.last) && s.status(s.last) != 0; i-- {
		if s.surelyOverdue(i) {
			return true
		}
	}
	return false
}

// overdue is how long the node after a hop had not waited any more when the response of
// the next one came, in nanoseconds; not positive if it waited, or if that is not known.
// It compares how long each took, which needs no common clock: what a node sends on it
// got before.
func (s *sight) overdue(i int) int64 {
	front, behind := s.Journey.Exchanges[i], s.Journey.Exchanges[i+1]
	until := front.End.Since
	switch {
	case front.Response != nil && front.Response.Status != behind.Response.Status:
		until = front.Response.Start
	case front.Response != nil || !front.Unanswered && !front.GivenUp:
		return 0
	}
	return behind.Response.Start - behind.Request.Start - (until - front.Request.Start)
}

// surelyOverdue leaves room for clocks that run unevenly.
func (s *sight) surelyOverdue(i int) bool { return s.overdue(i) > s.leeway(i) }

// cameInTime tells whether the node after a hop had the response of the next one before
// it gave up, and time to pass it on: the captures may stand far from it. One that answers
// otherwise may do so at once.
func (s *sight) cameInTime(i int) bool {
	const far = int64(250 * time.Millisecond) // there and back
	switch s.status(i) {
	case 0, 504:
		return s.overdue(i) < -max(far, 10*s.leeway(i))
	}
	return s.overdue(i) <= 0
}

// leeway is how wrong overdue may be, in nanoseconds.
func (s *sight) leeway(i int) int64 {
	x := s.Journey.Exchanges[i+1]
	return max(int64(time.Millisecond), (x.Response.Start-x.Request.Start)/100)
}

// gaveUp says who did not wait for the answer of the last node: the nearest node in
// front that said so in its place, or the client; empty if nobody is known to.
func (s *sight) gaveUp() string {
	for i := s.last - 1; i >= 0; i-- {
		switch st := s.status(i); st {
		case 408, 499, 502, 503, 504:
			if st != s.status(s.last) {
				return s.name(i) + " had answered " + strconv.Itoa(st)
			}
		}
	}
	if x := s.Journey.Exchanges[0]; x != nil && x.GivenUp {
		return "the client had closed the connection"
	}
	return ""
}

// lasted writes how long something took, for people.
func lasted(nanoseconds int64) string {
	d := time.Duration(nanoseconds)
	switch {
	case d >= 10*time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 0, 64) + " s"
	case d >= time.Second:
		return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
	case d >= time.Millisecond:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	default:
		return "less than 1 ms"
	}
}
