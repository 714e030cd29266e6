package http1

import (
	"slices"
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
	x.block = nil // a clone has none
	assert.Equal(t, x, c)
	requireApart(t, x, c)
	assert.Nil(t, (*Message)(nil).Clone())
}

// requireApart requires an exchange and its clone to have no memory in common
// but the connection's.
func requireApart(t *testing.T, x, c *Exchange) {
	t.Helper()
	require.Same(t, x.Conn, c.Conn)
	require.NotSame(t, x, c)
	if x.Tunnel != nil {
		require.NotSame(t, x.Tunnel, c.Tunnel)
	}
	require.Len(t, c.Informational, len(x.Informational))
	before := append([]*Message{x.Request, x.Response}, x.Informational...)
	after := append([]*Message{c.Request, c.Response}, c.Informational...)
	for i, m := range before {
		if m == nil {
			require.Nil(t, after[i])
			continue
		}
		n := after[i]
		require.NotSame(t, m, n)
		requireOtherSlice(t, m.Fields, n.Fields)
		requireOtherSlice(t, m.Trailers, n.Trailers)
		requireOtherSlice(t, m.Packets, n.Packets)
		requireOtherSlice(t, m.Defects, n.Defects)
		theirs := textsOf(n)
		for k, text := range textsOf(m) {
			require.Equal(t, text, theirs[k])
			if text != "" {
				require.NotSame(t, unsafe.StringData(text), unsafe.StringData(theirs[k]), "%q", text)
			}
		}
	}
}

func requireOtherSlice[T any](t *testing.T, a, b []T) {
	t.Helper()
	if cap(a) > 0 && cap(b) > 0 {
		require.NotSame(t, unsafe.SliceData(a), unsafe.SliceData(b))
	}
}

// textsOf lists all strings of a message.
func textsOf(m *Message) []string {
	all := []string{m.Head, m.Method, m.Target, m.Version, m.Reason}
	for _, f := range append(slices.Clip(m.Fields), m.Trailers...) {
		all = append(all, f.Name, f.Value)
	}
	for _, d := range m.Defects {
		all = append(all, d.Note)
	}
	return all
}

// What has memory of its own stays where it is; anything else is copied out of its
// arena and released.
func TestApart(t *testing.T) {
	info := whole
	info.Arena = &Arena{}
	var given *Exchange
	s := NewStream(info, Limits{}, func(x *Exchange) { given = x })
	s.Write(FromA, []byte("GET /a HTTP/1.1\r\nHost: h\r\n\r\n"), 1, 1)
	s.Write(FromB, []byte("HTTP/1.1 204 No Content\r\n\r\n"), 2, 2)
	require.NotNil(t, given)
	told := full(given)
	x := given.Apart()
	require.NotSame(t, given, x)
	if !poisoned { // then it is overwritten instead
		assert.Len(t, info.Arena.Released(nil), 1)
	}
	assert.Equal(t, told, full(x))
	assert.Same(t, x, x.Apart())
}
