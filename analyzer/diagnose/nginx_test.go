package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestNginxMatrix: what nginx sends on for a correct handshake, by what the
// location has in force. The heads are those of nginx 1.22.1 and of 1.30.6.
func TestNginxMatrix(t *testing.T) {
	const rest = "Origin: http://app.example.com\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\n\n"
	const (
		byDefault = "nginx-default-strips-upgrade"
		noUpgrade = "upgrade-header-missing-only"
		noToken   = "connection-header-missing-only"
		cancelled = "nginx-set-header-inheritance-cancelled"
	)
	tests := []struct {
		inForce string
		server  string
		head    string // of the request to Puma
		answer  string
		want    []string
		outcome Outcome
	}{
		{"nothing", "nginx/1.22.1", "GET /cable HTTP/1.0\nHost: app\nConnection: close\n", "404", []string{byDefault}, Lost},
		{"nothing", "nginx/1.30.6", "GET /cable HTTP/1.1\nHost: app\n", "404", []string{byDefault}, Lost},
		{"proxy_http_version 1.1 only", "nginx/1.22.1", "GET /cable HTTP/1.1\nHost: app\nConnection: close\n", "404", []string{byDefault}, Lost},
		{"proxy_http_version 1.1 only", "nginx/1.30.6", "GET /cable HTTP/1.1\nHost: app\n", "404", []string{byDefault}, Lost},
		{"1.1 and Upgrade $http_upgrade", "nginx/1.22.1", "GET /cable HTTP/1.1\nUpgrade: websocket\nHost: app\nConnection: close\n", "404", []string{noToken}, Lost},
		{"1.1 and Upgrade $http_upgrade", "nginx/1.30.6", "GET /cable HTTP/1.1\nUpgrade: websocket\nHost: app\n", "404", []string{noToken}, Lost},
		{`1.1 and Connection "upgrade"`, "nginx/1.22.1", "GET /cable HTTP/1.1\nConnection: upgrade\nHost: app\n", "404", []string{noUpgrade}, Lost},
		{`1.1 and Connection "upgrade"`, "nginx/1.30.6", "GET /cable HTTP/1.1\nConnection: upgrade\nHost: app\n", "404", []string{noUpgrade}, Lost},
		{"both, but not 1.1, Action Cable", "nginx/1.22.1", "GET /cable HTTP/1.0\nUpgrade: websocket\nConnection: upgrade\nHost: app\n", "101", []string{}, Upgraded},
		{"both, but not 1.1, a server that heeds the version", "nginx/1.22.1", "GET /cable HTTP/1.0\nUpgrade: websocket\nConnection: upgrade\nHost: app.example.com\n", "426", []string{"upgrade-over-http-1.0"}, Failed},
		{`1.1, Upgrade and Connection ""`, "nginx/1.22.1", "GET /cable HTTP/1.1\nUpgrade: websocket\nHost: app\n", "404", []string{noToken}, Lost},
		{"1.1 and both", "nginx/1.22.1", "GET /cable HTTP/1.1\nUpgrade: websocket\nConnection: upgrade\nHost: app.example.com\n", "101", []string{}, Upgraded},
		{"a proxy_set_header X-Foo that cancels the inherited set", "nginx/1.22.1", "GET /cable HTTP/1.1\nX-Foo: bar\nHost: app\nConnection: close\n", "404", []string{cancelled}, Lost},
		{"the usual fields, none for WebSockets", "nginx/1.22.1", "GET /cable HTTP/1.0\nX-Real-IP: 192.0.2.1\nHost: app.example.com\nX-Forwarded-For: 192.0.2.1\nConnection: close\n", "404", []string{byDefault}, Lost},
		{"the usual fields, none for WebSockets", "nginx/1.30.6", "GET /cable HTTP/1.1\nX-Real-IP: 192.0.2.1\nHost: app.example.com\nX-Forwarded-For: 192.0.2.1\n", "404", []string{byDefault}, Lost},
	}
	for _, tt := range tests {
		for _, named := range []string{"with Server", "without Server"} {
			t.Run(tt.inForce+", "+tt.server+", "+named, func(t *testing.T) {
				answer := "HTTP/1.1 " + tt.answer + " \nServer: " + tt.server + "\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: HSmrc0sMlYUkAGmm5OPpG2HaGWk=\n\n"
				if named == "without Server" {
					answer = strings.Replace(answer, "Server: "+tt.server+"\n", "", 1)
				}
				d, _, _ := run(t, Example{Hops: []ExampleHop{
					{Name: "web", Request: exampleHandshake, Response: answer},
					{Name: "puma", Request: tt.head + rest, Response: strings.Replace(answer, "Server: "+tt.server+"\n", "", 1)},
				}})
				assert.Equal(t, tt.want, ids(d.Findings))
				assert.Equal(t, tt.outcome, d.Outcome)
				for _, f := range d.Findings {
					assert.Equal(t, "web", f.Culprit)
					assert.Equal(t, "nginx", f.Fix.For)
				}
			})
		}
	}
}

// TestNginxFixFollowsTheScheme: behind a load balancer that ends TLS, $scheme
// would be the wrong word.
func TestNginxFixFollowsTheScheme(t *testing.T) {
	e := nginxDefault.Example
	d, _, _ := run(t, e)
	assert.Contains(t, d.Findings[0].Fix.Text, "X-Forwarded-Proto $scheme;")

	e.Hops = []ExampleHop{e.Hops[0], e.Hops[1]}
	e.Hops[0].Request = strings.Replace(e.Hops[0].Request, "Origin:", "X-Forwarded-Proto: https\nOrigin:", 1)
	d, _, _ = run(t, e)
	assert.Contains(t, d.Findings[0].Fix.Text, "X-Forwarded-Proto $http_x_forwarded_proto;")
}

// TestSiblingDecides: the same head is a location without directives or a
// cancelled inheritance; a request beside it tells.
func TestSiblingDecides(t *testing.T) {
	bare := nginxInheritanceCancelled.Counterexample
	d, _, _ := run(t, bare)
	assert.Equal(t, []string{"nginx-default-strips-upgrade"}, ids(d.Findings))
	assert.Equal(t, "likely", d.Findings[0].Certainty.String())
	assert.Contains(t, d.Findings[0].Explanation, "cancels all that would be inherited")

	bare.Beside = nginxInheritanceCancelled.Example.Beside
	d, _, _ = run(t, bare)
	assert.Equal(t, []string{"nginx-set-header-inheritance-cancelled"}, ids(d.Findings))
}
