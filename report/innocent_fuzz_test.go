package report_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
	talks "github.com/hophound/hophound/pcaps/conversation"
)

// FuzzInnocent lets a node pass on every byte as it came, and loses packets in
// front of it and behind it: whatever was said and whatever was lost, nothing of
// it is the node's fault.
func FuzzInnocent(f *testing.F) {
	for i, plan := range []string{"", "\x3f\x7f\xbf", "\x8f\xcf", "\x10\xc0\x90", "\x3f\x3f\xff"} {
		f.Add([]byte(plainAsk+"\r\n"), []byte(refusal+"\r\n"), []byte(plan), []byte{}, byte(i))
		f.Add([]byte(plainAsk+"\r\n"+other+brokenAsk+"\r\n"), []byte(refusal+"\r\n"+refusal+"\r\n"+refusal+"\r\n"), []byte{}, []byte(plan), byte(i))
		f.Add([]byte(plainAsk+"\r\n"+plainAsk+"\r\n"), []byte(refusal+"\r\n"+plainAnswer+"\r\n"), []byte(plan), []byte("\x3f\x9f\x7f"), byte(i))
	}
	for _, c := range talks.Captured(f, 4<<10) {
		f.Add(c.A, c.B, []byte{0x3f, 0x7f, 0x9f}, []byte{0x3f, 0xc3}, byte(0))
	}
	f.Fuzz(func(t *testing.T, ask, answer, front, behind []byte, shape byte) {
		if len(ask)+len(answer) > 1<<13 {
			return
		}
		files := [][]byte{conversation(80, ask, answer, front), conversation(3000, ask, answer, behind)}
		_, r := reports(t, files, shape&^(shapeSplit|shapeDrawn))
		if r == nil { // the times of what is left may be those of another order of hops
			return
		}
		requireInnocent(t, r)
	})
}

// Many connections of many clients, all alike, through a node that changes
// nothing: lose what you like of them, and it is still innocent.
func TestInnocent(t *testing.T) {
	for seed := range uint64(innocentTries) {
		rng := rand.New(rand.NewPCG(seed, 7))
		front, behind := newWire(80), newWire(3000)
		for range 1 + rng.IntN(6) {
			ask, answer := talkAtRandom(rng)
			front.client, behind.client = uint16(40000+rng.IntN(5000)), uint16(40000+rng.IntN(5000))
			begun := max(front.now, behind.now)
			front.now, behind.now = begun, begun+uint32(rng.IntN(2))
			front.talk(ask, answer, planAtRandom(rng))
			behind.talk(ask, answer, planAtRandom(rng))
		}
		_, r := reports(t, [][]byte{front.file.Bytes(), behind.file.Bytes()}, shapeAll)
		if r == nil {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { requireInnocent(t, r) })
	}
}

const innocentTries = 2000 // a second or two

// talkAtRandom gives some requests, and what a server says to them.
func talkAtRandom(rng *rand.Rand) (ask, answer []byte) {
	for range 1 + rng.IntN(4) {
		key := fmt.Sprintf("%016x", rng.Uint64())
		fresh := strings.NewReplacer("4hnFLCT2c6yZNXJfXn2K8A==", key)
		switch rng.IntN(5) {
		case 0:
			ask, answer = append(ask, other...), append(answer, refusal+"\r\n"...)
		case 1:
			ask, answer = append(ask, "POST /cable HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n"...), append(answer, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n"...)
			ask, answer = append(ask, bytes.Repeat([]byte("GET /cable HTTP/1.1\r\n"), 143)[:3000]...), append(answer, bytes.Repeat([]byte("x"), 2000)...)
		case 2:
			ask, answer = append(ask, fresh.Replace(brokenAsk)+"\r\n"...), append(answer, refusal+"\r\n"...)
		case 3:
			ask, answer = append(ask, fresh.Replace(plainAsk)+"Cookie: "+strings.Repeat("c", rng.IntN(3000))+"\r\n\r\n"...), append(answer, refusal+"\r\n"...)
		default:
			sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
			ask = append(ask, fresh.Replace(plainAsk)+"\r\n\x81\x85abcdefghi"...)
			return ask, append(answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "+
				base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n\x81\x05hello"...)
		}
	}
	return ask, answer
}

// planAtRandom is a plan of conversation that loses some packets, or none.
func planAtRandom(rng *rand.Rand) []byte {
	plan := make([]byte, rng.IntN(60))
	lost := rng.IntN(4)
	for i := range plan {
		plan[i] = byte(rng.IntN(128))
		if rng.IntN(8) < lost {
			plan[i] |= 0x80
		}
	}
	return plan
}

func requireInnocent(t *testing.T, r *analyzer.Report) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Rule.Severity == diagnose.Error && f.Rule.ID != "smuggled-request-seen" { // it passes on two answers to one request
			require.NotEqual(t, "p", f.Culprit, "%s: %s", f.Rule.ID, f.Summary)
		}
	}
}
