package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An eager stream gives out the handshake when it is answered, once, and goes
// on counting what it does not show.
func TestEagerStreamGivesTheTunnelAtOnce(t *testing.T) {
	info := whole
	info.Eager = true
	var given []*Exchange
	s := NewStream(info, Limits{}, func(x *Exchange) { given = append(given, x) })
	s.Write(FromA, []byte(get), 1, 1)
	s.Write(FromB, []byte(ok0), 2, 2)
	s.Write(FromA, []byte(ws), 3, 3)
	require.Len(t, given, 1)
	s.Write(FromB, []byte(switching), 4, 4)
	require.Len(t, given, 2)
	handshake := given[1]
	assert.Equal(t, 101, handshake.Response.Status)
	assert.Equal(t, EndOpen, handshake.End.Cause)
	require.NotNil(t, handshake.Tunnel)

	s.Write(FromA, []byte("\x81\x85abcdefghi"), 5, 5)
	s.Close(End{Cause: EndFin, By: SideClient})
	assert.Len(t, given, 2)
	assert.Zero(t, handshake.Tunnel.FromClient, "what was given out is not touched")
	assert.EqualValues(t, 11, s.Stats().Bytes.Tunnel)
}
