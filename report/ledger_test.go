package report_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What a server sends after the client's RST is not read, and the report says so.
func TestBytesBehindTheEnd(t *testing.T) {
	const syn, rst, ack = 0x02, 0x04, 0x10
	w := newWire(80)
	w.packet(0, syn, nil, false)
	w.packet(1, syn|ack, nil, false)
	w.packet(0, ack, []byte(plainAsk+"\r\n"), false)
	w.packet(0, rst, nil, false)
	w.packet(1, ack, []byte(refusal+"\r\n"), false)
	got, r := reports(t, [][]byte{w.file.Bytes()}, shapeAll|shapeShown)
	require.NotNil(t, r)
	assert.Contains(t, got.text, "1 packet with bytes behind the end of their connection, not read")
	assert.Contains(t, got.json, `"late": 1,`)
	assert.NotContains(t, got.json, "Not Found")
}
