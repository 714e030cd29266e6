package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What was captured from the middle of a connection on begins with a packet's first
// byte: there more is believed than behind a loss, if a field follows.
func TestFirstLinesOfCapturesInTheMiddle(t *testing.T) {
	const fields = "\r\nHost: a\r\n\r\n"
	for line, want := range map[string]struct{ atFirst, behindALoss bool }{
		"GET / HTTP/1.1":          {true, true},
		"NOTIFY /x HTTP/1.1":      {true, true},
		"POLL / HTTP/1.1":         {true, true},
		"LOCK /x HTTP/1.1":        {true, false}, // or UNLOCK
		"SUBSCRIBE /x HTTP/1.1":   {true, false},
		"GET foo HTTP/1.1":        {true, false},
		"GET ?a=b HTTP/1.1":       {true, false},
		"OPTIONS sip:a HTTP/1.0":  {true, false},
		"FOO / HTTP/1.1":          {false, false},
		"ET / HTTP/1.1":           {false, false},
		"GET / HTTP/2.0":          {true, false},
		"GET / http/1.1":          {true, false},
		"a line of GET /HTTP/1.1": {false, false},
	} {
		middle := whole
		middle.Whole = false
		for n, events := range [][]event{{client(line + fields)}, {client(get), clientGap(100), client(line + fields)}} {
			exchanges, _ := play(middle, Limits{}, events, End{})
			assert.Equal(t, []bool{want.atFirst, want.behindALoss}[n], len(exchanges) == n+1, "%s: %v", line, briefs(exchanges))
		}
		exchanges, _ := play(middle, Limits{}, []event{client(line + "\r\nno field\r\n\r\n")}, End{})
		assert.Empty(t, exchanges, line)
	}
	for line, want := range map[string]bool{
		"HTTP/1.1 200 OK": true, "ICY 200 OK": true, "HTTP/2.0 200 OK": true, "HTTP/1.10 200": true, "HTTP/1.1  200 OK": true,
		"HTTP/1.1 2000 OK": false, "ICE 200 OK": false, "HTTPS/1.1 200 OK": false, "200 OK": false,
	} {
		middle := whole
		middle.Whole = false
		exchanges, _ := play(middle, Limits{}, []event{client(get), server(line + "\r\nContent-Length: 0\r\n\r\n")}, End{})
		require.Len(t, exchanges, 1)
		assert.Equal(t, want, exchanges[0].Response != nil, line)
		middle.ClientKnown = false
		exchanges, _ = play(middle, Limits{}, []event{server(line + "\r\nContent-Length: 0\r\n\r\n")}, End{})
		assert.Equal(t, want, len(exchanges) == 1, line)
	}
}
