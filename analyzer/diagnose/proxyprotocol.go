package diagnose

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var proxyProtocolReferences = []string{
	"https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt",
	"https://nginx.org/en/docs/http/ngx_http_core_module.html#listen",
	"https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-proxy-protocol.html",
}

const exampleProxyV1 = "PROXY TCP4 198.51.100.22 203.0.113.7 35646 80"

// badRequest is nginx's own answer, badRequestPassedOn that of a server behind.
const (
	badRequest         = "HTTP/1.1 400 Bad Request\nServer: nginx/1.22.1\nContent-Type: text/html\nContent-Length: 0\nConnection: close\n\n"
	badRequestPassedOn = "HTTP/1.1 400 Bad Request\nServer: nginx/1.22.1\nContent-Type: text/plain\nContent-Length: 0\nConnection: keep-alive\n\n"
)

// expectProxy is the fix for a server that gets a PROXY protocol header.
func expectProxy(versions string) []Fix {
	return []Fix{
		{For: "nginx", Where: "the server block of {culprit} that listens on port {port}",
			Text: `listen {port} proxy_protocol;        # ` + versions + `
set_real_ip_from {sender_address};   # whose headers are believed
real_ip_header proxy_protocol;

# or have {sender} send no PROXY protocol header
`},
		{Where: "{culprit}, port {port}, or {sender}", Text: `Let {culprit} expect the PROXY protocol on this port (HAProxy:
accept-proxy on the bind line; Puma, version 1 only:
set_remote_address proxy_protocol: :v1), or have {sender} send none.
`},
	}
}

var proxyV1Unexpected = &Rule{
	ID:          "proxy-v1-unexpected",
	Severity:    Error,
	Means:       Failed,
	Title:       "a PROXY protocol line (version 1) is sent to a server that does not expect it",
	Sees:        "A connection begins with a line PROXY TCP4 (or TCP6, UNKNOWN); its first request is answered 400 with Connection: close and goes no further. It does not fire if a connection that could not be read began behind the node meanwhile.",
	Summary:     "{culprit} answered 400 because {sender} sends a PROXY protocol line, which {culprit} does not expect",
	Explanation: "{sender} puts the client's address in front of the first request, as the PROXY protocol has it. {culprit} takes that line for the request line and answers 400. nginx's access log shows \"PROXY TCP4 ...\" as the request.",
	Doubt:       "Other things are answered 400 at once, too: a head that is too large, and plain HTTP on a port for TLS. The page that was sent, and the error log of {culprit}, say which.",
	Fixes:       expectProxy("version 1 since nginx 1.5.12"),
	References:  proxyProtocolReferences,
	Example: Example{
		Note: "a TCP listener with PROXY protocol in front of an nginx that listens without",
		Hops: []ExampleHop{
			{Name: "elb", Request: exampleHandshake, Response: badRequest, ClosedBy: "server"},
			{Name: "nginx", Proxy: exampleProxyV1, Request: exampleHandshake, Response: badRequest, ClosedBy: "server"},
			{Name: "puma"},
		},
	},
	Counterexample: Example{
		Note: "nginx expects the line and passes the request on; the application finds it bad",
		Hops: []ExampleHop{
			{Name: "elb", Request: exampleHandshake, Response: badRequestPassedOn},
			{Name: "nginx", Proxy: exampleProxyV1, Request: exampleHandshake, Response: badRequestPassedOn},
			{Name: "puma", Request: exampleHandshake, Response: "HTTP/1.1 400 Bad Request\n\n"},
		},
	},
	fires: func(s *sight) []hit { return s.proxyUnexpected(1) },
}

