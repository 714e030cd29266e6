package diff

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/http1"
)

const handshake = `GET /cable HTTP/1.1
Host: app.example.com
Connection: Upgrade
Upgrade: websocket
Origin: http://app.example.com
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
Sec-WebSocket-Version: 13

`

// TestCompare says for each difference what it is called and what it means.
func TestCompare(t *testing.T) {
	type want struct {
		field string
		kind  Kind
		class Class
	}
	upgrade := Context{Upgrade: true}
	tests := []struct {
		name          string
		before, after string
		context       Context
		want          []want
	}{
		{"nginx 1.22 with nothing configured", handshake, `GET /cable HTTP/1.0
Host: app
Connection: close
Origin: http://app.example.com
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
Sec-WebSocket-Version: 13

`, upgrade, []want{
			{":version", Changed, Notable}, {"Host", Changed, Notable},
			{"Connection", Changed, Breaking}, {"Upgrade", Dropped, Breaking}}},
		{"nginx 1.30 with nothing configured", handshake, `GET /cable HTTP/1.1
Host: app
Origin: http://app.example.com
Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==
Sec-WebSocket-Version: 13

`, upgrade, []want{{"Host", Changed, Notable}, {"Connection", Dropped, Breaking}, {"Upgrade", Dropped, Breaking}}},
		{"a proxy that lowers all names and puts them in another order", handshake, `GET /cable HTTP/1.1
upgrade: WebSocket
connection: upgrade
host: APP.example.com
sec-websocket-version: 13
sec-websocket-key: x3JJHMbDL1EzLkh9GBhXDw==
origin: http://app.example.com
x-forwarded-for: 10.0.0.1

`, upgrade, []want{
			{"Host", Recased, Expected}, {"Connection", Recased, Expected}, {"Upgrade", Recased, Expected},
			{"Origin", Recased, Expected}, {"Sec-WebSocket-Key", Recased, Expected},
			{"Sec-WebSocket-Version", Recased, Expected}, {"x-forwarded-for", Added, Expected}}},
		{"Upgrade lost on an ordinary request", "GET / HTTP/1.1\nHost: a\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAM\n\n",
			"GET / HTTP/1.1\nHost: a\nConnection: close\n\n", Context{}, []want{
				{"Connection", Changed, Expected}, {"Upgrade", Dropped, Expected}, {"HTTP2-Settings", Dropped, Expected}}},
		{"the token upgrade stays among others", "GET / HTTP/1.1\nConnection: keep-alive, Upgrade\nUpgrade: websocket\n\n",
			"GET / HTTP/1.1\nConnection: upgrade\nUpgrade: websocket\n\n", upgrade, []want{{"Connection", Changed, Expected}}},
		{"the tokens of Connection in another order", "GET / HTTP/1.1\nConnection: keep-alive, Upgrade\n\n",
			"GET / HTTP/1.1\nConnection: Upgrade, keep-alive\n\n", upgrade, []want{{"Connection", Reordered, Expected}}},
		{"Connection on two lines", "GET / HTTP/1.1\nConnection: keep-alive, Upgrade\n\n",
			"GET / HTTP/1.1\nConnection: keep-alive\nConnection: upgrade\n\n", upgrade, []want{{"Connection", Split, Expected}}},
		{"Connection joined into one line", "GET / HTTP/1.1\nConnection: keep-alive\nConnection: Upgrade\n\n",
			"GET / HTTP/1.1\nConnection: keep-alive, Upgrade\n\n", upgrade, []want{{"Connection", Merged, Expected}}},
		{"Connection suddenly asks for an upgrade", "GET / HTTP/1.1\nConnection: close\n\n",
			"GET / HTTP/1.1\nConnection: upgrade\n\n", Context{}, []want{{"Connection", Changed, Notable}}},
		{"Upgrade names another protocol", "GET / HTTP/1.1\nUpgrade: websocket\n\n",
			"GET / HTTP/1.1\nUpgrade: h2c\n\n", upgrade, []want{{"Upgrade", Changed, Breaking}}},
		{"Upgrade written twice", "GET / HTTP/1.1\nUpgrade: websocket\n\n",
			"GET / HTTP/1.1\nUpgrade: websocket\nUpgrade: websocket\n\n", upgrade, []want{{"Upgrade", Changed, Notable}}},
		{"cookies joined, as from HTTP/2", "GET / HTTP/1.1\nCookie: a=1\nCookie: b=2\n\n",
			"GET / HTTP/1.1\nCookie: a=1; b=2\n\n", Context{}, []want{{"Cookie", Merged, Expected}}},
		{"cookies joined by a comma are other cookies", "GET / HTTP/1.1\nCookie: a=1\nCookie: b=2\n\n",
			"GET / HTTP/1.1\nCookie: a=1, b=2\n\n", Context{}, []want{{"Cookie", Changed, Notable}}},
		{"Set-Cookie must never be joined", "HTTP/1.1 200 OK\nSet-Cookie: a=1\nSet-Cookie: b=2\n\n",
			"HTTP/1.1 200 OK\nSet-Cookie: a=1, b=2\n\n", Context{}, []want{{"Set-Cookie", Changed, Notable}}},
		{"lines of a field in another order", "GET / HTTP/1.1\nX-Tag: a\nX-Tag: b\n\n",
			"GET / HTTP/1.1\nX-Tag: b\nX-Tag: a\n\n", Context{}, []want{{"X-Tag", Reordered, Notable}}},
		{"another order of different names means nothing", "GET / HTTP/1.1\nA: 1\nB: 2\n\n", "GET / HTTP/1.1\nB: 2\nA: 1\n\n", Context{}, nil},
		{"no space after the colon means nothing", "GET / HTTP/1.1\nHost: a\n\n", "GET / HTTP/1.1\nHost:a\n\n", Context{}, nil},
		{"X-Forwarded-For grows at its end", "GET / HTTP/1.1\nX-Forwarded-For: 192.0.2.1\n\n",
			"GET / HTTP/1.1\nX-Forwarded-For: 192.0.2.1, 10.0.0.1\n\n", Context{}, []want{{"X-Forwarded-For", Changed, Expected}}},
		{"X-Forwarded-For is overwritten", "GET / HTTP/1.1\nX-Forwarded-For: 192.0.2.1\n\n",
			"GET / HTTP/1.1\nX-Forwarded-For: 10.0.0.1\n\n", Context{}, []want{{"X-Forwarded-For", Changed, Notable}}},
		{"X-Forwarded-Proto behind a TLS load balancer", "GET / HTTP/1.1\nX-Forwarded-Proto: https\n\n",
			"GET / HTTP/1.1\nX-Forwarded-Proto: http\n\n", Context{}, []want{{"X-Forwarded-Proto", Changed, Notable}}},
		{"the default port of Host", "GET / HTTP/1.1\nHost: a:80\n\n", "GET / HTTP/1.1\nHost: a\n\n", Context{}, []want{{"Host", Changed, Expected}}},
		{"any other port of Host", "GET / HTTP/1.1\nHost: a:8080\n\n", "GET / HTTP/1.1\nHost: a\n\n", Context{}, []want{{"Host", Changed, Notable}}},
		{"a field that Connection names", "GET / HTTP/1.1\nConnection: X-Mine\nX-Mine: 1\n\n", "GET / HTTP/1.1\n\n",
			Context{}, []want{{"Connection", Dropped, Expected}, {"X-Mine", Dropped, Expected}}},
		{"the key is lost although it is nobody's but the server's", "GET / HTTP/1.1\nConnection: Upgrade, Sec-WebSocket-Key\nSec-WebSocket-Key: k\n\n",
			"GET / HTTP/1.1\nConnection: Upgrade\n\n", upgrade, []want{{"Connection", Changed, Expected}, {"Sec-WebSocket-Key", Dropped, Breaking}}},
		{"a name with an underscore", "GET / HTTP/1.1\napi_key: 1\n\n", "GET / HTTP/1.1\n\n", Context{}, []want{{"api_key", Dropped, Notable}}},
		{"absolute-form and origin-form", "GET http://a/x?y HTTP/1.1\n\n", "GET /x?y HTTP/1.1\n\n", Context{}, []want{{":target", Changed, Expected}}},
		{"a path cut off", "GET /cable HTTP/1.1\n\n", "GET / HTTP/1.1\n\n", Context{}, []want{{":target", Changed, Notable}}},
		{"a handshake that became a POST", "GET /cable HTTP/1.1\n\n", "POST /cable HTTP/1.1\n\n", upgrade, []want{{":method", Changed, Breaking}}},

		{"nginx gives a 101 on", "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: x\n\n",
			"HTTP/1.1 101 Switching Protocols\nServer: nginx\nDate: now\nConnection: upgrade\nUpgrade: websocket\nSec-WebSocket-Accept: x\n\n",
			upgrade, []want{{"Connection", Recased, Expected}, {"Server", Added, Expected}, {"Date", Added, Expected}}},
		{"a 101 without the token", "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\n\n",
			"HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: keep-alive\n\n", upgrade, []want{{"Connection", Changed, Breaking}}},
		{"a 101 with another Accept", "HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Accept: a\n\n",
			"HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Accept: b\n\n", upgrade, []want{{"Sec-WebSocket-Accept", Changed, Breaking}}},
		{"another Accept for another key", "HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Accept: a\n\n",
			"HTTP/1.1 101 Switching Protocols\nSec-WebSocket-Accept: b\n\n", Context{Upgrade: true, NewKey: true},
			[]want{{"Sec-WebSocket-Accept", Changed, Expected}}},
		{"a 101 became a 502", "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\n\n", "HTTP/1.1 502 Bad Gateway\n\n",
			upgrade, []want{{":status", Changed, Breaking}, {"Upgrade", Dropped, Expected}}},
		{"Puma's answer to HTTP/1.0", "HTTP/1.0 404 Not Found\nContent-Length: 14\n\n", "HTTP/1.1 404 Not Found\nContent-Length: 14\n\n",
			Context{}, []want{{":version", Changed, Expected}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []want
			for _, c := range Compare(head(tt.before), head(tt.after), tt.context) {
				got = append(got, want{c.Field, c.Kind, c.Class})
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

// TestCompareIncomplete: what may stand in the lost part of a head is neither
// dropped nor added.
func TestCompareIncomplete(t *testing.T) {
	type want struct {
		field string
		kind  Kind
		class Class
	}
	const whole = "GET / HTTP/1.1\nHost: a\nConnection: Upgrade\nUpgrade: websocket\n\n"
	tests := []struct {
		name          string
		before, after string
		want          []want
	}{
		{"after is cut: nothing is dropped", whole, "GET / HTTP/1.1\nHost: a\n", nil},
		{"after is cut: another value is another value", whole, "GET / HTTP/1.1\nHost: b\n", []want{{"Host", Changed, Notable}}},
		{"after is cut: a further Connection line may follow", whole, "GET / HTTP/1.1\nConnection: close\n", []want{{"Connection", Changed, Expected}}},
		{"after is cut: the second of two lines may follow", "GET / HTTP/1.1\nX: 1\nX: 2\n\n", "GET / HTTP/1.1\nX: 1\n", nil},
		{"after is cut: what it has is added", whole, "GET / HTTP/1.1\nVia: 1.1 p\n", []want{{"Via", Added, Expected}}},
		{"before is cut: nothing is added", "GET / HTTP/1.1\nHost: a\n", whole, nil},
		{"before is cut: what it has and after has not is dropped", "GET / HTTP/1.1\nHost: a\nUpgrade: websocket\n",
			"GET / HTTP/1.1\nHost: a\n\n", []want{{"Upgrade", Dropped, Breaking}}},
		{"before is cut: further elements may have stood in it", "GET / HTTP/1.1\nConnection: keep-alive\n",
			"GET / HTTP/1.1\nConnection: keep-alive, Upgrade\n\n", nil},
		{"both are cut", "GET / HTTP/1.1\nHost: a\nA: 1\n", "GET / HTTP/1.1\nHost: a\nB: 1\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []want
			for _, c := range Compare(head(tt.before), head(tt.after), Context{Upgrade: true}) {
				got = append(got, want{c.Field, c.Kind, c.Class})
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestTableOfJudgements(t *testing.T) {
	for _, j := range judgements {
		assert.Regexp(t, `^[a-z-]+$`, j.field)
		assert.Regexp(t, `^[A-Z].*\.$`, j.why, "a sentence for people: %s", j.field)
	}
	for name := range traits {
		assert.Regexp(t, `^[a-z0-9-]+$`, name)
	}
}

// A start line that breaks off is not another start line.
func TestCompareStartCut(t *testing.T) {
	whole := head("GET /path?query HTTP/1.1\nHost: a\n\n")
	cut := &http1.Message{Method: "GET", Target: "/pa", StartCut: true, Head: "GET /pa"}
	assert.Empty(t, Compare(whole, cut, Context{}))
	assert.Empty(t, Compare(cut, whole, Context{}))
}
