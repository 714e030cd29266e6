package diagnose

import (
	"github.com/hophound/hophound/analyzer/chain"
)

var keyMissing = &Rule{
	ID:          "sec-websocket-key-missing",
	Severity:    Error,
	Means:       Failed,
	Title:       "the handshake has no Sec-WebSocket-Key",
	Sees:        "A WebSocket handshake with Sec-WebSocket-Key goes into a node and comes out without; or the first hop sees a whole handshake that never had one.",
	Summary:     "{what}",
	Explanation: "A server must refuse a WebSocket handshake without Sec-WebSocket-Key, most answer 400. The field is end-to-end, so no proxy needs to touch it; it gets lost where only listed fields are passed on: a CDN's origin request policy, a firewall for web applications, or proxy_pass_request_headers off in nginx. Action Cable's log says \"Successfully upgraded\" all the same, for it writes that line before the key is looked at.",
	Fixes: []Fix{
		{For: "node", Where: "the configuration of {culprit}, for requests to {path}", Text: "Pass Sec-WebSocket-Key, -Version, -Protocol and -Extensions on unchanged.\n"},
		{Where: "the client, or what stands in front of {first}", Text: "Send, or pass on, Sec-WebSocket-Key, -Version, -Protocol and -Extensions.\n"},
	},
	References: []string{"RFC 6455 §4.1, §4.2.1", "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/distribution-working-with.websockets.html"},
	Example: Example{
		Note: "a node that passes on a list of fields",
		Hops: []ExampleHop{
			{Name: "cdn", Request: exampleHandshake, Response: "HTTP/1.1 400 Bad Request\n\n"},
			{Name: "puma", Request: `GET /cable HTTP/1.1
Host: app.example.com
Connection: Upgrade
Upgrade: websocket
Origin: http://app.example.com
Sec-WebSocket-Version: 13

`, Response: "HTTP/1.1 400 Bad Request\nContent-Type: text/plain\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the key is another one, as HAProxy makes it for a client that spoke HTTP/2",
		Hops: []ExampleHop{
			{Name: "haproxy", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma", Request: `GET /cable HTTP/1.1
host: app.example.com
connection: Upgrade
upgrade: websocket
origin: http://app.example.com
sec-websocket-version: 13
sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==

`, Response: "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\n\n"},
		},
	},
	fires: func(s *sight) []hit {
		if s.protocol != "websocket" {
			return nil
		}
		for i := range s.Hops {
			a, b, ok := s.sure(i)
			if ok && a.Complete && a.Has(keyField) && b.Complete && !b.Has(keyField) {
				return []hit{{about: claim{keyField, i}, explains: []claim{statusClaim}, culprit: s.name(i), certainty: s.confidence(i), fixFor: "node",
					values:   append(s.passingValues(i), "{what}", s.name(i)+" dropped Sec-WebSocket-Key"),
					evidence: []Evidence{s.requestEvidence(i, "Sec-WebSocket-Key is there"), s.requestEvidence(i+1, "no Sec-WebSocket-Key")}}}
			}
		}
		if s.first == 0 && !s.upgraded() && s.headState(0) == whole && !s.request(0).Has(keyField) {
			return []hit{{about: claim{keyField, anyHop}, explains: []claim{statusClaim}, certainty: chain.Certain,
				values:   []string{"{what}", "the handshake came to " + s.name(0) + " without Sec-WebSocket-Key", "{first}", s.name(0)},
				evidence: []Evidence{s.requestEvidence(0, "Upgrade: websocket is there, no Sec-WebSocket-Key")}}}
		}
		return nil
	},
}

// versionIsWrong tells whether the last hop's answer names the versions of the protocol that
// the server has, and the request's is none of them (RFC 6455 §4.2.2).
func (s *sight) versionIsWrong() bool {
	version, _ := s.request(s.last).Get("Sec-WebSocket-Version")
	answer := s.response(s.last)
	return answer.Has("Sec-WebSocket-Version") && !answer.HasToken("Sec-WebSocket-Version", version)
}

const keyField = "Sec-WebSocket-Key"

var upgradeOverHTTP10 = &Rule{
	ID:          "upgrade-over-http-1.0",
	Severity:    Error,
	Means:       Failed,
	Title:       "the handshake is sent on as HTTP/1.0",
	Sees:        "A whole handshake goes into a node as HTTP/1.1 and comes out whole but as HTTP/1.0; the server answers 400, 426 or 505.",
	Summary:     "{culprit} sent the handshake on as HTTP/1.0, and {last} answered {status}",
	Explanation: "A server must ignore Upgrade in an HTTP/1.0 request (RFC 9110 §7.8). Action Cable and Node accept it, but Envoy and many WebSocket libraries refuse it. nginx up to 1.29.6 speaks HTTP/1.0 to the next server unless proxy_http_version says otherwise. " + whyMap,
	Fixes:       []Fix{nginxFix, {Where: "the configuration of {culprit}", Text: "Speak HTTP/1.1 to {next}.\n"}},
	References:  append([]string{"RFC 6455 §4.1", "https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_http_version"}, nginxReferences...),
	Example: Example{
		Note: "nginx 1.22 with both proxy_set_header lines, but without proxy_http_version, in front of Envoy",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 426 Upgrade Required\nServer: nginx/1.22.1\n\n"},
			{Name: "envoy", Request: `GET /cable HTTP/1.0
Upgrade: websocket
Connection: upgrade
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: "HTTP/1.1 426 Upgrade Required\nserver: envoy\n\n"},
		},
	},
	Counterexample: Example{
		Note: "the same in front of Action Cable, which accepts it",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: exampleSwitching},
			{Name: "puma", Request: `GET /cable HTTP/1.0
Upgrade: websocket
Connection: upgrade
Host: app.example.com
Origin: http://app.example.com
Sec-WebSocket-Version: 13
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==

`, Response: exampleSwitching},
		},
	},
	fires: func(s *sight) []hit {
		if !s.reachedLast() || !s.fromStart() || s.request(s.last).Version != "HTTP/1.0" {
			return nil
		}
		if st := s.status(s.last); st != 400 && st != 426 && st != 505 || s.versionIsWrong() {
			return nil
		}
		for i := s.last - 1; i >= 0; i-- {
			a, b, ok := s.sure(i)
			if ok && a.Version == "HTTP/1.1" && b.Version == "HTTP/1.0" {
				return []hit{{about: statusClaim, culprit: s.name(i), certainty: min(chain.Likely, s.confidence(i)), fixFor: s.softwareAt(i).name,
					values:   append(s.passingValues(i), "{last}", s.name(s.last), "{status}", startLine(s.response(s.last))),
					evidence: []Evidence{s.requestEvidence(i, startLine(a)), s.requestEvidence(i+1, startLine(b)), s.responseEvidence(s.last, startLine(s.response(s.last)))}}}
			}
		}
		return nil
	},
}
