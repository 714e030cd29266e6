package report

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSecretsKeepWhatADiffNeeds(t *testing.T) {
	tests := []struct{ name, value, want string }{
		{"Cookie", "_session=abcdef; theme=dark", "_session=[secret 1, 6 bytes]; theme=[secret 2, 4 bytes]"},
		{"Set-Cookie", "_session=abcdef; Path=/; HttpOnly", "_session=[secret 1, 6 bytes]; Path=/; HttpOnly"},
		{"Cookie", "abcdef", "[secret 1, 6 bytes]"},
		{"Cookie", "empty=", "empty="},
		{"Authorization", "Bearer abcdef", "Bearer [secret 1, 6 bytes]"},
		{"authorization", "opaque", "[secret 3, 6 bytes]"},
		{"X-API-Key", "k", "[secret 4, 1 byte]"},
		{":target", "/cable?token=abcdef&room=7", "/cable?token=[secret 1, 6 bytes]&room=7"},
		{"Location", "https://a/b?Access_Token=zz", "https://a/b?Access_Token=[secret 5, 2 bytes]"},
		{":target", "http://aladdin:sesame@a/b?x=1", "http://[secret 6, 14 bytes]@a/b?x=1"},
		{":method", "M-SEARCH", "M-SEARCH"},
		{":method", "sesameGET", "[secret 7, 9 bytes]"},
		{"X-Passed", "b Cookie: a=open; sesame", "b Cookie: [secret 8, 14 bytes]"},
		{"X-Passed", "Bearer opensesame", "Bearer [secret 9, 10 bytes]"},
		{"X-Passed", "a, abcdef1234567890, b", "a, abcdef1234567890, b"},
		{"X-Api-Key", "abcdef1234567890", "[secret 10, 16 bytes]"},
		{"X-Passed", "a, abcdef1234567890, b", "a, [secret 10, 16 bytes], b"},
		{"", "Cookie a=b", "[secret 11, 10 bytes]"},
		{"Set-Cookie", "a=abcdef; Path=/, b=sesame; Secure", "a=[secret 1, 6 bytes]; Path=[secret 12, 11 bytes]; Secure"},
		{"Sec-WebSocket-Protocol", "actioncable-v1-json, opensesame", "actioncable-v1-json, [secret 9, 10 bytes]"},
		{"Authorization", "AWS4-HMAC-SHA256 Credential=a", "AWS4-HMAC-SHA256 [secret 13, 12 bytes]"},
		{"WWW-Authenticate", "Basic realm=\"x\"", "Basic realm=\"x\""},
		{"WWW-Authenticate", "NTLM TlRMTVN=", "NTLM [secret 14, 8 bytes]"},
		{"X-Customer", "abc", "[secret 15, 3 bytes]"},
		{":target", "/cable?\"=token=tok-94e1ce02d1", "/cable?\"=token=[secret 16, 14 bytes]"},
		{"X-Passed", "a=b=c=d=e=f=g=h=i", "a=b=c=d=e=[secret 17, 7 bytes]"},
		{":target", "/cable?>=token=tok-94e1ce02d1", "/cable?>=token=[secret 16, 14 bytes]"},
		{":target", "/cable?=\"\"token=tok-94e1ce02d1", "/cable?=[secret 18, 22 bytes]"},
		{":target", "/cable?a=\"\"token=tok-94e1ce02d1", "/cable?a=\"\"token=[secret 16, 14 bytes]"},
		{"User-Agent", "curl/8.0 Cookie: theme=dark", "curl/8.0 Cookie: [secret 19, 10 bytes]"},
		{"Via", "1.1 nginx Bearer open-sesame", "1.1 nginx Bearer [secret 20, 11 bytes]"},
		{"Referer", "/?customer=abc", "/?customer=[secret 15, 3 bytes]"},
		{"X-Functions-Key", "abcdef", "[secret 1, 6 bytes]"},
		{"Idempotency-Key", "abcdef", "abcdef"},
		{"X-User-Auth", "abcdef", "[secret 1, 6 bytes]"},
		{":target", "/cable?user_pwd=abcdef&PHPSESSID=zz", "/cable?user_pwd=[secret 1, 6 bytes]&PHPSESSID=[secret 5, 2 bytes]"},
		{":target", "/cable?version-2.0.1&d2f7c1a09be44f63", "/cable?version-2.0.1&[secret 21, 16 bytes]"},
		{":target", "/in?back=%252Fin%253Ftoken%253Dopen", "/in?back=[secret 24, 26 bytes]"},
		{"Referer", "https://a/in?d2f7c1a09be44f64", "https://a/in?[secret 25, 16 bytes]"},
		{"Authorization", "open sesame", "[secret 26, 11 bytes]"},
		{"Sec-WebSocket-Protocol", "v1.kernel.websocket.jupyter.org, tty, aws.iot", "v1.kernel.websocket.jupyter.org, tty, aws.iot"},
		{"Origin", "https://app.example.com", "https://app.example.com"},
		{"X-Forwarded-For", "10.0.0.1", "10.0.0.1"},
		{"Upgrade", "websocket", "websocket"},
		{"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="},
	}
	secrets := NewSecrets("x-customer", "Customer")
	for _, test := range tests {
		assert.Equal(t, test.want, secrets.Value(test.name, test.value), "%s: %s", test.name, test.value)
	}
	assert.Equal(t, "Bearer abcdef", (*Secrets)(nil).Value("Authorization", "Bearer abcdef"))
}

