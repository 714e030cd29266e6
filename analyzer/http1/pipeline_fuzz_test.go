package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/conversation"
)

// FuzzPipeline holds a connection full of requests against net/http: where one
// ends, by Content-Length or by coding, the next begins, and both read it alike.
// Up to the first that is of another version or has a defect, that is: net/http
// refuses many of them, and reads others as it likes.
func FuzzPipeline(f *testing.F) {
	for _, c := range conversation.Captured(f, largestSeed) {
		f.Add(c.A)
	}
	const post = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"
	const chunked = "PUT /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n"
	f.Add([]byte(post + chunked + get + post))
	f.Add([]byte(strings.Repeat("*", maxMethod+1) + " / HTTP/1.1\r\nHost: a\r\n\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		exchanges, _ := play(whole, Limits{}, []event{client(string(data))}, End{})
		theirs := bufio.NewReader(bytes.NewReader(data))
		for i := 0; ; i++ {
			request, err := http.ReadRequest(theirs)
			if err != nil || request.Method == "PRI" || len(request.Method) > maxMethod { // HTTP/2, noise
				return
			}
			require.Less(t, i, len(exchanges), "%s %s", request.Method, request.RequestURI)
			ours := exchanges[i].Request
			if ours == nil || ours.Version != "HTTP/1.1" || len(ours.Defects) > 0 || ours.IsUpgradeAttempt() || request.Method == http.MethodConnect {
				return
			}
			require.True(t, ours.Complete)
			require.Equal(t, request.Method, ours.Method)
			require.Equal(t, request.RequestURI, ours.Target)
			if !sameContent(t, request.Body, ours) {
				return
			}
		}
	})
}

// FuzzResponses does the same with the responses to as many GETs.
func FuzzResponses(f *testing.F) {
	for _, c := range conversation.Captured(f, largestSeed) {
		f.Add(c.B)
	}
	f.Add([]byte(ok0 + "HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\nHTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\n" +
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\nHTTP/1.1 204 No Content\r\n\r\nHTTP/1.0 200 OK\r\n\r\nthe rest"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const asked = 20
		var events []event
		for range asked {
			events = append(events, client(get))
		}
		exchanges, _ := play(whole, Limits{}, append(events, server(string(data)), event{from: FromB, fin: true}), End{})
		var messages []*Message
		for _, x := range exchanges {
			messages = append(messages, x.Informational...)
			if x.Response != nil {
				messages = append(messages, x.Response)
			}
		}
		theirs := bufio.NewReader(bytes.NewReader(data))
		request := &http.Request{Method: http.MethodGet}
		for i, finals := 0, 0; finals < asked; i++ {
			response, err := http.ReadResponse(theirs, request)
			if err != nil || response.StatusCode < 100 {
				return
			}
			require.Less(t, i, len(messages), response.Status)
			ours := messages[i]
			if ours.Version != "HTTP/1.1" || len(ours.Defects) > 0 || response.StatusCode == http.StatusSwitchingProtocols {
				return
			}
			require.True(t, ours.Complete)
			require.Equal(t, response.StatusCode, ours.Status)
			if response.StatusCode >= 200 {
				finals++
			}
			if !sameContent(t, response.Body, ours) || response.Close {
				return
			}
		}
	})
}

// sameContent reads content with net/http and tells whether another message can
// follow.
func sameContent(t *testing.T, theirs io.Reader, ours *Message) bool {
	t.Helper()
	n, err := io.Copy(io.Discard, theirs)
	if err != nil { // cut short, or chunks that are none to net/http
		return false
	}
	if len(ours.Defects) > 0 { // in its chunks
		return false
	}
	require.True(t, ours.Content.Complete)
	require.Equal(t, uint64(n), ours.Content.Bytes)
	return true
}
