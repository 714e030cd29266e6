package bench

import (
	"encoding/binary"
	"fmt"
	"slices"
	"time"
)

// tunnel lets messages of Action Cable flow through the connections of a
// journey that got its WebSocket, and ends it.
func (l *load) tunnel(j *journey) {
	at := l.pass(j, server, j.conns[0].quiet, frame(opText, nil, `{"type":"welcome"}`))
	at = l.pass(j, client, at, frame(opText, l.content.noise(4), `{"command":"subscribe","identifier":"{\"channel\":\"RoomChannel\"}"}`))
	for i := range 2 + l.random.IntN(6) {
		text := fmt.Sprintf(`{"command":"message","data":"journey %d, message %d"}`, j.number, i)
		at = l.pass(j, client, at+l.between(time.Millisecond, 30*time.Millisecond), frame(opText, l.content.noise(4), text))
		at = l.pass(j, server, at, frame(opText, nil, text))
	}
	normal := string([]byte{1000 >> 8, 1000 & 0xff})
	at = l.pass(j, client, at, frame(opClose, l.content.noise(4), normal))
	at = l.pass(j, server, at, frame(opClose, nil, normal))
	// The server closes first (RFC 6455 §7.1.1), and each proxy after it.
	for _, c := range slices.Backward(j.conns) {
		at = max(at, c.quiet) + think
		c.close(server, at)
	}
}

// pass sends a frame through all hops, beginning at the time at or as soon
// after it as all connections are at rest, and gives the time at which it has
// arrived.
func (l *load) pass(j *journey, from side, at int64, frame []byte) int64 {
	for _, c := range j.conns {
		at = max(at, c.quiet+delay)
	}
	for i := range j.conns {
		c := j.conns[i]
		if from == server {
			c = j.conns[len(j.conns)-1-i]
		}
		at = c.send(from, at, [][]byte{frame}).last + c.trip/2 + think
	}
	return at
}

// Opcodes of frames (RFC 6455 §5.2).
const (
	opText  = 1
	opClose = 8
)

// frame gives a WebSocket frame, masked if there is a key for it.
func frame(opcode byte, key []byte, payload string) []byte {
	b := []byte{0x80 | opcode, byte(len(payload))}
	if len(payload) > 125 {
		b[1] = 126
		b = binary.BigEndian.AppendUint16(b, uint16(len(payload)))
	}
	if key != nil {
		b[1] |= 0x80
		b = append(b, key...)
	}
	for i := range len(payload) {
		c := payload[i]
		if key != nil {
			c ^= key[i%4]
		}
		b = append(b, c)
	}
	return b
}
