package tcp

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/capture"
)

// The same addresses in two virtual networks are two connections; with and
// without a VLAN tag they are one.
func TestTunnelsAreApartVLANsAreNot(t *testing.T) {
	tr := new(transcript)
	a := NewAssembler(tr, Limits{})
	for i, p := range []parts{
		inside(vxlanHeaders(1)...), inside(vxlanHeaders(2)...),
		inside(eth(0x0800)), inside(eth(0x8100), dot1q(7, 0x0800)),
	} {
		data := build(t, p...)
		a.Add(&capture.Packet{Number: uint64(i + 1), Link: capture.LinkEthernet, Length: len(data), Data: data})
	}
	a.Close()
	assert.Equal(t, told(`open 10.0.0.1:1000 > 10.0.0.2:80
		1 > hello
		1 close capture
		#2 open 10.0.0.1:1000 > 10.0.0.2:80
		#2 2 > hello
		#2 2 close capture
		#3 open 10.0.0.1:1000 > 10.0.0.2:80
		#3 3 > hello
		#3 4 close capture`), tr.lines)
	assert.Equal(t, uint64(3), a.Stats().Conns)
}

// Some networks give each direction of a connection a tunnel of its own. The
// numbers tell that both belong together, and that another one does not.
func TestTunnelPerDirection(t *testing.T) {
	tr := new(transcript)
	a := NewAssembler(tr, Limits{})
	from := netip.MustParseAddrPort(clientEnd)
	answer := func(seq, ack uint32, data string) []byte { return rawTCP(server, from, seq, ack, flagACK, data) }
	for i, data := range [][]byte{
		mirrored(t, 1, rawTCP(from, server, 100, 300, flagACK, "GET")),
		mirrored(t, 2, answer(300, 103, "OK")),
		mirrored(t, 2, answer(302, 103, "more")),
		mirrored(t, 3, answer(300, 5_000_000, "other")),
	} {
		a.Add(&capture.Packet{Number: uint64(i + 1), Link: capture.LinkEthernet, Length: len(data), Data: data})
	}
	a.Close()
	assert.Equal(t, told(`open 10.0.0.1:1000 ? 10.0.0.2:80
		1 > GET
		2 < OK
		3 < more
		3 close capture
		#2 open 10.0.0.2:80 ? 10.0.0.1:1000
		#2 4 > other
		#2 4 close capture`), tr.lines)
}

// Two mirrors of one connection, at two places, are two captures of it.
func TestTwoMirrorsOfOneConnection(t *testing.T) {
	tr := new(transcript)
	a := NewAssembler(tr, Limits{})
	from := netip.MustParseAddrPort(clientEnd)
	request, answer := rawTCP(from, server, 100, 300, flagACK, "GET"), rawTCP(server, from, 300, 103, flagACK, "OK")
	for i, data := range [][]byte{mirrored(t, 1, request), mirrored(t, 1, answer), mirrored(t, 2, request), mirrored(t, 2, answer)} {
		a.Add(&capture.Packet{Number: uint64(i + 1), Link: capture.LinkEthernet, Length: len(data), Data: data})
	}
	a.Close()
	assert.Equal(t, told(`open 10.0.0.1:1000 ? 10.0.0.2:80
		1 > GET
		2 < OK
		2 close capture
		#2 open 10.0.0.1:1000 ? 10.0.0.2:80
		#2 3 > GET
		#2 4 < OK
		#2 4 close capture`), tr.lines)
}

// mirrored wraps a raw packet as a mirror by VXLAN does.
func mirrored(t testing.TB, vni uint32, packet []byte) []byte {
	return build(t, append(vxlanHeaders(vni), raw(packet...))...)
}
