package diagnose

import (
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var clbStripsUpgrade = &Rule{
	ID:       "clb-http-listener-strips-upgrade",
	Severity: Error,
	Means:    Lost,
	Title:    "a classic Elastic Load Balancer's HTTP listener takes Upgrade away",
	Sees: "A handshake without Upgrade, with Connection: keep-alive and with X-Forwarded-For, -Port and -Proto but not X-Amzn-Trace-Id: " +
		"either as it comes out of a node into which it went whole, or at the first hop captured.",
	Summary:     "{who} {did}",
	Explanation: "The HTTP and HTTPS listeners of a classic Elastic Load Balancer know no WebSockets: they end the client's connection and send ordinary requests to the servers behind, over connections of their own. The nodes behind it cannot bring Upgrade back.",
	Doubt:       "Only the side behind the load balancer was captured, or it sets fields that others set too; that it is a classic Elastic Load Balancer is told from these fields.",
	Fixes: []Fix{{
		Where: "the listener of {balancer}",
		Text: `Use a TCP listener (SSL for wss://) instead of HTTP or HTTPS, or replace
it by an Application Load Balancer:
    aws elb create-load-balancer-listeners --load-balancer-name NAME \
        --listeners Protocol=TCP,LoadBalancerPort=80,InstanceProtocol=TCP,InstancePort=80
To keep the client's address, also enable the policy
ProxyProtocolPolicyType for the instance port and let the
server behind expect it (nginx: listen 80 proxy_protocol;).
`}},
	References: []string{
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-listener-config.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/how-elastic-load-balancing-works.html",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-proxy-protocol.html",
		"https://github.com/mesosphere/marathon-lb/issues/105",
	},
	Example: Example{
		Note: "a classic load balancer with an HTTP listener in front of a well configured nginx",
		Hops: []ExampleHop{
			{Name: "elb", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "nginx", Request: `GET /cable HTTP/1.1
host:app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
X-Forwarded-For: 192.0.2.1
X-Forwarded-Port: 80
X-Forwarded-Proto: http
Connection: keep-alive

`, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Connection: close
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
X-Forwarded-For: 192.0.2.1, 10.0.0.1
X-Forwarded-Port: 80
X-Forwarded-Proto: http

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "an Application Load Balancer: it adds X-Amzn-Trace-Id and passes WebSockets, so the loss is in front of it",
		Hops: []ExampleHop{
			{Name: "nginx", Request: `GET /cable HTTP/1.1
Host: app.example.com
X-Forwarded-For: 192.0.2.1
X-Forwarded-Port: 80
X-Forwarded-Proto: http
X-Amzn-Trace-Id: Root=1-67891233-abcdef012345678912345678
Connection: keep-alive
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		switch s.passage.kind {
		case lostAt:
			return s.clbWithin()
		case lostBefore:
			return s.clbBefore()
		}
		return nil
	},
}

func (s *sight) clbWithin() []hit {
	l, _ := s.loss()
	added := !sameField(l.before, l.after, "X-Forwarded-For") && !sameField(l.before, l.after, "X-Forwarded-Port")
	known := l.software.name != "" && (l.software.proven || l.software.named)
	if !looksLikeCLB(l.after) || !added || known {
		return nil
	}
	h := l.hit("", chain.Certain)
	if !nameGluedToValue(l.after, "host") {
		h.certainty, h.doubtful = min(h.certainty, chain.Likely), true
	}
	h.values = append(h.values, "{who}", h.culprit, "{balancer}", h.culprit)
	return []hit{h}
}

func (s *sight) clbBefore() []hit {
	if !looksLikeCLB(s.request(0)) {
		return nil
	}
	h := s.hitBefore(chain.Likely).doubt()
	h.values = append(h.values, "{who}", "a load balancer in front of "+s.name(0), "{did}", "dropped Upgrade and sent Connection: keep-alive",
		"{balancer}", "the load balancer in front of "+s.name(0))
	h.evidence = append(h.evidence, s.requestEvidence(0, noteOn(s.request(0), "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto", "X-Amzn-Trace-Id")))
	return []hit{h}
}

// looksLikeCLB tells the requests of a classic load balancer's HTTP listener:
// the fields of its documentation, and none that other proxies set with them.
func looksLikeCLB(m *http1.Message) bool {
	keepAlive, _ := m.Get("Connection")
	return strings.EqualFold(keepAlive, "keep-alive") && !m.Has("Upgrade") &&
		m.Has("X-Forwarded-For") && m.Has("X-Forwarded-Port") && m.Has("X-Forwarded-Proto") &&
		!m.Has("X-Amzn-Trace-Id") && !m.Has("X-Forwarded-Host") && !m.Has("X-Forwarded-Server") && !m.Has("X-Real-IP") && !m.Has("Via")
}

// nameGluedToValue tells whether a field is spelled just so and has no space
// after its colon, as the classic load balancer writes host.
func nameGluedToValue(m *http1.Message, name string) bool {
	for _, line := range m.Lines {
		if strings.HasPrefix(line, name+":") && !strings.HasPrefix(line, name+": ") {
			return true
		}
	}
	return false
}

var apacheNoUpgradeParam = &Rule{
	ID:       "apache-no-upgrade-param",
	Severity: Error,
	Means:    Lost,
	Title:    "Apache's ProxyPass is not told to pass WebSockets",
	Sees: "A whole handshake goes into a node; what comes out has neither Upgrade nor the token upgrade, has Connection: Keep-Alive or close, " +
		"and X-Forwarded-For, -Host and -Server were added together, as mod_proxy_http does.",
	Summary:     "{culprit} {did}",
	Explanation: "mod_proxy_http removes Upgrade and writes Connection anew unless ProxyPass has upgrade=websocket. So {next} got an ordinary request and could not upgrade it.",
	Fixes: []Fix{{
		Where: "the virtual host of {culprit}, before any ProxyPass for a shorter path",
		Text: `# Apache 2.4.47 and later
ProxyPass "{path}" "http://{backend}{path}" upgrade=websocket
ProxyPreserveHost On

# before: with mod_proxy_wstunnel
# ProxyPass "{path}" "ws://{backend}{path}"
`}},
	References: []string{
		"https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#protoupgrade",
		"https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html",
	},
	Example: Example{
		Note: "Apache 2.4 with a plain ProxyPass",
		Hops: []ExampleHop{
			{Name: "web", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: Apache/2.4.66 (Debian)\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Host: 127.0.0.1:3000
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
X-Forwarded-For: 192.0.2.1
X-Forwarded-Host: app.example.com
X-Forwarded-Server: web.example.com
Connection: Keep-Alive

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	Counterexample: Example{
		Note: "a node that adds X-Forwarded-For alone is not known to be Apache",
		Hops: []ExampleHop{
			{Name: "web", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
X-Forwarded-For: 192.0.2.1
Connection: Keep-Alive

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok || l.software.proven && l.software.name != "apache" || s.namesProtocol(l.after) || asksUpgrade(l.after) {
			return nil
		}
		together := !sameField(l.before, l.after, "X-Forwarded-For") && l.after.Has("X-Forwarded-For") &&
			!sameField(l.before, l.after, "X-Forwarded-Host") && l.after.Has("X-Forwarded-Host") &&
			!sameField(l.before, l.after, "X-Forwarded-Server") && l.after.Has("X-Forwarded-Server")
		c, _ := l.after.Get("Connection")
		if !together || l.after.Has("X-Real-IP") || !strings.EqualFold(c, "keep-alive") && !strings.EqualFold(c, "close") {
			return nil
		}
		h := l.hit("apache", chain.Likely)
		if l.software.proven {
			h.certainty = s.confidence(l.from)
		}
		h.values = append(h.values, "{backend}", s.serverAddress(l.from+1))
		return []hit{h}
	},
}

// serverAddress is where a hop's requests went to.
func (s *sight) serverAddress(hop int) string {
	if x := s.Journey.Exchanges[hop]; x != nil && x.Conn != nil && x.Conn.Server.IsValid() {
		return x.Conn.Server.String()
	}
	return s.name(hop)
}
