package report_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer/http1"
)

// planted are values that must stay in.
var planted = []string{"aladdin-opensesame", "sess-1f9ab30c77", "key-77aa01be55f0", "tok-94e1ce02d1", "set-5b3d20aa41"}

// FuzzSecrets plants secrets in the heads of two hops and lets the fuzzer write
// what stands around them, which may break messages and take them apart. None of
// the secrets may be in the text or in the JSON.
func FuzzSecrets(f *testing.F) {
	f.Add("", "", "", "")
	f.Add("room=7&", "X-Debug: 1\r\nReferer: /x?a=b", "Location: /login?a=b", "Via: 1.1 nginx\r\nX-Old: Bearer")
	f.Add("%74oken=a&", "\r\n", "Set-Cookie: a=b\r\n folded", "Connection: close\r\nTransfer-Encoding: chunked\r\nContent-Length: 1")
	f.Add("//a@", " folded\r\nno colon", "\x00", "Authorization: Basic\r\nauthorization : x\r\nCookie:")
	f.Fuzz(func(t *testing.T, query, ask, answer, changed string) {
		around := query + ask + answer + changed
		if strings.ContainsFunc(query, breaksTarget) || len(around) > 1<<12 || containsAny(unwrapped(around), planted) {
			return // the secrets would stand where nobody could tell what they are
		}
		request := func(lines string) []byte {
			return []byte("GET /cable?" + query + "token=" + planted[3] + " HTTP/1.1\r\nHost: a.example\r\n" +
				"Authorization: Bearer " + planted[0] + "\r\nCookie: theme=dark; _session=" + planted[1] + "\r\nX-Api-Key: " + planted[2] + "\r\n" +
				"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: 4hnFLCT2c6yZNXJfXn2K8A==\r\n" + lines + "\r\n\r\n")
		}
		response := []byte("HTTP/1.1 404 Not Found\r\nSet-Cookie: sid=" + planted[4] + "; Path=/\r\n" + answer + "\r\n\r\n")
		files := [][]byte{conversation(80, request(ask), response, nil), conversation(3000, request(changed), response, nil)}
		w, r := reports(t, files, shapeAll)
		if r == nil { // the times are made up, and may be those of another order of hops
			require.False(t, containsAny(w.err, planted))
			return
		}
		for _, secret := range planted {
			require.NotContains(t, w.json, secret)
			require.NotContains(t, unwrapped(w.text), secret)
		}
		require.True(t, sawPlanted(r.Journeys[0].Match.Exchanges[0].Request), "the secrets were not even read")
	})
}

// unwrapped undoes what broke lines of text.
func unwrapped(text string) string { return strings.Join(strings.Fields(text), "") }

func sawPlanted(m *http1.Message) bool {
	return m != nil && strings.Contains(m.Head, "Authorization: Bearer "+planted[0]) && strings.Contains(m.Target, planted[3])
}

func breaksTarget(r rune) bool { return r <= ' ' || r == 0x7f || r == '#' }

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}
