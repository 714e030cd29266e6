package diagnose

import (
	"slices"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var upgradeFailed = &Rule{
	ID:          "upgrade-failed-at-application",
	Severity:    Error,
	Means:       Failed,
	Title:       "the handshake reached the last node whole, which failed",
	Sees:        "The last hop of the chain saw a whole handshake, and answered 5xx or closed the connection without an answer.",
	Summary:     "{culprit} got a whole handshake and {did}",
	Explanation: "All that makes the request a WebSocket handshake arrived at {culprit}, so no proxy of this chain is to blame. Look at the log of {culprit} at the time of the packets below.",
	Doubt:       "{culprit} may have closed the connection for another reason, because it was idle or nobody listens, without having seen the request. Its log tells.",
	References:  []string{"RFC 6455 §4.2.2"},
	Example: Example{
		Note: "the application raises an exception",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 500 Internal Server Error\n\n"},
			{Name: "puma", Request: exampleHandshake, Response: "HTTP/1.1 500 Internal Server Error\n\n"},
		},
	},
	Counterexample: Example{
		Note: "nginx answers 502 and the request was not seen behind it: too little to say who failed",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\n\n"},
			{Name: "puma"},
		},
	},
	fires: func(s *sight) []hit {
		if !s.reachedEnd() {
			return nil
		}
		x := s.Journey.Exchanges[s.last]
		h := hit{about: statusClaim, culprit: s.name(s.last), certainty: chain.Certain,
			evidence: []Evidence{s.requestEvidence(s.last, noteOn(x.Request, "Upgrade", "Connection"))}}
		switch {
		case s.status(s.last) >= 500:
			h.values = []string{"{did}", "answered " + strconv.Itoa(s.status(s.last))}
			h.evidence = append(h.evidence, s.responseEvidence(s.last, startLine(x.Response)))
		case x.Unanswered && x.End.By == http1.SideServer:
			h.certainty = chain.Likely
			h.values = []string{"{did}", "closed the connection without an answer"}
			h.doubtful = x.Index > 0 || x.End.Since < x.Request.End
			h.evidence = append(h.evidence, s.endEvidence(s.last))
		default:
			return nil
		}
		return []hit{h}
	},
}

var upgradeRefused = &Rule{
	ID:          "upgrade-refused-by-application",
	Severity:    Warning,
	Means:       Refused,
	Title:       "the handshake reached the last node whole, which answered otherwise",
	Sees:        "The last hop of the chain saw a whole handshake and answered with a final status below 500.",
	Summary:     "{culprit} got a whole handshake and answered {status} instead of 101",
	Explanation: "All that makes the request a WebSocket handshake arrived at {culprit}: the application decided so. 401 and 403 speak of credentials or of Origin, 404 of the path, 426 of the WebSocket version, 200 of a server that listens for no WebSockets on this path.",
	References:  []string{"RFC 6455 §4.2.2"},
	Example: Example{
		Note: "the application wants a login",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 401 Unauthorized\n\n"},
			{Name: "app", Request: exampleHandshake, Response: "HTTP/1.1 401 Unauthorized\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the 401 is nginx's: the request was not seen behind it",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 401 Unauthorized\nServer: nginx/1.22.1\n\n"},
			{Name: "app"},
		},
	},
	fires: func(s *sight) []hit {
		if !s.refused() {
			return nil
		}
		m, status := s.response(s.last), s.status(s.last)
		return []hit{{about: statusClaim, culprit: s.name(s.last), certainty: chain.Certain, variant: strconv.Itoa(status),
			values:   []string{"{status}", strconv.Itoa(status)},
			evidence: []Evidence{s.requestEvidence(s.last, noteOn(s.request(s.last), "Upgrade", "Connection")), s.responseEvidence(s.last, startLine(m))}}}
	},
}

