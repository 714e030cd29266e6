package diagnose

import (
	"net/url"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// sight is one journey as the rules look at it.
type sight struct {
	Journey *chain.Journey
	Hops    []chain.Hop

	nodes       *Nodes
	first, last int    // the first and the last hop where the request was seen; -1 if nowhere
	attempt     bool   // the client offered an upgrade
	protocol    string // the protocol of an upgrade that the client needs, in lower case; empty if it needs none
	passage     passage
}

func look(j *chain.Journey, hops []chain.Hop, nodes *Nodes) *sight {
	s := &sight{Journey: j, Hops: hops, nodes: nodes, first: -1, last: -1}
	for i := range j.Exchanges {
		if s.request(i) != nil {
			if s.first < 0 {
				s.first = i
			}
			s.last = i
		}
	}
	s.readOffer()
	s.passage = s.follow()
	return s
}

// request gives the request seen at a hop; nil if there is none. One of which there
// is less than its start line is none: it could not be found at other hops, so that
// it says nothing that it was not seen there.
func (s *sight) request(hop int) *http1.Message {
	if x := s.Journey.Exchanges[hop]; x != nil && (x.Request == nil || !x.Request.StartCut) {
		return x.Request
	}
	return nil
}

// response gives the final response seen at a hop; nil if there is none.
func (s *sight) response(hop int) *http1.Message {
	if x := s.Journey.Exchanges[hop]; x != nil {
		return x.Response
	}
	return nil
}

// source tells in which source the request was seen at a hop.
func (s *sight) source(hop int) int { return s.Journey.Exchanges[hop].Conn.Source }

// status gives the status seen at a hop; 0 if there is none.
func (s *sight) status(hop int) int {
	if m := s.response(hop); m != nil {
		return m.Status
	}
	return 0
}

func (s *sight) name(hop int) string { return s.Hops[hop].Name }

// readOffer finds out what the client asked for. Only what stands before the
// first whole head counts, and that head: what a later one has more was put
// there by a node.
func (s *sight) readOffer() {
	for i := max(s.first, 0); i <= s.last; i++ {
		m := s.request(i)
		if m == nil {
			continue
		}
		if s.nodes.isMadeOf(m) {
			return // the handshake itself is another journey
		}
		s.attempt = s.attempt || m.IsUpgradeAttempt()
		if p := neededProtocol(m); s.protocol == "" || p == "websocket" {
			s.protocol = p
		}
		if m.Complete {
			return
		}
	}
}

// read tells whether a whole request head was seen at any hop.
func (s *sight) read() bool {
	for i := max(s.first, 0); i <= s.last; i++ {
		if m := s.request(i); m != nil && m.Complete {
			return true
		}
	}
	return false
}

// doubtful tells of a GET that was refused, that shows nothing of a handshake, and
// whose head was seen whole nowhere, or first in a part that asks for some upgrade: what
// would show it may not have been captured.
func (s *sight) doubtful() bool {
	if s.first < 0 || s.protocol != "" {
		return false
	}
	m := s.request(s.first)
	if s.read() && (m.Complete || !asksUpgrade(m)) {
		return false
	}
	return (m.Method == "GET" || m.Method == "") && s.status(s.first) >= 400
}

// neededProtocol gives the protocol that a request must be upgraded to; empty
// if it must not.
func neededProtocol(m *http1.Message) string {
	if isHandshake(m) {
		return "websocket"
	}
	needed := ""
	for t := range m.Tokens("Upgrade") {
		name, _, _ := strings.Cut(strings.ToLower(t), "/")
		switch {
		case name == "websocket":
			return name
		case needed == "" && !mayBeIgnored(name):
			needed = name
		}
	}
	return needed
}

// isHandshake tells whether a request was meant as a WebSocket handshake: these
// fields are end-to-end, so they remain where Upgrade is gone.
func isHandshake(m *http1.Message) bool {
	return m.Has("Sec-WebSocket-Key") || m.Has("Sec-WebSocket-Version") ||
		m.Has("Sec-WebSocket-Protocol") || m.Has("Sec-WebSocket-Extensions")
}

// mayBeIgnored tells protocols that a client only offers, and does without if
// the server does not take them up (RFC 9110 §7.8): another version of HTTP, or
// TLS within the connection.
func mayBeIgnored(protocol string) bool {
	return protocol == "h2c" || protocol == "h2" || protocol == "http" || protocol == "tls"
}

// namesProtocol tells whether Upgrade names the protocol that is needed.
func (s *sight) namesProtocol(m *http1.Message) bool {
	for t := range m.Tokens("Upgrade") {
		if name, _, _ := strings.Cut(t, "/"); strings.EqualFold(name, s.protocol) {
			return true
		}
	}
	return false
}

// asksUpgrade tells whether Connection names upgrade.
func asksUpgrade(m *http1.Message) bool { return m.HasToken("Connection", "upgrade") }

// sure gives the two requests at neighbouring hops if they are known to be the
// same one: nothing may be said about a node otherwise.
func (s *sight) sure(from int) (a, b *http1.Message, ok bool) {
	if from < 0 || from+1 >= len(s.Hops) {
		return nil, nil, false
	}
	a, b = s.request(from), s.request(from+1)
	return a, b, a != nil && b != nil && s.confidence(from) > chain.Guess
}

// confidence is that of the link between a hop and the next; Guess if there is
// none.
func (s *sight) confidence(from int) chain.Confidence {
	for _, l := range s.Journey.Links {
		if l.From == from && l.To == from+1 {
			return s.linkConfidence(l)
		}
	}
	return chain.Guess
}

// path is the path of the target, without the query (which may hold secrets)
// and fit for a terminal and for a comment in a configuration file.
func (s *sight) path() string {
	if s.first < 0 {
		return "/"
	}
	return pathOf(s.request(s.first).Target)
}

// beginning is the first segment of a path: of a request that is not in the report the
// rest may hold a secret that nothing else tells.
func beginning(path string) string {
	if i := strings.IndexByte(path[1:], '/'); i >= 0 && i+2 < len(path) {
		return path[:i+2] + "..."
	}
	return path
}

func pathOf(target string) string {
	const longest = 80
	path, _, _ := strings.Cut(target, "?")
	if !strings.HasPrefix(path, "/") {
		u, err := url.Parse(path)
		if err != nil || u.Path == "" {
			return "/"
		}
		path = u.EscapedPath()
	}
	path = strings.Map(func(r rune) rune {
		if r <= ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, path)
	if len(path) > longest { // half of a secret could not be known as one
		path = path[:strings.LastIndexByte(path[:longest], '/')+1] + "..."
	}
	return path
}

// protocolName is the protocol as it is written in sentences and
// configuration: only letters, digits and what nginx takes without quotes.
func (s *sight) protocolName() string {
	for _, r := range s.protocol {
		if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
			return "websocket"
		}
	}
	if s.protocol == "" {
		return "websocket"
	}
	return s.protocol
}

// offer is the value of Upgrade as the client sent it, if it is fit to be pasted.
func (s *sight) offer() string {
	if s.first >= 0 {
		value := strings.Join(s.request(s.first).Values("Upgrade"), ", ")
		if value != "" && len(value) <= 64 && strings.Trim(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-./, ") == "" {
			return value
		}
	}
	return s.protocolName()
}

// askedPattern is what $http_upgrade matches, in a map of nginx, if it asks for the protocol:
// SPDY/3.1 has a version, and a list may name others.
func (s *sight) askedPattern() string {
	if p := s.protocolName(); strings.EqualFold(s.offer(), p) {
		return "~*^" + p + "$"
	}
	return `"~*(^|[ ,])` + s.protocolName() + `([/ ,]|$)"`
}

// confidenceIn is how sure a conclusion can be that rests on a link. Where it
// makes no difference which of several alike requests a guess picks, what was
// done to one was done to all.
func confidenceIn(l chain.Link) chain.Confidence {
	if l.Confidence == chain.Guess && l.Alike {
		return chain.Likely
	}
	return l.Confidence
}
