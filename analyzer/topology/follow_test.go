package topology

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/http1"
)

// TestMirrors: what a host sends to two servers at once, with one key, does not pass from
// one of them to the other, however the times lie; unless both look like one request that
// is passed on, as behind a proxy that keeps the client's address.
func TestMirrors(t *testing.T) {
	upgrade := []http1.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}}
	for name, c := range map[string]struct {
		from   string        // who asks the second server
		fields []http1.Field // beside the key, of what it is asked
		status int           // of its answer; the first one's is 404
		passes bool
	}{
		"a mirror without Upgrade":               {"10.0.0.1", nil, 404, false},
		"one that is answered otherwise":         {"10.0.0.1", upgrade, 101, false},
		"all alike, from the client's address":   {"10.0.0.1", upgrade, 404, true},
		"what the first server sends on without": {"10.0.0.2", nil, 404, true},
	} {
		t.Run(name, func(t *testing.T) {
			asked := func(client, server string, at, wait int64, status int, fields []http1.Field) *http1.Exchange {
				x := seen(client, server, at, wait)
				x.Request.Method, x.Request.Target, x.Request.Version, x.Request.Complete = "GET", "/cable", "HTTP/1.1", true
				x.Request.Fields = append([]http1.Field{{Name: "Sec-WebSocket-Key", Value: "q4xkcO32u266gldTuKaSOw=="}}, fields...)
				x.Response.Status, x.Response.Complete = status, true
				x.Response.Version, x.Request.End, x.Response.End = "HTTP/1.1", x.Request.Start, x.Response.Start
				return x
			}
			first := asked("10.0.0.1:4000", "10.0.0.2:80", 1e9, 50e6, 404, upgrade)
			second := asked(c.from+":4001", "10.0.0.3:80", 1e9+1e6, 40e6, c.status, c.fields)
			a := &Place{Server: first.Conn.Server, Exchanges: []*http1.Exchange{first}}
			b := &Place{Server: second.Conn.Server, Exchanges: []*http1.Exchange{second}}
			assert.Equal(t, c.passes, passageFrom(a, b).requests > 0)
		})
	}
}
