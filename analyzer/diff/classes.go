package diff

import (
	"slices"
	"strings"
)

// judgement is one line of the table of what intermediaries do and what it
// means for the message.
type judgement struct {
	field string // in lower case
	side  side
	kinds []Kind // none: any
	when  func(*pair) bool
	class Class
	why   string
}

type side uint8

const (
	inRequest side = iota
	inResponse
)

var (
	dropped = []Kind{Dropped}
	added   = []Kind{Added}
	altered = []Kind{Changed, Reordered}
	lost    = []Kind{Dropped, Changed, Reordered}
)

// judgements is read from above; the first line that fits decides. What no line
// fits is decided by the field's traits.
var judgements = []judgement{
	{"upgrade", inRequest, dropped, attempt, Breaking, "Without Upgrade the next server sees an ordinary request (RFC 6455 §4.2.1)."},
	{"upgrade", inRequest, altered, protocolLost, Breaking, "The protocol that the client asked for is no longer named."},
	{"upgrade", inRequest, altered, attempt, Notable, "Some servers accept nothing but the single value websocket."},
	{"upgrade", inRequest, added, nil, Notable, "The upgrade was not asked for in the request before this node."},
	{"upgrade", inRequest, nil, nil, Expected, "Upgrade concerns one connection only; a proxy that does not pass upgrades removes it (RFC 9110 §7.8)."},

	{"connection", inRequest, nil, tokenLost, Breaking, "Without the token upgrade in Connection the next server must ignore Upgrade (RFC 9110 §7.8, RFC 6455 §4.2.1)."},
	{"connection", inRequest, nil, tokenGained, Notable, "Connection names upgrade, which it did not in the request before this node."},

	{"sec-websocket-key", inRequest, dropped, attempt, Breaking, "A server must refuse a WebSocket handshake without Sec-WebSocket-Key (RFC 6455 §4.2.1)."},
	{"sec-websocket-key", inRequest, altered, nil, Notable, "With another key the node must compute Sec-WebSocket-Accept anew for its client."},
	{"sec-websocket-version", inRequest, lost, attempt, Breaking, "A server refuses a WebSocket handshake without the version it speaks (RFC 6455 §4.2.1)."},
	{"sec-websocket-protocol", inRequest, lost, nil, Notable, "The server cannot choose a subprotocol it was not offered; clients such as Action Cable's then give up."},
	{"sec-websocket-extensions", inRequest, dropped, nil, Expected, "Without the offer the messages are not compressed, nothing else."},
	{"sec-websocket-extensions", inRequest, altered, nil, Notable, "Client and server may disagree on how messages are compressed."},

	{"host", inRequest, dropped, needsHost, Breaking, "An HTTP/1.1 request without Host must be refused (RFC 9112 §3.2)."},
	{"host", inRequest, altered, samePort, Expected, "Only the default port was added or left away."},
	{"host", inRequest, altered, nil, Notable, "The application sees another Host than the client sent: checks of Origin and of allowed hosts compare with this one."},
	{"origin", inRequest, lost, nil, Notable, "Applications decide by Origin whether a browser may open the WebSocket."},
	{"x-forwarded-proto", inRequest, lost, nil, Notable, "The application learns from X-Forwarded-Proto whether the client used TLS; checks of Origin and redirects depend on it."},
	{"cookie", inRequest, lost, nil, Notable, "A session in Cookie may not be recognised."},
	{"authorization", inRequest, lost, nil, Notable, "The credentials in Authorization may not be recognised."},

	{"upgrade", inResponse, lost, switching, Breaking, "A client fails the handshake if the 101 does not name websocket in Upgrade (RFC 6455 §4.1)."},
	{"upgrade", inResponse, nil, nil, Expected, "Upgrade concerns one connection only (RFC 9110 §7.6.1)."},
	{"connection", inResponse, nil, tokenLostIn101, Breaking, "A client fails the handshake if the 101 does not name upgrade in Connection (RFC 6455 §4.1)."},
	{"sec-websocket-accept", inResponse, altered, newKey, Expected, "The node made a new Sec-WebSocket-Key, so the Accept that belongs to it differs too."},
	{"sec-websocket-accept", inResponse, lost, switching, Breaking, "A client fails the handshake if Sec-WebSocket-Accept does not answer its key (RFC 6455 §4.1)."},
	{"sec-websocket-extensions", inResponse, dropped, switching, Breaking, "The server will use an extension that the client was not told of; the client then fails the connection (RFC 6455 §5.2)."},
	{"sec-websocket-extensions", inResponse, nil, nil, Notable, "Client and server may disagree on how messages are compressed."},
	{"sec-websocket-protocol", inResponse, nil, nil, Notable, "The client learns of another subprotocol than the one the server chose."},
	{"set-cookie", inResponse, nil, nil, Notable, "The client gets other cookies than the application set."},
	{"location", inResponse, altered, nil, Notable, "The client is sent elsewhere than the application said; proxies rewrite Location on purpose too."},
}

var judgementsOf = indexJudgements()

