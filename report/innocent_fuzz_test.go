package report_test

import (
	"bytes"
	"crypto/sha1" //nolint:gosec // RFC 6455
	"encoding/base64"
	"encoding/binary"
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
		p, q := newWire(80), newWire(3000)
		pass(p, q, ask, ask, answer, front, behind)
		_, r := reports(t, [][]byte{p.file.Bytes(), q.file.Bytes()}, shape&^(shapeSplit|shapeDrawn))
		if r != nil {
			requireInnocent(t, r)
		}
	})
}

// Many connections of many clients, all much alike, through a node that passes on
// every handshake: lose what you like of them, and it is still innocent.
func TestInnocent(t *testing.T) {
	const tries = 1000 // some seconds
	for seed := range uint64(tries) {
		rng := rand.New(rand.NewPCG(seed, 7))
		front, behind := newWire(80), newWire(3000)
		for range 1 + rng.IntN(6) {
			var d dialogue
			for range 1 + rng.IntN(4) {
				d.add(rng)
			}
			front.client, behind.client = front.client+uint16(1+rng.IntN(500)), behind.client+uint16(1+rng.IntN(500))
			front.now = max(front.now, behind.now)
			pass(front, behind, d.sent, d.passed, d.answered, planAtRandom(rng), planAtRandom(rng))
		}
		_, r := reports(t, [][]byte{cutShort(rng, front.file.Bytes()), cutShort(rng, behind.file.Bytes())}, shapeAll)
		if r == nil {
			continue
		}
		t.Run(fmt.Sprint(seed), func(t *testing.T) { requireInnocent(t, r) })
	}
}

// dialogue is what a client sends on one connection, what the node makes of it,
// and what the server says to that.
type dialogue struct {
	sent, passed, answered []byte
	tunnel                 bool // behind a 101
}

// add adds a request of some kind, with a response.
func (d *dialogue) add(rng *rand.Rand) {
	const added = "X-Forwarded-For: 10.0.0.1\r\n"
	key := fmt.Sprintf("%016x", rng.Uint64())
	handshake := strings.Replace(plainAsk, "4hnFLCT2c6yZNXJfXn2K8A==", key, 1)
	var sent, passed, answer string
	switch rng.IntN(7) {
	case 0: // as nginx passes on what is no handshake
		const line, fields = "GET /cable HTTP/1.", "\r\nHost: a.example\r\nUser-Agent: x\r\n"
		sent = line + "1" + fields + "Connection: keep-alive\r\n\r\n"
		passed = line + "0" + fields + "Connection: close\r\n" + added + "\r\n"
		answer = "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + strings.Repeat("x", 300)
	case 1:
		sent = "GET /other HTTP/1.1\r\nHost: a.example\r\nX-Request-Id: " + key + "\r\n\r\n"
		passed, answer = sent, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	case 2: // with a log of requests
		sent = "POST /cable HTTP/1.1\r\nHost: a\r\nContent-Length: 3000\r\n\r\n" + strings.Repeat("GET /cable HTTP/1.1\r\n", 143)[:3000]
		passed, answer = sent, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
	case 3: // that somebody in front of the node broke
		sent = strings.Replace(brokenAsk, "4hnFLCT2c6yZNXJfXn2K8A==", key, 1) + "\r\n"
		passed, answer = sent, refusal+"\r\n"
	case 4:
		sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		sent, passed = handshake+"\r\n\x81\x85abcdefghi", handshake+added+"\r\n\x81\x85abcdefghi"
		answer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
			base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n\x81\x05hello"
	default:
		cookie := "Cookie: " + strings.Repeat("c", rng.IntN(2000)) + "\r\n"
		sent, passed, answer = handshake+cookie+"\r\n", handshake+cookie+added+"\r\n", refusal+"\r\n"
	}
	if d.tunnel {
		return
	}
	d.sent, d.passed, d.answered = append(d.sent, sent...), append(d.passed, passed...), append(d.answered, answer...)
	d.tunnel = strings.Contains(answer, " 101 ")
}

// cutShort captures some of the packets with fewer bytes than they had, of some
// captures.
func cutShort(rng *rand.Rand, file []byte) []byte {
	const fileHeader, recordHeader, headers = 24, 16, 40
	if rng.IntN(3) > 0 {
		return file
	}
	cut := bytes.Clone(file[:fileHeader])
	often := 1 + rng.IntN(8)
	for at := fileHeader; at < len(file); {
		header, length := bytes.Clone(file[at:at+recordHeader]), int(binary.LittleEndian.Uint32(file[at+8:]))
		data := file[at+recordHeader : at+recordHeader+length]
		at += recordHeader + length
		if length > headers && rng.IntN(often) == 0 {
			data = data[:headers+rng.IntN(length-headers)]
			binary.LittleEndian.PutUint32(header[8:], uint32(len(data)))
		}
		cut = append(append(cut, header...), data...)
	}
	return cut
}

// planAtRandom is a plan by which some packets are lost, or none.
func planAtRandom(rng *rand.Rand) []byte {
	plan := make([]byte, 120)
	often := rng.IntN(4)
	for i := range plan {
		plan[i] = byte(rng.IntN(0x40))
		if rng.IntN(8) < often {
			plan[i] |= lostBit
		}
	}
	return plan
}

func requireInnocent(t *testing.T, r *analyzer.Report) {
	t.Helper()
	for _, f := range r.Findings {
		if f.Severity == diagnose.Error && f.Rule.ID != "smuggled-request-seen" { // it passes on two answers to one request
			require.NotEqual(t, "p", f.Culprit, "%s: %s", f.Rule.ID, f.Summary)
		}
	}
}