var proxyV2Unexpected = &Rule{
	ID:          "proxy-v2-unexpected",
	Severity:    Error,
	Means:       Failed,
	Title:       "a PROXY protocol header (version 2) is sent to a server that does not expect it",
	Sees:        "A connection begins with the binary signature of PROXY protocol version 2; its first request is answered 400 with Connection: close and goes no further. It does not fire if a connection that could not be read began behind the node meanwhile.",
	Summary:     "{culprit} answered 400 because {sender} sends a PROXY protocol header of version 2, which {culprit} does not expect",
	Explanation: "{sender} puts the client's address in front of the first request, as the PROXY protocol has it, in its binary form. {culprit} takes those bytes for a request and answers 400. A Network Load Balancer sends version 2 only, and with its health checks too.",
	Doubt:       "Other things are answered 400 at once, too: a head that is too large, and plain HTTP on a port for TLS. The page that was sent, and the error log of {culprit}, say which.",
	Fixes:       expectProxy("version 2 since nginx 1.13.11"),
	References:  append([]string{"https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html"}, proxyProtocolReferences...),
	Example: Example{
		Note: "a Network Load Balancer with proxy protocol in front of an nginx that listens without",
		Hops: []ExampleHop{
			{Name: "nlb", Request: exampleHandshake, Response: badRequest, ClosedBy: "server"},
			{Name: "nginx", Proxy: "v2", Request: exampleHandshake, Response: badRequest, ClosedBy: "server"},
			{Name: "puma"},
		},
	},
	Counterexample: Example{
		Note: "nginx expects it",
		Hops: []ExampleHop{
			{Name: "nlb", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "nginx", Proxy: "v2", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma", Request: exampleHandshake, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit { return s.proxyUnexpected(2) },
}

// proxyUnexpected looks for a server that answers 400 to the first request
// after a PROXY protocol header, or to the header alone before the request has
// come, and passes nothing on.
func (s *sight) proxyUnexpected(version int) []hit {
	i := s.last
	if i < 0 {
		return nil
	}
	x := s.Journey.Exchanges[i]
	answer := x.Response
	if early := s.nodes.early(i, x.Conn); early != nil && answer == nil {
		answer = early
	} else if x.Index > 0 {
		return nil
	}
	if len(x.Conn.Proxy) == 0 || !refusesConnection(answer) || s.nodes.listener(i, x.Conn.Server).proxy ||
		s.nodes.mayHavePassed(i, x.Conn, answer.Start) {
		return nil
	}
	header := x.Conn.Proxy[len(x.Conn.Proxy)-1]
	if header.Version != version {
		return nil
	}
	h := s.proxyHit(i, chain.Likely)
	if softwareOf(serverField(answer)).name == "nginx" {
		h.fixFor = "nginx"
	}
	if s.nodes.listener(i, x.Conn.Server).plain {
		h.certainty = chain.Certain // what comes without the header is read, so it is no TLS that is expected
	} else {
		h.doubtful = true
	}
	h.evidence = []Evidence{
		{Hop: i, Source: s.source(i), Packets: header.Packets, Note: "PROXY protocol header of version " + strconv.Itoa(version)},
		{Hop: i, Source: s.source(i), Packets: answer.Packets, Note: startLine(answer)},
	}
	return []hit{h}
}

// refusesConnection tells the answer to what is no request at all. A 400 that
// nginx only passes on leaves the connection open.
func refusesConnection(m *http1.Message) bool {
	return m != nil && m.Status == 400 && closes(m)
}

func serverField(m *http1.Message) string {
	v, _ := m.Get("Server")
	return v
}

// proxyHit makes what the rules about the PROXY protocol have in common: i is
// the hop whose node is not configured as the one before.
func (s *sight) proxyHit(i int, c chain.Confidence) hit {
	conn := s.Journey.Exchanges[i].Conn
	sender := "what stands in front of " + s.name(i)
	if i > 0 {
		sender = s.name(i - 1)
	}
	h := hit{about: statusClaim, culprit: s.name(i), certainty: c,
		values: []string{"{sender}", sender, "{port}", strconv.Itoa(int(conn.Server.Port())), "{sender_address}", conn.Client.Addr().String()}}
	if strings.Contains(strings.ToLower(s.name(i)), "nginx") {
		h.fixFor = "nginx"
	}
	return h
}

var proxyExpectedButAbsent = &Rule{
	ID:       "proxy-expected-but-absent",
	Severity: Error,
	Means:    Failed,
	Title:    "a server expects a PROXY protocol header and gets none",
	Sees: "The first request of a connection without a PROXY protocol header reached a node whole and went no further; the node closed the connection without a byte of answer. " +
		"It does not fire if the same address was seen to answer such connections, or if a connection that could not be read began behind the node meanwhile.",
	Summary:     "{culprit} closed the connection without a byte of answer: it seems to expect a PROXY protocol header, and {sender} sends none",
	Explanation: "A server that is told to expect the PROXY protocol closes connections that begin otherwise. nginx's error log then says \"broken header: ... while reading PROXY protocol\". With a classic load balancer the policy must be set on the instance's port, and health checks and requests from inside come without the header too.",
	Doubt:       "A crash of the server, `return 444` in nginx, a server that expects TLS, and a TCP proxy none of whose servers can be reached look the same; the error log tells them apart.",
	Fixes: []Fix{
		{For: "nginx", Where: "{sender}, or the server block of {culprit} that listens on port {port}", Text: `Have {sender} send the PROXY protocol (HAProxy: send-proxy on the server
line; classic load balancer: the policy
ProxyProtocolPolicyType on the instance's port), or in nginx listen
without it:
listen {port};
`},
		{Where: "{sender}, or {culprit}, port {port}", Text: "Have {sender} send the PROXY protocol (HAProxy: send-proxy on the server\nline), or let {culprit} not expect it on this port.\n"},
	},
	References: append([]string{"https://github.com/netdata/netdata/issues/11822"}, proxyProtocolReferences...),
	Example: Example{
		Note: "a TCP listener without PROXY protocol in front of nginx with listen 80 proxy_protocol",
		Hops: []ExampleHop{
			{Name: "elb", Request: exampleHandshake, ClosedBy: "server"},
			{Name: "nginx", Request: exampleHandshake, ClosedBy: "server"},
			{Name: "puma"},
		},
	},
	Counterexample: Example{
		Note: "the same address answers another connection that has no PROXY protocol header either",
		Hops: []ExampleHop{
			{Name: "elb", Request: exampleHandshake, ClosedBy: "server"},
			{Name: "nginx", Request: exampleHandshake, ClosedBy: "server"},
			{Name: "puma"},
		},
		Beside: []ExampleHop{
			{Name: "elb", Request: "GET /up HTTP/1.1\nHost: app.example.com\n\n", Response: "HTTP/1.1 200 OK\n\n"},
			{Name: "nginx", Request: "GET /up HTTP/1.1\nHost: app.example.com\n\n", Response: "HTTP/1.1 200 OK\n\n"},
			{Name: "puma", Request: "GET /up HTTP/1.1\nHost: app.example.com\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		i := s.last
		if i < 0 || !s.joined() {
			return nil
		}
		x := s.Journey.Exchanges[i]
		if !x.Request.Complete || len(x.Conn.Proxy) > 0 || x.Index > 0 || !x.Unanswered || x.End.By != http1.SideServer {
			return nil
		}
		seen := s.nodes.listener(i, x.Conn.Server)
		passesOn := i > 0 && i < len(s.Hops)-1 || s.softwareAt(i).name == "nginx"
		if seen.plain || !seen.proxy && !passesOn || s.nodes.mayHavePassed(i, x.Conn, x.End.Time) {
			return nil
		}
		h := s.proxyHit(i, chain.Likely)
		h.doubtful = !seen.proxy
		h.evidence = []Evidence{s.requestEvidence(i, "the first bytes of the connection: "+startLine(x.Request)), s.endEvidence(i)}
		return []hit{h}
	},
}
