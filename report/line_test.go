package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/report"
)

// What a watch tells of a journey is something, even if nobody saw the request.
func TestLine(t *testing.T) {
	for _, test := range []struct{ ask, answer, want string }{
		{plainAsk + "\r\n", refusal + "\r\n", "22:13:20.004  refused       GET /cable  p got a whole handshake and answered 404 instead of 101"},
		{"no request\r\n\r\n", "HTTP/1.1 400 Bad token=abc Request\r\nContent-Length: 0\r\n\r\n",
			"22:13:20.005  inconclusive  a response without its request: 400 Bad [secret 1, 9 bytes] Request"},
	} {
		_, r := reports(t, [][]byte{conversation(80, []byte(test.ask), []byte(test.answer), nil)}, shapeAll)
		require.NotNil(t, r)
		require.Len(t, r.Journeys, 1)
		assert.Equal(t, test.want, report.Line(r, report.Options{}))
	}
}
