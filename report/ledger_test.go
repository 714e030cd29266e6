package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Connections that a script wrote one after the other, all beginning with the same
// numbers, are no sightings of one: each is read.
func TestConnectionsThatBeginAlike(t *testing.T) {
	w := newWire(80)
	w.begin = [2]uint32{0x12345678, 0x87654321}
	for _, path := range []string{"/a", "/b", "/c"} {
		w.client++
		w.open()
		w.say(0, []byte("GET "+path+" HTTP/1.1\r\nHost: a\r\n\r\n"), nil)
		w.say(1, []byte(refusal+"\r\n"), nil)
	}
	_, r := reports(t, [][]byte{w.file.Bytes()}, shapeAll)
	require.NotNil(t, r)
	assert.EqualValues(t, 3, r.Summary.Exchanges)
	assert.Zero(t, r.Hops[0].Copies)
}

// What a server sends after both ends have reset the connection is not read, and the
// report says so.
func TestBytesBehindTheEnd(t *testing.T) {
	const syn, rst, ack = 0x02, 0x04, 0x10
	w := newWire(80)
	w.packet(0, syn, nil, false)
	w.packet(1, syn|ack, nil, false)
	w.packet(0, ack, []byte(plainAsk+"\r\n"), false)
	w.packet(0, rst, nil, false)
	w.packet(1, rst, nil, false)
	w.packet(1, ack, []byte(refusal+"\r\n"), false)
	got, r := reports(t, [][]byte{w.file.Bytes()}, shapeAll|shapeShown)
	require.NotNil(t, r)
	assert.Contains(t, got.text, "1 packet with bytes from behind the end of their connection")
	assert.Contains(t, got.json, `"late": 1,`)
	assert.NotContains(t, got.json, "Not Found")
}