var clientNotAHandshake = &Rule{
	ID:       "client-not-a-handshake",
	Severity: Info,
	Title:    "an ordinary request to a WebSocket's path",
	Sees: "The first hop saw a whole GET without Upgrade, without the token upgrade and without any Sec-WebSocket-*, and the answer shows that the path is a WebSocket's: " +
		"Action Cable's 404, 426 with Upgrade: websocket, or a refusal on a path where others did ask for an upgrade.",
	Summary:     "an ordinary request for {path} was refused: it came to {first} without asking for an upgrade",
	Explanation: "Nothing was lost here: the request came to {first} without Upgrade and without any Sec-WebSocket-*. That is what a health check, a crawler, or curl without these fields sends. Action Cable logs \"Failed to upgrade to WebSocket\" for it all the same.",
	Doubt:       "It came through a proxy, which may have taken all of that away: capture in front of it, too.",
	References:  []string{"RFC 6455 §4.1"},
	Example: Example{
		Note: "curl http://app.example.com/cable",
		Hops: []ExampleHop{
			{Name: "nginx", Request: "GET /cable HTTP/1.1\nHost: app.example.com\nUser-Agent: curl/7.88.1\nAccept: */*\n\n", Response: actionCable404},
			{Name: "puma", Request: "GET /cable HTTP/1.1\nConnection: close\nHost: app.example.com\nUser-Agent: curl/7.88.1\nAccept: */*\n\n", Response: actionCable404},
		},
	},
	Counterexample: Example{
		Note: "an ordinary request for something that is not there",
		Hops: []ExampleHop{
			{Name: "nginx", Request: "GET /favicon.ico HTTP/1.1\nHost: app.example.com\nUpgrade-Insecure-Requests: 1\n\n", Response: "HTTP/1.1 404 Not Found\nContent-Type: text/html\n\n"},
			{Name: "puma", Request: "GET /favicon.ico HTTP/1.1\nConnection: close\nHost: app.example.com\nUpgrade-Insecure-Requests: 1\n\n", Response: "HTTP/1.1 404 Not Found\nContent-Type: text/html\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		if s.attempt || s.protocol != "" || s.first != 0 || !s.request(0).Complete || s.request(0).Method != "GET" ||
			strings.Contains(s.request(0).Target, "transport=polling") { // of Engine.IO, beside its WebSocket
			return nil
		}
		answer := s.response(s.last)
		if answer == nil || answer.Status < 400 || answer.Status >= 500 ||
			!isActionCable404(answer) && !asksForWebSocket(answer) && !s.nodes.isUpgradePath(s.path()) {
			return nil
		}
		h := hit{about: statusClaim, certainty: chain.Certain, variant: s.path(), values: []string{"{first}", s.name(0)},
			evidence: []Evidence{s.requestEvidence(0, noteOn(s.request(0), "Upgrade", "Connection", "Sec-WebSocket-Version")), s.responseEvidence(s.last, startLine(answer))}}
		if cameThroughProxy(s.request(0)) {
			h.certainty, h.doubtful = chain.Likely, true
		}
		return []hit{h}
	},
}

// cameThroughProxy tells whether a request has fields that only proxies add.
func cameThroughProxy(m *http1.Message) bool {
	return m.Has("Via") || m.Has("X-Amz-Cf-Id") || m.Has("CF-Ray") || slices.ContainsFunc(m.Fields, func(f http1.Field) bool { return isForwarded(f.Name) })
}

// asksForWebSocket tells a refusal that names what the server wants
// (RFC 9110 §15.5.22).
func asksForWebSocket(m *http1.Message) bool {
	return m.Status == 426 && m.HasToken("Upgrade", "websocket")
}

var notEnoughSeen = &Rule{
	ID:          "not-enough-seen",
	Severity:    Info,
	Title:       "too little was captured to say what became of a handshake",
	Sees:        "The client was not seen to get its 101, and the heads that would tell why are missing or incomplete, or it is not certain that they are the same request.",
	Summary:     "what became of the handshake cannot be told: {missing}",
	Explanation: "Nobody is blamed for what was not seen. A header counts as lost only if the head before the node and the head after it were both captured whole.",
	Fixes: []Fix{{For: seenWhole, Where: "the messages of this request", Text: `Read them side by side:
hophound analyze --all, with the captures as before
and in the logs of the nodes what they say of it at that time.
`}, {Where: "the captures", Text: `Capture again at every hop, started before the client and ended after it,
with whole packets:
tcpdump -i any -U -s 0 -w HOP.pcap 'tcp port PORT'
and see that tcpdump reports no packets dropped by the kernel.
`}},
	Example: Example{
		Note: "a packet was lost within the head at the second hop",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\n\n"},
			{Name: "puma", Request: "GET /cable HTTP/1.1\nHost: app.example.com\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n", Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the client got its 101, whatever is missing elsewhere",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma"},
		},
	},
	fires: func(s *sight) []hit {
		if s.protocol == "" || s.upgraded() {
			return nil
		}
		missing, evidence := s.missing()
		h := hit{about: statusClaim, certainty: chain.Certain, evidence: evidence}
		if len(missing) == 0 {
			missing, h.fixFor = []string{"all was seen, and it fits none of the causes that are known here"}, seenWhole
		}
		h.variant = strings.Join(missing, "; ")
		h.values = []string{"{missing}", h.variant}
		return []hit{h}
	},
}

// seenWhole is what the fix is for where nothing is missing.
const seenWhole = "a request that was seen whole"

// answeredBefore says that the node in front of a hop may have answered itself, if an
// answer was seen there.
func (s *sight) answeredBefore(hop int) string {
	if from := hop - 1; from == s.last && from >= 0 && s.status(from) != 0 {
		return ", so " + s.name(from) + " may have answered " + strconv.Itoa(s.status(from)) + " itself"
	}
	return ""
}

// missing says what was not seen of a handshake.
func (s *sight) missing() (sentences []string, evidence []Evidence) {
	sentences, evidence = s.missingHeads()
	for _, more := range []func() ([]string, []Evidence){s.missingLinks, s.missingAnswers} {
		s, e := more()
		sentences, evidence = append(sentences, s...), append(evidence, e...)
	}
	if s.last > 0 && s.passedWhole(s.last) {
		sentences = append(sentences, "an attempt at "+s.name(s.last)+" that had all it needs failed, and what "+s.name(s.last-1)+" sent after it was another request")
	}
	return sentences, evidence
}

// missingHeads is missing for the requests.
func (s *sight) missingHeads() (sentences []string, evidence []Evidence) {
	for i := range s.Hops {
		switch m := s.request(i); {
		case m == nil:
			sentences = append(sentences, "no request was seen at "+s.name(i)+s.answeredBefore(i))
		case !m.Complete:
			sentences = append(sentences, "the request's head at "+s.name(i)+" is not whole")
			evidence = append(evidence, s.requestEvidence(i, "the head's end is missing from the capture"))
		default:
			evidence = append(evidence, s.requestEvidence(i, noteOn(m, "Upgrade", "Connection")))
			if i == s.first && s.headState(i) == broken && namesAnother(m) {
				sentences = append(sentences, "the request at "+s.name(i)+" names another target than its own, so it may be one by which a node in front asks for permission")
			}
		}
	}
	if s.endsInProxy() {
		sentence := "what " + s.name(len(s.Hops)-1) + " sends on was not captured"
		if m := s.response(len(s.Hops) - 1); m == nil || !m.Has("Server") {
			sentence += " (by its name it is a proxy)"
		}
		sentences = append(sentences, sentence)
	}
	return sentences, evidence
}

// missingLinks is missing for what would tell that they are one request.
func (s *sight) missingLinks() (sentences []string, evidence []Evidence) {
	for _, l := range s.Journey.Links {
		switch {
		case s.isSubrequest(l.From, l.To):
			sentences = append(sentences, "the request for "+pathOf(s.request(l.To).Target)+" at "+s.name(l.To)+" may be one that "+s.name(l.From)+" makes itself, as nginx does for auth_request, mirror and error_page")
			if m := s.response(l.To); m != nil {
				evidence = append(evidence, s.responseEvidence(l.To, startLine(m)))
			}
		case confidenceIn(l) == chain.Guess:
			sentences = append(sentences, "it is only a guess that the requests at "+s.name(l.From)+" and "+s.name(l.To)+" are the same")
		}
	}
	return sentences, evidence
}

// missingAnswers is missing for the responses.
func (s *sight) missingAnswers() (sentences []string, evidence []Evidence) {
	switch {
	case s.status(s.first) != 0:
		evidence = append(evidence, s.responseEvidence(s.first, startLine(s.response(s.first))))
	default:
		sentences = append(sentences, "no response was seen at "+s.name(s.first))
	}
	if s.last != s.first && s.status(s.last) == 0 {
		sentences = append(sentences, "no response was seen at "+s.name(s.last))
	}
	if s.last >= 0 {
		if x := s.Journey.Exchanges[s.last]; x.GivenUp {
			sentences = append(sentences, "whoever sent it to "+s.name(s.last)+" closed the connection after "+lasted(x.End.Since-x.Request.Start)+", before there was an answer")
		}
	}
	if s.first == 0 && s.status(0) == 101 && !s.upgraded() {
		sentences = append(sentences, "the client had closed its connection before the answer came")
	}
	if i, ok := s.strandedSwitching(); ok {
		if doubt := s.switchingDoubt(i); doubt != "" {
			sentences = append(sentences, doubt)
			evidence = append(evidence, s.responseEvidence(i+1, startLine(s.response(i+1))))
		}
	}
	return sentences, evidence
}
