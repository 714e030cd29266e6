package report

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// What was met as a secret is known again without what it was wrapped in, and
// in whatever it is wrapped then.
func TestSecretsAreKnownAgain(t *testing.T) {
	const secret = "Zq7pWx3LkM9tR2vB"
	tests := []struct{ name, value, text, want string }{
		{"Authorization", `Token token="` + secret + `"`, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Authorization", "Token token=" + secret, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Cookie", `sid="` + secret + `"`, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Authorization", "Bearer  " + secret, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Authorization", `Bearer "` + secret + `"`, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Authorization", "Bearer " + secret + ",", "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Authorization", "Bearer 12|" + secret, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Cookie", "connect.sid=s%3A" + secret + ".c2ln", "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"Cookie", "connect.sid=s%3A" + secret + ".c2ln", "/ws/s:" + secret + ".c2ln", "/ws/[secret 2, 23 bytes]"},
		{"Sec-WebSocket-Protocol", "base64url.bearer.authorization.k8s.io." + secret, "/ws/" + secret, "/ws/[secret 2, 16 bytes]"},
		{"X-Api-Key", secret, "/ws/" + secret + ".json", "/ws/[secret 1, 16 bytes].json"},
		{"X-Api-Key", secret, "/ws/x-" + secret, "/ws/x-[secret 1, 16 bytes]"},
		{"X-Api-Key", secret, "a~" + secret + " b|" + secret, "a~[secret 1, 16 bytes] b|[secret 1, 16 bytes]"},
		{"X-Api-Key", secret, "/a%2F" + secret + "/b", "/a%2F[secret 1, 16 bytes]/b"},
		{"X-Api-Key", secret, "/a%252F" + secret, "/[secret 2, 22 bytes]"},
		{"X-Api-Key", "a/b+c1==", "/ws/x%2Fa%2Fb%2Bc1%3D%3D", "/ws/[secret 2, 20 bytes]"},
		{"X-Api-Key", "a/b+c1==", "/ws/a%2Fb%2Bc1%3D%3D", "/ws/[secret 1, 8 bytes]"},
		{"X-Api-Key", "026adf86-5d0c-4d2f", "/ws/x-026adf86-5d0c-4d2f.json", "/ws/x-[secret 1, 18 bytes].json"},
		{"Authorization", "Basic dXNlcjpwYXNzMQ==", "/?foo=dXNlcjpwYXNzMQ==", "/?foo=[secret 1, 16 bytes]"},
		{"Authorization", "Basic dXNlcjpwYXNzMQ==", "/?foo=dXNlcjpwYXNzMQ", "/?foo=[secret 2, 14 bytes]"},
		{"X-Api-Key", "491827364501", "/ws/491827364501", "/ws/[secret 1, 12 bytes]"},
		{"X-Api-Key", "20261127", "/ws/20261127", "/ws/20261127"},
		{"Cookie", "theme=dark", "dark", "dark"},
		{"Cookie", "SERVERID=nginx-1; a=puma-2.internal", "nginx-1 dropped Upgrade on its way to puma-2", "nginx-1 dropped Upgrade on its way to puma-2"},
		{"Cookie", "x=proxy_set_header; y=HTTP/1.1", "proxy_set_header X; HTTP/1.1", "proxy_set_header X; HTTP/1.1"},
		{"X-Asked", "nginx-1", `X-Asked is "nginx-1"`, `X-Asked is "nginx-1"`},
		{"X-Asked", "an asked one", `X-Asked is "an asked one"`, `X-Asked is [secret 1, 12 bytes]`},
	}
	for _, test := range tests {
		secrets := NewSecrets(" X-Asked: ")
		secrets.Learn(&analyzer.Report{Hops: []analyzer.Hop{{Name: "nginx-1"}, {Name: "puma-2"}}})
		assert.NotEqual(t, test.value, secrets.Value(test.name, test.value))
		assert.Equal(t, test.want, secrets.Text(test.text), "%s: %s", test.name, test.value)
	}
}

// A secret has one number in every output, whatever is written first.
func TestFormsOfSecretsAreNumbered(t *testing.T) {
	for _, first := range []string{"Zq7pWx3LkM9tR2vB", "Hn4cYd8QsF6gJ1xT"} {
		secrets := NewSecrets()
		request := &http1.Message{Method: "GET", Target: "/", Version: "HTTP/1.1", Fields: []http1.Field{
			{Name: "Authorization", Value: `Bearer "Zq7pWx3LkM9tR2vB"`}, {Name: "X-Api-Key", Value: `"Hn4cYd8QsF6gJ1xT"`}, {Name: "X-Token", Value: "another-1"},
		}}
		secrets.Learn(&analyzer.Report{Journeys: []analyzer.Journey{{Match: &chain.Journey{Exchanges: []*http1.Exchange{{Request: request}}}}}})
		secrets.Text(first)
		assert.Equal(t, "[secret 4, 16 bytes] [secret 5, 16 bytes] [secret 3, 9 bytes]", secrets.Text("Zq7pWx3LkM9tR2vB Hn4cYd8QsF6gJ1xT another-1"))
	}
}
