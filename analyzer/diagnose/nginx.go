package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// nginxFix lets WebSocket handshakes through nginx, and nothing else.
var nginxFix = Fix{
	For:   "nginx",
	Where: "nginx.conf of {culprit}, in http { } and in the location that serves {path}",
	Text: `# in http { }, nginx.conf
map $http_upgrade $connection_upgrade {
    default       close;
    {asked} upgrade;
}

# in the location that serves {path}
proxy_http_version 1.1;
proxy_set_header Upgrade    $http_upgrade;
proxy_set_header Connection $connection_upgrade;
proxy_set_header Host       $http_host;
proxy_set_header X-Forwarded-For   $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto {xfp};
proxy_read_timeout 3600s;
`,
}

// whyMap is said wherever nginxFix is given.
const whyMap = `Use the map, not a constant Connection "upgrade": a constant makes half an upgrade request of every ordinary one, defeats keep-alive to {next} (where the upstream block has keepalive, write "" for close in the map), and takes h2c upgrades past nginx's rules as well.`

var nginxReferences = []string{
	"https://nginx.org/en/docs/http/websocket.html",
	"https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header",
	"https://github.com/nginx/nginx/issues/1472",
	"RFC 9110 §7.6.1, §7.8",
}

var nginxDefault = &Rule{
	ID:       "nginx-default-strips-upgrade",
	Severity: Error,
	Means:    Lost,
	Title:    "nginx has no WebSocket directives for this location",
	Sees: "A whole handshake goes into nginx; what comes out has neither Upgrade nor the token upgrade. " +
		"nginx up to 1.29.6 sends HTTP/1.0 (HTTP/1.1 if proxy_http_version says so) with Connection: close, nginx from 1.29.7 on HTTP/1.1 without Connection.",
	Summary: `{culprit} {did}`,
	Explanation: "nginx removes Upgrade and writes Connection anew in every request it passes on, unless the location tells it otherwise. " +
		"So {next} got an ordinary request and could not upgrade it. " + whyMap,
	Doubt: "What is seen here fits two causes: the location sets nothing for WebSockets, or it does through its server or http block but has a proxy_set_header of its own, which cancels all that would be inherited; " +
		"`nginx -T` shows which. The fix is the same: the whole set, in this location.",
	Fixes:      []Fix{nginxFix},
	References: append([]string{"https://github.com/nginx/nginx/commit/6bb27a63129968da17b21589b73aa4f47b8445ec"}, nginxReferences...),
	Example: Example{
		Note: "nginx 1.22 with nothing but proxy_pass in front of Puma",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\nContent-Type: text/plain\nContent-Length: 14\n\nPage not found"},
			{Name: "puma", Request: `GET /cable HTTP/1.0
Host: app
Connection: close
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.0 404 Not Found\nContent-Type: text/plain\nContent-Length: 14\n\nPage not found"},
		},
	},
	Counterexample: Example{
		Note: "a well configured nginx whose client had lost Upgrade before: its map then says close",
		Hops: []ExampleHop{
			{Name: "nginx", Request: `GET /cable HTTP/1.1
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\nContent-Length: 14\n\nPage not found"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Connection: close
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\nContent-Length: 14\n\nPage not found"},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok || l.software.name != "nginx" || !nginxDefaultConnection(l.after) || s.namesProtocol(l.after) {
			return nil
		}
		if !lowersVersion(l.before, l.after) {
			return []hit{l.hit("nginx", chain.Likely).doubt()}
		}
		return []hit{l.hit("nginx", chain.Certain)}
	},
}

// nginxDefaultConnection tells what nginx sends in Connection when nothing is
// configured: close up to 1.29.6, no field from 1.29.7 on.
func nginxDefaultConnection(m *http1.Message) bool {
	return closes(m) || !m.Has("Connection")
}

