//go:build linux

package lab

import (
	"fmt"

	"github.com/hophound/hophound/pcaps"
)

// smugglingScenarios are those in which servers of a chain can differ on where a
// request ends, or on whether a connection is a tunnel.
func smugglingScenarios() []Scenario {
	return []Scenario{smuggledRequest(), lengthPutRight(), pipedVarnish(), h2cThroughNginx()}
}

const hostLine = `Host: ` + host + `\r\n`

// hiddenIn is a request by POST with a length that holds all of content, and one
// more field.
func hiddenIn(field, content string, length int) string {
	return fmt.Sprintf(`POST /search HTTP/1.1\r\n%sContent-Length: %d\r\n%s\r\n\r\n%s`, hostLine, length, field, content)
}

// chunkedAdmin is no content by its chunks, and another request by its length.
const (
	chunkedAdmin       = `0\r\n\r\nGET /admin HTTP/1.1\r\n` + hostLine + `\r\n`
	chunkedAdminLength = len("0\r\n\r\nGET /admin HTTP/1.1\r\nHost: " + host + "\r\n\r\n")
)

// smuggledRequest is one that HAProxy passes on as content.
func smuggledRequest() Scenario {
	return Scenario{
		Name:  "smuggled-request",
		Title: "Node.js answers a request that HAProxy took for the content of another",
		Story: `HAProxy 2.6 denies /admin, and has "option accept-invalid-http-request" for the sake of some old
client; Node.js runs with insecureHTTPParser. A request comes with Content-Length and with "Transfer-Encoding :
chunked", with a space before the colon. To HAProxy that is a field it does not know: it passes it on, with all of the
content that the length says. To Node.js it is a coding, by which the content ends after five bytes: what follows,
GET /admin, is a request of its own, and is answered. HAProxy gets two answers to one request, gives the client the
first and resets its connection to Node.js.`,
		Nodes:   []Node{haproxyProxy("accept-invalid.cfg"), lenientApp()},
		Actions: []Action{raw(Proxy, []int{200}, hiddenIn(`Transfer-Encoding : chunked`, chunkedAdmin, chunkedAdminLength))},
		AppLog:  []string{"POST /search with 0 bytes", "GET /admin with 0 bytes"},
		Want:    fails("smuggled-request-seen", "app"),
	}
}

// lengthPutRight is the same where a proxy leaves no doubt.
func lengthPutRight() Scenario {
	return Scenario{
		Name:  "length-put-right",
		Title: "HAProxy removes Content-Length where Transfer-Encoding stands beside it",
		Story: `A request comes with Content-Length and Transfer-Encoding: chunked, and another one within what the
length holds. HAProxy 2.6, as it is by default, goes by the coding, sends the request on without the length, and closes
the connection after its answer, so that what follows is not taken for a request (RFC 9112, section 6.1). nginx and
Puma get one request that can be read in one way.`,
		Nodes:   []Node{haproxy("haproxy", "http.cfg"), nginx("map.conf"), puma()},
		Actions: []Action{raw(Front, []int{404}, hiddenIn(`Transfer-Encoding: chunked`, chunkedAdmin, chunkedAdminLength))},
		AppLog:  []string{`ActionController::RoutingError (No route matches [POST] "/search"):`},
		Want:    passes(pcaps.WantFinding{Rule: "request-length-ambiguous", Count: 1}),
	}
}

// pipedVarnish is a proxy that opens a tunnel before it has been granted one.
func pipedVarnish() Scenario {
	return Scenario{
		Name:  "varnish-pipe",
		Title: "Varnish pipes an upgrade that is refused, and the requests behind it unread",
		Story: `Varnish 7.1 pipes WebSockets as its manual shows it, and keeps /members from the outside. A client asks
for /up with Upgrade: websocket and a version that does not exist. Varnish pipes from then on, whatever the answer is.
Puma answers 200, as /up is no WebSocket, and keeps the connection. The client sends GET /members: Varnish passes
it on unread, and Puma answers 401, asking for the password that only people of the house should be asked for. Without
the pipe Varnish answers 403.`,
		Nodes: []Node{varnish(), puma()},
		Actions: []Action{
			raw(Proxy, []int{200, 401},
				`GET /up HTTP/1.1\r\n`+hostLine+`Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 777\r\nSec-WebSocket-Key: `+ownKey+`\r\n\r\n`,
				`GET /members HTTP/1.1\r\n`+hostLine+`\r\n`),
			curl(Proxy, []int{403}, "http://"+host+"/members"),
		},
		AppLog: []string{"Processing by PagesController#up as HTML", "Processing by PagesController#members as HTML"},
		Want:   passes(pcaps.WantFinding{Rule: "tunnel-without-101", Culprit: "varnish", Count: 1}),
	}
}

// privateInH2 is what a client says in HTTP/2 that asks for /private (RFC 9113,
// sections 3.4, 6.5 and 6.2): preface, SETTINGS, HEADERS with four fields.
const privateInH2 = `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n` + `\x00\x00\x00\x04\x00\x00\x00\x00\x00` +
	`\x00\x00\x1d\x01\x05\x00\x00\x00\x03` + `\x82\x86\x04\x08/private\x01\x0f` + host

// h2cThroughNginx is a proxy that lets a client change to HTTP/2.
func h2cThroughNginx() Scenario {
	return Scenario{
		Name:  "h2c-through-nginx",
		Title: "nginx tunnels HTTP/2 that it does not read",
		Story: `nginx 1.22 passes on Upgrade and Connection as they come, and answers 403 for /private. Apache 2.4
behind it also speaks h2c. A client upgrades to h2c: Apache answers 101, nginx opens a tunnel. In it the client asks for
/private in HTTP/2, and Apache, not nginx, answers.`,
		Nodes: []Node{nginx("upgrade-any.conf"), apacheH2C()},
		Actions: []Action{
			raw(Proxy, []int{101},
				`GET / HTTP/1.1\r\n`+hostLine+`Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n`+privateInH2),
			curl(Proxy, []int{403}, "http://"+host+"/private"),
		},
		AppLog: []string{"GET /private HTTP/2.0 404"},
		Want:   passes(pcaps.WantFinding{Rule: "h2c-through-proxy", Culprit: "nginx", Count: 1}),
	}
}
