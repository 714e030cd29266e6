package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Behind a client's agreement with a SOCKS proxy there can be HTTP. Where it
// begins is found, not known, so that the first response is not joined to the
// first request: others may have come before.
func TestBehindSOCKS(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	for _, c := range []struct {
		name  string
		talks []string // by turns, the client first
	}{
		{"version 4", []string{"\x04\x01\x00\x50\x0a\x00\x00\x01me\x00", "\x00\x5a\x00\x50\x0a\x00\x00\x01"}},
		{"version 4 with a name", []string{"\x04\x01\x00\x50\x00\x00\x00\x01\x00example.org\x00", "\x00\x5a\x00\x00\x00\x00\x00\x00"}},
		{"version 5", []string{"\x05\x01\x00", "\x05\x00", "\x05\x01\x00\x01\x0a\x00\x00\x01\x00\x50", "\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50"}},
		{"version 5 with a password", []string{"\x05\x02\x00\x02", "\x05\x02", "\x01\x02me\x02pw", "\x01\x00",
			"\x05\x01\x00\x03\x01a\x00\x50", "\x05\x00\x00\x01\x0a\x00\x00\x01\x00\x50"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var requests, responses []*Message
			s := NewStream(whole, Limits{}, func(x *Exchange) {
				if x.Request != nil {
					requests = append(requests, x.Request)
				}
				if x.Response != nil {
					responses = append(responses, x.Response)
				}
			})
			packet := uint64(0)
			for i, said := range append(c.talks, get, ok) {
				packet++
				s.Write(Direction(i%2), []byte(said), packet, int64(packet))
			}
			s.Close(End{})
			require.Len(t, requests, 1)
			require.Len(t, responses, 1)
			assert.True(t, requests[0].Complete)
			assert.Equal(t, []uint64{packet - 1}, requests[0].Packets)
			assert.Equal(t, 200, responses[0].Status)
		})
	}
}
