package http1

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/conversation"
)

// FuzzTunnel lets both sides send any bytes, WebSocket frames or not, once a
// WebSocket was asked for: some before the 101, some after, some of them lost.
// Behind the request every byte of the client is of the tunnel, whatever it
// looked like before the 101; nothing of it is a message; and the first 64 of
// them have the hash FNV-1a as the standard library computes it.
//
// plan holds a byte per packet: its length, from which end, and whether it is
// lost. early is how many packets of the client go before the 101.
func FuzzTunnel(f *testing.F) {
	for name, sent := range beginnings {
		f.Add([]byte(sent), []byte("\x81\x05hello\x88\x02\x03\xe8"), []byte(name), byte(len(name)%3))
	}
	f.Add([]byte("\x81\x85abcdefghi\x81\xfe\x00\x90"+repeated(200)), []byte(ok0+get), []byte{5, 0x87, 20, 0xc5, 200}, byte(1))
	for _, c := range conversation.Captured(f, largestSeed) {
		_, fromClient, asked := bytes.Cut(c.A, []byte("\r\n\r\n"))
		if _, fromServer, ok := bytes.Cut(c.B, []byte("\r\n\r\n")); asked && ok && bytes.Contains(c.B, []byte(" 101 ")) {
			f.Add(fromClient, fromServer, []byte{0x20, 0x60, 0x10, 0x81}, byte(len(fromClient)%3))
		}
	}
	f.Fuzz(func(t *testing.T, fromClient, fromServer, plan []byte, early byte) {
		if len(fromClient)+len(fromServer) > 1<<14 {
			return
		}
		var before, after []event
		for _, e := range tunnelPackets(fromClient, fromServer, plan) {
			if e.from == FromA && len(before) < int(early) {
				before = append(before, e)
			} else {
				after = append(after, e)
			}
		}
		events := append(append([]event{client(ws)}, before...), server(switching))
		events = append(events, after...)
		exchanges, s := play(whole, Limits{}, events, End{})
		require.Len(t, exchanges, 1)
		tunnel := exchanges[0].Tunnel
		require.NotNil(t, tunnel)
		stats := s.Stats()
		require.Equal(t, Bytes{Head: uint64(len(ws + switching)), Tunnel: tunnel.FromClient + tunnel.FromServer}, stats.Bytes)
		require.Equal(t, written(events), stats.Bytes.Sum())
		require.Equal(t, uint64(len(fromClient)+len(fromServer)), stats.Bytes.Tunnel+tunnel.Missing)
		require.Equal(t, startOf(events[1:]), tunnel.ClientStart)
	})
}

// tunnelPackets cuts what both ends send into packets as plan says, and gives
// what is left at the end.
func tunnelPackets(fromClient, fromServer, plan []byte) []event {
	left := [2]string{string(fromClient), string(fromServer)}
	var events []event
	for i := 0; left != [2]string{}; i++ {
		how, n := byte(i)<<6, 1<<14
		if i < len(plan) {
			how = plan[i]
			n = 1 + int(how&0x3f)
		}
		from := Direction(how >> 6 & 1)
		n = min(n, len(left[from]))
		e := event{from: from, data: left[from][:n]}
		left[from] = left[from][n:]
		if n > 0 && how&0x80 != 0 && i < len(plan) {
			e = event{from: from, gap: uint64(n)}
		}
		if n > 0 {
			events = append(events, e)
		}
	}
	return events
}

// startOf computes ClientStart from what the client sends behind its request.
func startOf(events []event) uint64 {
	var sent string
	for _, e := range events {
		if e.from != FromA {
			continue
		}
		if e.gap > 0 && len(sent) < tunnelStartMost {
			return 0
		}
		sent += e.data
	}
	return wantStart(sent)
}