var nginxInheritanceCancelled = &Rule{
	ID:       "nginx-set-header-inheritance-cancelled",
	Severity: Error,
	Means:    Lost,
	Title:    "a proxy_set_header in the location cancels all that it would inherit",
	Sees: "nginx passes a whole handshake on without Upgrade, as HTTP/1.1, with Host replaced by the upstream's name and without X-Forwarded-*; " +
		"and another path through the same nginx does carry them, or this request carries a field that only a proxy_set_header of this location can have added.",
	Summary: "{culprit} {did}: proxy_set_header in this location seems to cancel the inherited ones",
	Explanation: "nginx inherits proxy_set_header from the enclosing block only if the location has none of its own; a single one cancels the whole set, that for Upgrade, Connection and Host included. " +
		"proxy_http_version is inherited by itself, so the request is still HTTP/1.1. " +
		"Here {why}. Repeat the whole set in the location, or include it from a file. " + whyMap,
	Doubt: "The same is seen if this location was never given the set at all; `nginx -T` shows which. The fix is the same.",
	Fixes: []Fix{nginxFix},
	References: append([]string{
		"https://github.com/tiny-pilot/ansible-role-tinypilot/issues/113",
	}, nginxReferences...),
	Example: Example{
		Note: "the server block has the whole set; location /cable adds one proxy_set_header X-Request-Start and loses it",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
X-Request-Start: t=1700000000.123
Host: app
Connection: close
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
		Beside: []ExampleHop{
			{Name: "nginx", Request: "GET /up HTTP/1.1\nHost: app.example.com\n\n", Response: "HTTP/1.1 200 OK\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: "GET /up HTTP/1.1\nConnection: close\nHost: app.example.com\nX-Forwarded-For: 192.0.2.1\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	Counterexample: Example{
		Note: "only proxy_http_version 1.1 is configured, everywhere: nothing was there to be cancelled",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 404 Not Found\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Host: app
Connection: close
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 404 Not Found\n\n"},
		},
		Beside: []ExampleHop{
			{Name: "nginx", Request: "GET /up HTTP/1.1\nHost: app.example.com\n\n", Response: "HTTP/1.1 200 OK\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: "GET /up HTTP/1.1\nHost: app\nConnection: close\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		l, ok := s.loss()
		if !ok || l.software.name != "nginx" || !nginxDefaultConnection(l.after) || s.namesProtocol(l.after) {
			return nil
		}
		if l.after.Version != "HTTP/1.1" || sameField(l.before, l.after, "Host") || len(forwardedFields(l.before, l.after)) > 0 {
			return nil
		}
		h := l.hit("nginx", chain.Likely).doubt()
		sib := s.nodes.siblingOf(l.from, s.Journey.Exchanges[l.from], s.path())
		own := ownFields(l.before, l.after)
		switch {
		case sib != nil:
			h.values = append(h.values, "{why}", "a request for "+beginning(sib.path)+" through the same nginx shows the set at work: it "+sib.did+", this one does not")
			h.evidence = append(h.evidence, Evidence{Hop: l.from + 1, Source: sib.source, Packets: sib.packets, Note: "a request for " + beginning(sib.path) + " through the same nginx: it " + sib.did})
		case len(own) > 0 && closes(l.after):
			h.values = append(h.values, "{why}", "the request carries "+and(own)+", which nginx added by a proxy_set_header, and HTTP/1.1, which someone configured, but nothing else of the usual set")
		default:
			return nil
		}
		return []hit{h}
	},
}

// ownFields gives the names of the fields that a node added.
func ownFields(a, b *http1.Message) []string {
	var names []string
	for _, f := range b.Fields {
		if !a.Has(f.Name) && f.Name != "Connection" {
			names = append(names, f.Name)
		}
	}
	return names
}

var connectionUpgradeHardcoded = &Rule{
	ID:       "nginx-connection-upgrade-hardcoded",
	Severity: Warning,
	Title:    "ordinary requests are sent on with Connection: upgrade",
	Sees:     "A request without any sign of an upgrade goes into a node; what comes out has the token upgrade in Connection, and no Upgrade.",
	Summary:  "{culprit} adds Connection: upgrade to ordinary requests",
	Explanation: `The location has the constant Connection "upgrade", so every request looks like half an upgrade to {next}. ` +
		"Most servers pass over it, some answer 400, and connections to {next} are not kept alive. A map sends it only where the client asks for an upgrade.",
	Fixes:      []Fix{nginxFix, {Where: "the configuration of {culprit}", Text: "Set Connection: upgrade only for requests that carry Upgrade: websocket.\n"}},
	References: nginxReferences,
	Example: Example{
		Note: `proxy_set_header Connection "upgrade" in location /`,
		Hops: []ExampleHop{
			{Name: "nginx", Request: "GET /up HTTP/1.1\nHost: app.example.com\nAccept: */*\n\n", Response: "HTTP/1.1 200 OK\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: "GET /up HTTP/1.1\nConnection: upgrade\nHost: app.example.com\nAccept: */*\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	Counterexample: Example{
		Note: "a map that says close for ordinary requests",
		Hops: []ExampleHop{
			{Name: "nginx", Request: "GET /up HTTP/1.1\nHost: app.example.com\nAccept: */*\n\n", Response: "HTTP/1.1 200 OK\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: "GET /up HTTP/1.1\nConnection: close\nHost: app.example.com\nAccept: */*\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		for i := 0; i+1 < len(s.Hops); i++ {
			a, b, ok := s.sure(i)
			if !ok || !a.Complete || !b.Complete || a.IsUpgradeAttempt() || !asksUpgrade(b) || b.Has("Upgrade") {
				continue
			}
			h := hit{about: claim{"connection", i}, culprit: s.name(i), certainty: s.confidence(i), fixFor: s.softwareAt(i).name,
				values: s.passingValues(i),
				evidence: []Evidence{
					s.requestEvidence(i, noteOn(a, "Connection", "Upgrade")),
					s.requestEvidence(i+1, noteOn(b, "Connection", "Upgrade")),
				}}
			return []hit{h}
		}
		return nil
	},
}
