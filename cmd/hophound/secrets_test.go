package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// planted is where a secret stands in a handshake. In each text, SECRET is the
// secret: one that is different for every place.
type planted struct {
	place    string
	target   string // of the request; empty is /cable
	method   string // empty is GET
	field    string // lines of the request
	response string // lines of the response
	reason   string // of the response; empty is Not Found
	content  string // of the request
	before   string // sent before the request
	hidden   bool   // --show-secrets does not show it either: no output has it
}

var plantedSecrets = []planted{
	{place: "cookie", field: "Cookie: theme=dark; _session=SECRET; b=x"},
	{place: "cookie without a name", field: "Cookie: SECRET"},
	{place: "cookie in quotes", field: `Cookie: a="x; SECRET"; b=1`},
	{place: "cookie, doubled", field: "Cookie: a=1\r\nCookie: b=SECRET"},
	{place: "cookie, folded", field: "Cookie: a=1;\r\n\tb=SECRET"},
	{place: "cookie, lower case and spaces", field: "cookie \t: a=SECRET"},
	{place: "cookie, bare LF", field: "X-A: b\nCookie: a=SECRET"},
	{place: "cookie, NUL in the name", field: "Coo\x00kie: a=SECRET"},
	{place: "cookie behind a bare CR", field: "X-A: b\rCookie: a=SECRET"},
	{place: "no colon", field: "Cookie a=SECRET"},
	{place: "no colon, one word", field: "SECRET"},
	{place: "in a name", field: "Cookie a=SECRET: b"},
	{place: "folded into another", field: "X-A: b\r\n Set-Cookie: c; a=SECRET"},
	{place: "line begins with a space", field: "X-A: b\r\n Authorization: Bearer SECRET"},
	{place: "set-cookie", response: "Set-Cookie: _session=SECRET; Path=/; HttpOnly"},
	{place: "set-cookie, joined", response: "Set-Cookie: a=1; Path=/, _session=SECRET; Path=/"},
	{place: "bearer", field: "Authorization: Bearer SECRET"},
	{place: "basic", field: "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("aladdin:")) + "SECRET"},
	{place: "digest", field: `Authorization: Digest username="a", response="SECRET"`},
	{place: "no scheme", field: "Authorization: SECRET"},
	{place: "a scheme of its own", field: "Authorization: SECRET x"},
	{place: "proxy authorization", field: "Proxy-Authorization: Basic SECRET"},
	{place: "original authorization", field: "X-Original-Authorization: Bearer SECRET"},
	{place: "bearer in another field", field: "X-Passed-On: Bearer SECRET"},
	{place: "negotiate", response: "WWW-Authenticate: Negotiate SECRET"},
	{place: "api key", field: "X-Api-Key: SECRET"},
	{place: "api key, other spelling", field: "apikey: SECRET"},
	{place: "github", field: "X-GitHub-Token: SECRET"},
	{place: "oidc", field: "X-Amzn-Oidc-Data: SECRET"},
	{place: "csrf", field: "X-CSRF-Token: SECRET"},
	{place: "session field", field: "X-Session-Id: SECRET"},
	{place: "subscription key", field: "Ocp-Apim-Subscription-Key: SECRET"},
	{place: "signature", field: "X-Hub-Signature-256: sha256=SECRET"},
	{place: "json in a field", field: `X-Data: {"user":"a","password":"SECRET"}`},
	{place: "subprotocol", field: "Sec-WebSocket-Protocol: actioncable-v1-json, SECRET"},
	{place: "subprotocol, chosen", response: "Sec-WebSocket-Protocol: SECRET"},
	{place: "jwt subprotocol", field: "Sec-WebSocket-Protocol: eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.SECRET"},
	{place: "jwt in a field", field: "X-Whatever: eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.SECRET"},
	{place: "jwt in the path", target: "/cable/eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.SECRET/x"},
	{place: "query", target: "/cable?room=7&token=SECRET&x=y"},
	{place: "query, spelt otherwise", target: "/cable?AccessToken=SECRET"},
	{place: "query, escaped name", target: "/cable?%74oken=SECRET"},
	{place: "query, brackets", target: "/cable?user[password]=SECRET"},
	{place: "query, last", target: "/cable?api-key=SECRET"},
	{place: "query, with spaces", target: "/cable?token=a b SECRET"},
	{place: "query, with a semicolon", target: "/cable?token=a;SECRET"},
	{place: "query in the query", target: "/cable?back=https%3A%2F%2Fa.example%2F%3Ftoken%3DSECRET"},
	{place: "path parameter", target: "/cable;jsessionid=SECRET"},
	{place: "user and password", target: "http://aladdin:SECRET@app.example.com/cable"},
	{place: "user alone", target: "http://SECRET@app.example.com/cable"},
	{place: "password with odd letters", target: "http://a:b@c?SECRET@app.example.com/cable"},
	{place: "authority form", method: "CONNECT", target: "aladdin:SECRET@app.example.com:443"},
	{place: "host", field: "X-A: b\r\nHost: aladdin:SECRET@app.example.com"},
	{place: "origin", field: "Origin: https://aladdin:SECRET@app.example.com"},
	{place: "origin with a query", field: "Origin: https://app.example.com?token=SECRET"},
	{place: "referer", field: "Referer: https://app.example.com/?code=SECRET&x=y"},
	{place: "location", response: "Location: https://app.example.com/in?x=y&ticket=SECRET"},
	{place: "location, fragment", response: "Location: https://app.example.com/in#access_token=SECRET&x=y"},
	{place: "location, password", response: "Location: https://a:SECRET@app.example.com/"},
	{place: "link", response: `Link: <https://app.example.com/?sig=SECRET>; rel="next"`},
	{place: "refresh", response: "Refresh: 5; url=/in?token=SECRET"},
	{place: "original url", field: "X-Original-URL: /cable?token=SECRET"},
	{place: "forwarded uri", field: "X-Forwarded-Uri: /cable?token=SECRET"},
	{place: "reason", reason: "no token SECRET here"},
	{place: "method", method: "SECRET"},
	{place: "bytes before the request", before: "password=SECRET\r\n", hidden: true},
	{place: "content", method: "POST", field: "Content-Length: 34", content: "password=SECRET&padding=", hidden: true},
	{place: "trailer", method: "POST", field: "Transfer-Encoding: chunked", content: "0\r\nX-Api-Key: SECRET\r\n\r\n", hidden: true},
	{place: "presigned", target: "/cable?X-Amz-Credential=a&X-Amz-Security-Token=SECRET&X-Amz-Signature=b"},
	{place: "presigned, signature", target: "/cable?X-Goog-Signature=SECRET"},
	{place: "a query without a name", target: "/cable?SECRET"},
	{place: "a query with an empty name", target: "/cable?=SECRET"},
	{place: "the second part of a query without a name", target: "/cable?room=7&SECRET"},
	{place: "session of PHP", target: "/cable?PHPSESSID=SECRET"},
	{place: "password, short", target: "/cable?user_pwd=SECRET"},
	{place: "verifier", target: "/cable?code_verifier=SECRET"},
	{place: "auth parameter", target: "/cable?ws_auth=SECRET"},
	{place: "bearer field", field: "X-Bearer: SECRET"},
	{place: "authentication field", field: "X-Authentication: SECRET"},
	{place: "user auth", field: "X-User-Auth: SECRET"},
	{place: "key of functions", field: "X-Functions-Key: SECRET"},
	{place: "key of a CDN", field: "Fastly-Key: SECRET"},
	{place: "bearer, folded", field: "Authorization: Bearer\r\n SECRET"},
	{place: "bearer, tab", field: "Authorization:\tBearer\tSECRET"},
	{place: "bearer, no space", field: "Authorization:BearerSECRET"},
	{place: "credentials, two", field: "Authorization: Bearer a, Basic SECRET"},
	{place: "cookie, comma", field: "Cookie: a=b, c=SECRET"},
	{place: "cookie, quoted", field: `Cookie: "SECRET"`},
	{place: "set-cookie without a name", response: "Set-Cookie: SECRET; Path=/"},
	{place: "set-cookie, odd attribute", response: "Set-Cookie: a=b; SECRET"},
	{place: "set-cookie, path", response: "Set-Cookie: a=b; Path=/?token=SECRET"},
	{place: "extension", field: "Sec-WebSocket-Extensions: permessage-deflate; token=SECRET"},
	{place: "connection", field: "Connection: close, token=SECRET"},
	{place: "upgrade", field: "Upgrade: websocket; token=SECRET"},
	{place: "user agent", field: "User-Agent: app/1 (https://a:SECRET@app.example.com)"},
	{place: "forwarded", field: "Forwarded: for=10.0.0.1;token=SECRET"},
	{place: "x-forwarded-host", field: "X-Forwarded-Host: aladdin:SECRET@app.example.com"},
	{place: "x-forwarded token", field: "X-Forwarded-Access-Token: SECRET"},
	{place: "via", field: "Via: 1.1 nginx (token=SECRET)"},
	{place: "server", response: "Server: nginx token=SECRET"},
	{place: "set-cookie in a request", field: "Set-Cookie: a=SECRET"},
	{place: "cookie in a response", response: "Cookie: a=SECRET"},
	{place: "digest challenge", response: `WWW-Authenticate: Digest nonce="SECRET"`},
	{place: "hidden request", method: "POST", field: "Content-Length: 60", content: "GET /in?token=SECRET HTTP/1.1\r\nHost: a\r\n\r\n", hidden: true},
	{place: "hidden behind a chunked coding", method: "POST", field: "Content-Length: 80\r\nTransfer-Encoding: chunked", content: "0\r\n\r\nGET /in?token=SECRET HTTP/1.1\r\nHost: a\r\n\r\n", hidden: true},
	{place: "chunk extension", method: "POST", field: "Transfer-Encoding: chunked", content: "1;token=SECRET\r\na\r\n0\r\n\r\n", hidden: true},
	{place: "fragment", target: "/cable#token=SECRET"},
	{place: "absolute target, query", target: "http://app.example.com/cable?token=SECRET"},
	{place: "twice escaped", target: "/cable?back=%252Fin%253Ftoken%253DSECRET"},
	{place: "matrix", target: "/cable;token=SECRET/x"},
	{place: "json in the query", target: `/cable?q={"token":"SECRET"}`},
	{place: "json in the query, escaped", target: "/cable?q=%7B%22token%22%3A%22SECRET%22%7D"},
	{place: "base64 in the query", target: "/cable?auth=SECRET=="},
	{place: "escaped parameter of another field", field: "X-Foo: https://app.example.com/in?back=%2Fin%3Ftoken%3DSECRET"},
	{place: "escaped parameter of the location", response: "Location: /in?return_to=%2Fcable%3Ftoken%3DSECRET"},
	{place: "escaped question mark", target: "/cable%3Ftoken%3DSECRET"},
	{place: "escaped semicolon", target: "/cable%3Bjsessionid%3DSECRET"},
	{place: "escaped URI in the path", target: "/proxy/https%3A%2F%2Fapp.example.com%2F%3Ftoken%3DSECRET"},
	{place: "escaped password", field: "Referer: /in?back=http%3A%2F%2Faladdin%3ASECRET%40app.example.com"},
	{place: "escaped bearer", field: "X-Foo: Bearer%20SECRET"},
	{place: "long path", target: "/cable/and-on-and-on-and-on-and-on-and-on-and-on-and-on-and-on-and/SECRET", field: "X-Api-Key: SECRET"},
	{place: "the same elsewhere, in quotes", target: "/ws/SECRET.json", field: `Authorization: Token token="SECRET"`},
	{place: "the same elsewhere, signed", target: "/ws/x-SECRET", field: "Cookie: connect.sid=s%3ASECRET.c2ln"},
	{place: "the same elsewhere, numbered", target: "/ws/a%2FSECRET", field: "Authorization: Bearer 12|SECRET"},
	{place: "the same elsewhere, subprotocol", target: "/ws/a~SECRET", field: "Sec-WebSocket-Protocol: base64url.bearer.authorization.k8s.io.SECRET"},
	{place: "hmac", field: "X-Shopify-Hmac-Sha256: SECRET"},
	{place: "otp", field: "X-GitHub-OTP: SECRET"},
	{place: "authorization, other spelling", field: "Authorisation: Bearer SECRET"},
	{place: "query, short in brackets", target: "/cable?user[pass]=SECRET"},
	{place: "query, code", field: "X-Foo: /in?oobCode=SECRET"},
	{place: "comma and apostrophe", field: "Referer: https://app.example.com/in?token=a,b'SECRET"},
	{place: "bare fragment", response: "Location: /in#SECRET"},
	{place: "password with an apostrophe", field: "X-Foo: https://aladdin:o'SECRET@app.example.com"},
	{place: "x-forwarded and something else", field: "X-Forwarded-Pass: SECRET"},
	{place: "reason, bearer", reason: "Bearer SECRET"},
	{place: "NUL behind what cannot be a name", method: "POST", field: "Content-Length: 0\r\nCookie a=SECRET: y\x00"},
	{place: "version", target: "/cable HTTP/1.1 token=SECRET"},
	{place: "referer without a name", field: "Referer: https://app.example.com/in?SECRET"},
	{place: "referer without a name, second", field: "Referer: https://app.example.com/in?SECRET&SECRET#SECRET=x"},
	{place: "scheme that is none", field: "Authorization: open SECRET"},
	{place: "asked for: a field", field: "X-Customer: SECRET"},
	{place: "asked for: a parameter", target: "/cable?customer=SECRET"},
	{place: "asked for: what findings quote", field: "X-Forwarded-Proto: SECRET"},
	{place: "the same elsewhere", target: "/cable/SECRET", field: "Authorization: Bearer SECRET\r\nX-Copy: SECRET"},
}

// secretAt is the secret of a place: of letters and digits alone, so that no
// escaping in an output hides it from the test.
func secretAt(i int) string { return fmt.Sprintf("s3cr3tof%03dmore%02d", i, i*7%100) }

// conversations gives the handshake of every place as it stands in front of a
// node and behind it: without Upgrade, and with the planted fields changed.
func plantedConversations() (front, behind []conversation) {
	for i, p := range plantedSecrets {
		request := strings.Join([]string{
			orElse(p.method, "GET") + " " + orElse(p.target, "/cable") + " HTTP/1.1", "Host: app.example.com",
			fmt.Sprintf("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub2%04d==", i), "Sec-WebSocket-Version: 13", "Origin: https://app.example.com",
			"X-Request-Id: 026adf86-5d0c-4d2f-9f4e-" + fmt.Sprintf("%012d", i), "LOST", p.field, "", p.content,
		}, "\r\n")
		response := strings.Join([]string{
			"HTTP/1.1 404 " + orElse(p.reason, "Not Found"), "Content-Type: text/plain", "Content-Length: 14", p.response, "", "Page not found",
		}, "\r\n")
		if p.field == "" {
			request = strings.Replace(request, "LOST\r\n\r\n", "LOST\r\n", 1)
		}
		if p.response == "" {
			response = strings.Replace(response, "14\r\n\r\n", "14\r\n", 1)
		}
		secret := strings.NewReplacer("SECRET", secretAt(i))
		request, response = p.before+request, secret.Replace(response)
		whole := strings.Replace(request, "LOST", "Connection: Upgrade\r\nUpgrade: websocket", 1)
		lost := strings.Replace(request, "LOST", "Connection: close", 1)
		front = append(front, conversation{secret.Replace(whole), response})
		behind = append(behind, conversation{secret.Replace(strings.ReplaceAll(lost, "SECRET", "SECRETx")), response})
	}
	return front, behind
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

// plantedCase writes the captures as a case that is not as wanted.
func plantedCase(t *testing.T) (dir string) {
	dir = t.TempDir()
	front, behind := plantedConversations()
	writeConversations(t, filepath.Join(dir, "nginx.pcap"), 3, front...)
	writeConversations(t, filepath.Join(dir, "puma.pcap"), 4, behind...)
	hops := `title: secrets
story: in every place
hops:
  - {name: nginx, file: nginx.pcap}
  - {name: puma, file: puma.pcap}
want:
  verdict: pass
preserve: [Cookie, Authorization, X-Api-Key, Referer, X-Customer, Sec-WebSocket-Protocol, Origin, X-Original-URL, X-Whatever]
strip: [Cookie, Host, Referer, X-Customer, X-Forwarded-Uri]
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "hops.yaml"), []byte(hops), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "want.txt"), []byte("PASS\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "want.json"), []byte("{}\n"), 0o600))
	return dir
}

var anySecret = regexp.MustCompile(`(?i)s3cr3tof(\d\d\d)\w*`)

// assertNoSecret looks for the planted secrets in what a command printed.
func assertNoSecret(t *testing.T, text string) {
	t.Helper()
	for line := range strings.SplitSeq(text, "\n") {
		if found := anySecret.FindStringSubmatch(line); found != nil {
			var i int
			_, err := fmt.Sscan(strings.TrimLeft(found[1], "0")+" ", &i)
			if err != nil {
				i = 0
			}
			t.Errorf("the secret of %q: %s", plantedSecrets[i].place, line)
		}
	}
}

const maskAsked = "--mask=x-customer,customer,X-Forwarded-Proto"

func TestSecretsStayIn(t *testing.T) {
	dir := plantedCase(t)
	nginx, puma := filepath.Join(dir, "nginx.pcap"), filepath.Join(dir, "puma.pcap")
	tests := []struct {
		name string
		args []string
		says string
	}{
		{"text", []string{"analyze", "--all", maskAsked, dir}, "nginx dropped Upgrade"},
		{"text, verbose", []string{"analyze", "-v", maskAsked, "nginx=" + nginx, "puma=" + puma}, "analysed"},
		{"text, one hop", []string{"analyze", maskAsked, "puma=" + puma}, "puma"},
		{"text, hops found", []string{"analyze", maskAsked, nginx, puma}, "clients"},
		{"text, few journeys", []string{"analyze", maskAsked, "--max-journeys", "2", dir}, "more requests belong"},
		{"json", []string{"analyze", "-o", "json", "--all", maskAsked, dir}, `"verdict": "fail"`},
		{"json, hops found", []string{"analyze", "-o", "json", "--all", maskAsked, puma, nginx}, `"journeys"`},
		{"wrong order", []string{"analyze", maskAsked, "puma=" + puma, "nginx=" + nginx}, "requests pass them"},
		{"check", []string{"check", maskAsked, dir}, "preserve Cookie"},
		{"check, update", []string{"check", "--update", maskAsked, dir}, "FAIL"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, stdout, stderr := hophound(t, nil, test.args...)
			require.Contains(t, strings.Join(strings.Fields(stdout+stderr), " "), test.says)
			assertNoSecret(t, stdout)
			assertNoSecret(t, stderr)
		})
	}
	for _, file := range []string{"want.txt", "want.json"} {
		content, err := os.ReadFile(filepath.Join(dir, file))
		require.NoError(t, err)
		require.Contains(t, string(content), "[secret ", "update wrote it")
		assertNoSecret(t, string(content))
	}
}

// What the test above looks for is there: without masks, the report has every
// secret, and an asked name is masked only because it was asked for.
func TestShowSecretsShowsThem(t *testing.T) {
	dir := plantedCase(t)
	_, stdout, _ := hophound(t, nil, "analyze", "-o", "json", "--all", "--show-secrets", dir)
	for i, p := range plantedSecrets {
		if !p.hidden {
			assert.Contains(t, stdout, secretAt(i), p.place)
		}
	}
	_, stdout, _ = hophound(t, nil, "analyze", "-o", "json", "--all", dir)
	for i, p := range plantedSecrets {
		shown := strings.Contains(stdout, secretAt(i))
		assert.Equal(t, strings.HasPrefix(p.place, "asked for"), shown, p.place)
	}
}

// A file that is no capture may be anything, a list of passwords too.
func TestSecretsOfOtherFiles(t *testing.T) {
	for _, text := range []string{
		"GET /cable?token=s3cr3tof00 HTTP/1.1\r\n", "Cookie: a=s3cr3tof00\r\n", "API_KEY=s3cr3tof00\n", "s3cr3tof00more00",
	} {
		path := filepath.Join(t.TempDir(), "file")
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		status, stdout, stderr := hophound(t, nil, "analyze", "-v", "nginx="+path)
		assert.Equal(t, exitTrouble, status)
		assert.Contains(t, stderr, "is not a capture file")
		assertNoSecret(t, stdout+stderr)
	}
}

// panicking is a terminal that makes the command panic over a secret.
type panicking struct{}

func (panicking) Write(p []byte) (int, error) { panic("cannot write " + secretAt(0) + string(p)) }

// A panic tells where it was, and nothing of what was being handled.
func TestPanicKeepsSecrets(t *testing.T) {
	dir := plantedCase(t)
	var stderr strings.Builder
	status := run(t.Context(), &environment{stdout: panicking{}, stderr: &stderr}, []string{"analyze", "--show-secrets", dir})
	assert.Equal(t, exitTrouble, status)
	assert.Contains(t, stderr.String(), "hophound: internal error (string), nothing can be concluded; please report it")
	assert.Contains(t, stderr.String(), "panicking.Write:")
	assert.NotContains(t, stderr.String(), dir)
	assertNoSecret(t, stderr.String())
}
