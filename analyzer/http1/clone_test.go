package http1

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A clone says the same and shares no memory with the arena but the connection.
func TestClone(t *testing.T) {
	const folded = "GET /a?b HTTP/1.1\r\nHost: h\r\nX: 1,\r\n 2\r\nno colon\r\nTransfer-Encoding: chunked\r\n\r\n"
	events := []event{
		client(folded + "0\r\nT: 1\r\n\r\n"),
		server("HTTP/1.1 103 Early\r\nLink: </a>\r\n\r\n"), server("HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\nxx"),
	}
	exchanges, _ := play(whole, Limits{}, events, End{Cause: EndFin})
	require.Len(t, exchanges, 1)
	x := exchanges[0]
	require.NotNil(t, x.Tunnel)
	require.Len(t, x.Informational, 1)
	c := x.Clone()
	assert.Equal(t, x, c)
	assert.Same(t, x.Conn, c.Conn)
	assert.NotSame(t, x.Tunnel, c.Tunnel)
	for i, m := range []*Message{x.Request, x.Response, x.Informational[0]} {
		n := []*Message{c.Request, c.Response, c.Informational[0]}[i]
		assert.NotSame(t, m, n)
		texts := func(m *Message) []string {
			all := []string{m.Head, m.Method, m.Target, m.Version, m.Reason}
			for _, f := range append(m.Fields[:len(m.Fields):len(m.Fields)], m.Trailers...) {
				all = append(all, f.Name, f.Value)
			}
			for _, d := range m.Defects {
				all = append(all, d.Note)
			}
			return all
		}
		before, after := texts(m), texts(n)
		for k := range before {
			if before[k] != "" {
				assert.NotSame(t, unsafe.StringData(before[k]), unsafe.StringData(after[k]), "%q", before[k])
			}
		}
	}
	assert.Nil(t, (*Message)(nil).Clone())
}