func indexJudgements() map[string][]judgement {
	byField := make(map[string][]judgement)
	for _, j := range judgements {
		byField[j.field] = append(byField[j.field], j)
	}
	return byField
}

// judge says what a change of a field means.
func (p *pair) judge(c *Change, t trait) (Class, string) {
	if !p.request && p.before.Status != p.after.Status {
		return Expected, "The node answered with a message of its own, so the fields are others too."
	}
	if why, ok := harmless[c.Kind]; ok {
		return Expected, why
	}
	at := inResponse
	if p.request {
		at = inRequest
	}
	for _, j := range judgementsOf[strings.ToLower(c.Field)] {
		if j.side == at && (j.kinds == nil || slices.Contains(j.kinds, c.Kind)) && (j.when == nil || j.when(p)) {
			return j.class, j.why
		}
	}
	return p.judgeByTraits(c, t)
}

// harmless holds the kinds of change that never alter what a message means.
var harmless = map[Kind]string{
	Recased: "Only upper and lower case differ, which has no meaning here.",
	Split:   "One line became several that hold the same list (RFC 9110 §5.3).",
	Merged:  "Several lines became one that holds the same list (RFC 9110 §5.3).",
}

// judgeByTraits says what the change of a field means that has no line in the
// table.
func (p *pair) judgeByTraits(c *Change, t trait) (Class, string) {
	switch {
	case t.has(hop):
		return Expected, c.Field + " concerns one connection only; every proxy sets its own or none (RFC 9110 §7.6.1)."
	case c.Kind == Dropped && p.before.HasToken("Connection", c.Field):
		return Expected, "Connection names " + c.Field + ", so a proxy must remove it (RFC 9110 §7.6.1)."
	case t.has(framing):
		return Expected, "Every proxy may frame and pack the content anew (RFC 9110 §7.7)."
	case t.has(answer):
		return Expected, "Proxies write " + c.Field + " anew in the responses they give on."
	case t.has(trail) && c.Kind == Added:
		return Expected, "Proxies add " + c.Field + " to tell what passed through them."
	case t.has(trail) && c.Kind == Changed && appended(c, t):
		return Expected, "The node added itself to the list, as proxies do."
	case t.has(trail):
		return Notable, "What earlier hops said in " + c.Field + " is no longer what arrives."
	case t.has(list|crumbs) && c.Kind == Changed && slices.EqualFunc(t.elements(c.Before), t.elements(c.After), t.same()):
		return Expected, "Only white space differs."
	case c.Kind == Dropped && strings.Contains(c.Field, "_"):
		return Notable, "nginx and others drop fields with an underscore in the name unless told otherwise (underscores_in_headers)."
	default:
		return Notable, "A field that is meant for the far end is " + pastTense[c.Kind] + " (RFC 9110 §7.6.1)."
	}
}

var pastTense = map[Kind]string{
	Dropped: "gone", Added: "new", Changed: "not what it was", Reordered: "in another order",
}

// appended tells whether a list only grew at its end.
func appended(c *Change, t trait) bool {
	return begins(t.elements(c.After), t.elements(c.Before), t.same())
}

func attempt(p *pair) bool   { return p.context.Upgrade }
func newKey(p *pair) bool    { return p.context.NewKey }
func switching(p *pair) bool { return p.before.Status == 101 }

func needsHost(p *pair) bool { return p.after.Version != "HTTP/1.0" }

// tokenLost tells whether Connection surely no longer names upgrade: another
// line of Connection may stand in the lost part of a head.
func tokenLost(p *pair) bool {
	return p.context.Upgrade && p.after.Complete &&
		p.before.HasToken("Connection", "upgrade") && !p.after.HasToken("Connection", "upgrade")
}

func tokenGained(p *pair) bool {
	return p.before.Complete && !p.before.HasToken("Connection", "upgrade") && p.after.HasToken("Connection", "upgrade")
}

func tokenLostIn101(p *pair) bool {
	return switching(p) && p.after.Complete &&
		p.before.HasToken("Connection", "upgrade") && !p.after.HasToken("Connection", "upgrade")
}

// protocolLost tells whether surely no protocol of the Upgrade before is left
// in the Upgrade after.
func protocolLost(p *pair) bool {
	if !p.context.Upgrade || !p.after.Complete {
		return false
	}
	for t := range p.before.Tokens("Upgrade") {
		if p.after.HasToken("Upgrade", t) {
			return false
		}
	}
	return true
}

// samePort tells whether two Host values differ in a default port only.
func samePort(p *pair) bool {
	b, _ := p.before.Get("Host")
	a, _ := p.after.Get("Host")
	return strings.EqualFold(withoutDefaultPort(b), withoutDefaultPort(a))
}

func withoutDefaultPort(host string) string {
	for _, port := range []string{":80", ":443"} {
		if name, ok := strings.CutSuffix(host, port); ok && (!strings.Contains(name, ":") || strings.HasSuffix(name, "]")) {
			return name
		}
	}
	return host
}