// A secret stays in wherever it stands escaped, and what is escaped without one
// is shown.
func TestSecretsThatAreEscaped(t *testing.T) {
	const secret = "Zq7pWx3LkM9tR2vB"
	tests := []struct{ name, value, want string }{
		{"Referer", "https://a/in?back=%2Fin%3Ftoken%3D" + secret + "&x=y", "https://a/in?back=[secret 2, 32 bytes]&x=y"},
		{"Location", "/in?return_to=%2Fcable%3Ftoken%3D" + secret, "/in?return_to=[secret 2, 35 bytes]"},
		{"X-Foo", "/in?d=%7B%22token%22%3A%22" + secret + "%22%7D&x=y", "/in?d=[secret 2, 42 bytes]&x=y"},
		{"X-Foo", "/in?back=http%3A%2F%2Fu%3Apass%40h", "/in?back=http[secret 2, 21 bytes]"},
		{":target", "/cable%3Ftoken%3D" + secret, "/cable[secret 2, 27 bytes]"},
		{":target", "/cable%3Bjsessionid%3D" + secret, "/cable[secret 2, 32 bytes]"},
		{":target", "/proxy/https%3A%2F%2Fh%2F%3Ftoken%3D" + secret, "/proxy/https[secret 2, 40 bytes]"},
		{"X-Foo", "Bearer%20" + secret, "Bearer[secret 2, 19 bytes]"},
		{"X-Foo", "Bearer+" + secret, "Bearer[secret 2, 17 bytes]"},
		{"X-Foo", "Bearer%252520" + secret, "Bearer[secret 4, 23 bytes]"},
		{"X-Foo", "a%20token:%20" + secret, "a%20token:[secret 1, 19 bytes]"},
		{"User-Agent", "curl/8.0 /cable%3Ftoken%3D" + secret + " x", "curl/8.0 /cable[secret 2, 27 bytes] x"},
		{":target", "/cable?x=50%", "/cable?x=50%"},
		{":target", "/cable?x=%E2%82%AC&y=a+b", "/cable?x=%E2%82%AC&y=a+b"},
		{"X-Foo", "https://a/caf%C3%A9?x=50%&y=%2Fin%3Froom%3D7", "https://a/caf%C3%A9?x=50%&y=%2Fin%3Froom%3D7"},
		{"X-Foo", "application/problem+json, 100%, a%zz", "application/problem+json, 100%, a%zz"},
	}
	for _, test := range tests {
		secrets := NewSecrets()
		assert.Equal(t, test.want, secrets.Value(test.name, test.value), "%s: %s", test.name, test.value)
	}
}

// The parts of a message that are not pairs of a name and a value have secrets
// too.
func TestSecretsOfURIsAndStartLines(t *testing.T) {
	const secret = "Zq7pWx3LkM9tR2vB"
	tests := []struct{ name, value, want string }{
		{"Referer", "https://a/in?token=a,b'" + secret + "&x=y", "https://a/in?token=[secret 1, 20 bytes]&x=y"},
		{"Location", "/in#" + secret, "/in#[secret 1, 16 bytes]"},
		{"Location", "/in#" + secret + "?x=y", "/in#[secret 1, 16 bytes]?x=y"},
		{"Location", "/in?x=y#/route?state=" + secret, "/in?x=y#/route?state=[secret 1, 16 bytes]"},
		{"X-Forwarded-Uri", "/in?token=" + secret + ",x", "/in?token=[secret 1, 18 bytes]"},
		{"X-Envoy-Original-Path", "/in?" + secret + ",x", "/in?[secret 1, 18 bytes]"},
		{"Content-Location", "/in?x=y", "/in?x=y"},
		{"X-Foo", "https://a:b'c@h/", "https://[secret 1, 5 bytes]@h/"},
		{"X-Forwarded-Pass", "abc", "[secret 1, 3 bytes]"},
		{"X-Forwarded-Host", "a.example", "a.example"},
		{"Host", "joe:sesame@a.example", "[secret 1, 10 bytes]@a.example"},
		{":status", "404 Not Found", "404 Not Found"},
		{":status", "404", "404"},
		{":status", "404 no " + secret, "404 no [secret 1, 16 bytes]"},
		{":status", "401 Invalid Token Provided", "401 Invalid Token Provided"},
		{":status", "401 Bearer sesame1", "401 Bearer [secret 1, 7 bytes]"},
		{":status", "401 https://joe:sesame@h", "401 https://[secret 1, 10 bytes]@h"},
		{":version", "HTTP/1.1", "HTTP/1.1"},
		{":version", "http/1.0", "http/1.0"},
		{":version", "HTTP/1.4918273645", "[secret 1, 17 bytes]"},
	}
	for _, test := range tests {
		secrets := NewSecrets()
		assert.Equal(t, test.want, secrets.Value(test.name, test.value), "%s: %s", test.name, test.value)
	}
	secrets := NewSecrets()
	secrets.Value("Origin", "https://joe:sesame@a.example")
	secrets.Value("Host", "joe:sesame@a.example")
	assert.Equal(t, `Host is "[secret 1, 10 bytes]@a.example"`, secrets.Text(`Host is "joe:sesame@a.example"`))
	secrets.Value(":version", "HTTP/1.4918273645")
	assert.Equal(t, "GET /cable [secret 2, 17 bytes]", secrets.Text("GET /cable HTTP/1.4918273645"))
}

// Tokens tell themselves, wherever they stand.
func TestTokensOfServices(t *testing.T) {
	const rest = "Zq7pWx3LkM9tR2vB"
	for _, token := range []string{
		"ghp_" + rest, "glpat-" + rest, "gldt-" + rest, "xoxb-" + rest, "xoxc-" + rest, "xapp-" + rest, "sk_live_" + rest, "sk-proj-" + rest,
		"sk-ant-" + rest, "hvs." + rest, "SG." + rest + ".x", "hf_" + rest, "ya29." + rest, "shpat_" + rest, "dop_v1_" + rest, "dckr_pat_" + rest,
		"NRAK-" + rest, "tskey-" + rest, "ATATT" + rest, "figd_" + rest, "lin_api_" + rest, "v2.local." + rest, "v4.public." + rest,
		"123456789:AA" + rest, "AKIAABCDEFGHIJKLMNOP", "eyJhbGciOiJkaXIifQ.." + rest + ".x.y", "eyJwYXNzd29yZCI6MX0",
	} {
		for _, text := range []string{"/ws/%s/x", "a_%s", "see %s"} {
			secrets := NewSecrets()
			said := secrets.Value("X-Foo", strings.Replace(text, "%s", token, 1))
			assert.NotContains(t, said, token[len(token)-4:], "%s: %s", token, said)
			assert.Contains(t, said, "[secret ", token)
		}
	}
	for _, word := range []string{"task-management-system", "risk-assessment-form", "v1.0.12-alpha", "en-US,en;q=0.9", "application/vnd.api+json", "hf_short", "max-age=31536000"} {
		assert.Equal(t, word, NewSecrets().Value("X-Foo", word))
	}
}

// What has no name, or one in a form of its own, is told by what it looks like.
func TestSecretsWithoutAName(t *testing.T) {
	const secret = "Zq7pWx3LkM9tR2vB"
	for _, test := range []struct{ name, value, want string }{
		{":target", "/cable?" + secret + "==", "/cable?[secret 1, 18 bytes]"},
		{":target", "/cable?room=7&" + secret + "=", "/cable?room=7&[secret 1, 17 bytes]"},
		{":target", "/hub?id=Zq7pWx3LkM9tR2vBa_b-", "/hub?id=[secret 1, 20 bytes]"},
		{":target", "/hub?id=0b9f1c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d", "/hub?id=0b9f1c2d-3e4f-4a5b-8c6d-7e8f9a0b1c2d"},
		{"Cookie", secret + "==", "[secret 1, 18 bytes]"},
		{"Cookie", "a=b; " + secret + "=", "a=[secret 1, 1 byte]; [secret 2, 17 bytes]"},
		{"X-D", `{"token":["opensesame"]}`, `{"token":["[secret 1, 10 bytes]"]}`},
		{"X-D", `{"pin":"a\"opensesame"}`, `{"pin":"[secret 1, 13 bytes]"}`},
		{"X-Foo", "Negotiate " + secret, "Negotiate [secret 1, 16 bytes]"},
		{"X-A", "b X-Session-Id: opensesame", "b X-Session-Id: [secret 1, 10 bytes]"},
		{"X-A", "b X-Other: opensesame", "b X-Other: opensesame"},
		{"Destination", "/x?token=a,opensesame", "/x?token=[secret 1, 12 bytes]"},
		{"X-Original-Host", "u:opensesame@h", "[secret 1, 12 bytes]@h"},
		{":target", "/img//a@2x.png", "/img//a@2x.png"},
	} {
		assert.Equal(t, test.want, NewSecrets().Value(test.name, test.value), "%s: %s", test.name, test.value)
	}
}
