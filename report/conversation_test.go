package report_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	talks "github.com/hophound/hophound/pcaps/conversation"
	"github.com/hophound/hophound/report"
)

const (
	plainAsk = "GET /cable HTTP/1.1\r\nHost: a.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: 4hnFLCT2c6yZNXJfXn2K8A==\r\nSec-WebSocket-Version: 13\r\n"
	plainAnswer = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: 4YVJJnFVTCSQYmGNl+MoJbbPnXY=\r\n"
	brokenAsk   = "GET /cable HTTP/1.0\r\nHost: puma\r\nConnection: close\r\nSec-WebSocket-Key: 4hnFLCT2c6yZNXJfXn2K8A==\r\n"
	refusal     = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n"
	other       = "GET /other HTTP/1.1\r\nHost: a.example\r\nX-Request-Id: 5c3\r\nX-Forwarded-For: 10.0.0.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"
)

// FuzzConversation lets a client and a server say anything at two hops, in
// packets that are always well formed, some of them lost: so it gets to what
// compares messages and judges them, more often than FuzzAnalyze does.
func FuzzConversation(f *testing.F) {
	f.Add([]byte(plainAsk+"\r\n"), []byte(plainAnswer+"\r\n"), []byte(brokenAsk+"\r\n"), []byte(refusal+"\r\n"), []byte{}, byte(shapeAll))
	f.Add([]byte(plainAsk+"\r\n\x81\x85abcdefghi"), []byte(plainAnswer+"\r\n\x88\x02\x03\xe8"), []byte(plainAsk+"\r\n\x81\x85abcdefghi"), []byte(plainAnswer+"\r\n"), []byte{0x3e, 0x3f, 0x3d, 0x7c, 0x80}, byte(0))
	f.Add([]byte(other+plainAsk+"\r\n"), []byte(refusal+"\r\n"+plainAnswer+"\r\n"), []byte("PROXY TCP4 10.0.0.1 10.0.0.2 1000 80\r\n"+other), []byte("HTTP/1.1 502 Bad\r\n\r\n<html>nginx</html>"), []byte{0xff, 0x42, 0x80, 0x13}, byte(shapeAll|shapeShown))
	f.Add([]byte("\x16\x03\x01\x02\x00\x01\x00"), []byte("\x15\x03\x01\x00\x02\x02\x46"), []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), []byte(""), []byte{}, byte(shapeDrawn))
	for _, c := range talks.Captured(f, 4<<10) {
		f.Add(c.A, c.B, c.A, c.B, []byte{0x3f, 0x7f}, byte(0))
	}
	schema := compileSchema(f)
	f.Fuzz(func(t *testing.T, askOne, answerOne, askTwo, answerTwo, plan []byte, shape byte) {
		if len(askOne)+len(answerOne)+len(askTwo)+len(answerTwo) > 1<<14 {
			return
		}
		files := [][]byte{conversation(80, askOne, answerOne, plan), conversation(3000, askTwo, answerTwo, plan)}
		analyseTwice(t, files, shape&^shapeSplit, schema)
	})
}

// The conversation of FuzzConversation's first seed is read as it is meant.
func TestConversationIsRead(t *testing.T) {
	files := [][]byte{conversation(80, []byte(plainAsk+"\r\n"), []byte(plainAnswer+"\r\n"), nil), conversation(3000, []byte(brokenAsk+"\r\n"), []byte(refusal+"\r\n"), nil)}
	_, r := reports(t, files, shapeAll)
	require.NotNil(t, r)
	require.Equal(t, uint64(2), r.Summary.Exchanges)
	require.Equal(t, uint64(1), r.Summary.Journeys)
	require.NotEmpty(t, r.Findings)
}

// conversation makes a capture of one TCP connection to a port, from its SYN to
// its FIN. plan holds a byte per packet: its length, from which end, and whether
// it is lost; what it does not say comes at the end, the client's bytes first.
func conversation(port uint16, fromClient, fromServer, plan []byte) []byte {
	w := newWire(port)
	w.talk(fromClient, fromServer, plan)
	return w.file.Bytes()
}

func newWire(port uint16) *wire {
	w := &wire{port: port, client: 40000, begin: [2]uint32{1000, 5000}}
	w.file.Write([]byte("\xd4\xc3\xb2\xa1\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x04\x00\x65\x00\x00\x00"))
	return w
}

const (
	finFlag, synFlag, ackFlag = 0x01, 0x02, 0x10
	lostBit                   = 0x80 // of a plan's byte
	longest                   = 1400 // bytes in a packet
)

// talk is one connection.
func (w *wire) talk(fromClient, fromServer, plan []byte) {
	w.open()
	left := [2][]byte{fromClient, fromServer}
	for i := 0; len(left[0])+len(left[1]) > 0; i++ {
		from, n, lost := 0, longest, false
		if i < len(plan) {
			from, n, lost = int(plan[i]>>6&1), planned(plan[i]), plan[i]&lostBit != 0
		} else if len(left[0]) == 0 {
			from = 1
		}
		n = min(n, len(left[from]))
		if n > 0 {
			w.packet(from, ackFlag, left[from][:n], lost)
		}
		left[from] = left[from][n:]
	}
	w.close()
}

// planned is the length of a packet by its byte of a plan.
func planned(b byte) int { return 1 + 4*int(b&0x3f) }

func (w *wire) open() {
	w.next = w.begin
	w.packet(0, synFlag, nil, false)
	w.packet(1, synFlag|ackFlag, nil, false)
	w.packet(0, ackFlag, nil, false)
}

func (w *wire) close() {
	w.packet(0, finFlag|ackFlag, nil, false)
	w.packet(1, finFlag|ackFlag, nil, false)
}

// say sends bytes from one end, by a plan whose rest it gives: from which end is not
// asked of it.
func (w *wire) say(from int, data, plan []byte) []byte {
	for len(data) > 0 {
		n, lost := longest, false
		if len(plan) > 0 {
			n, lost, plan = planned(plan[0]), plan[0]&lostBit != 0, plan[1:]
		}
		n = min(n, len(data))
		w.packet(from, ackFlag, data[:n], lost)
		data = data[n:]
	}
	return plan
}

// pass lets a node pass a conversation on, in the order that things must happen: what is
// sent on came before, and so did the answer.
func pass(front, behind *wire, sent, passed, answered, frontPlan, behindPlan []byte) {
	front.open()
	frontPlan = front.say(0, sent, frontPlan)
	behind.now = max(front.now, behind.now)
	behind.open()
	behind.say(1, answered, behind.say(0, passed, behindPlan))
	front.now = behind.now
	front.say(1, answered, frontPlan)
	front.close()
	behind.close()
}

// wire writes packets of raw IPv4, a millisecond apart, into a pcap file.
type wire struct {
	file bytes.Buffer
	port uint16 // of the server

	client uint16    // port
	begin  [2]uint32 // sequence numbers of each connection's SYNs
	next   [2]uint32 // sequence numbers
	now    uint32    // milliseconds
}

func (w *wire) packet(from int, flags byte, data []byte, lost bool) {
	ends := [2][]byte{{10, 0, 0, 1}, {10, 0, 0, 2}}
	ports := [2]uint16{w.client, w.port}
	b := make([]byte, 40, 40+len(data))
	b[0], b[8], b[9] = 0x45, 64, 6
	binary.BigEndian.PutUint16(b[2:], uint16(40+len(data)))
	copy(b[12:], ends[from])
	copy(b[16:], ends[1-from])
	binary.BigEndian.PutUint16(b[20:], ports[from])
	binary.BigEndian.PutUint16(b[22:], ports[1-from])
	binary.BigEndian.PutUint32(b[24:], w.next[from])
	binary.BigEndian.PutUint32(b[28:], w.next[1-from])
	b[32], b[33] = 0x50, flags
	b = append(b, data...)
	w.next[from] += uint32(len(data))
	if flags&3 != 0 {
		w.next[from]++
	}
	w.now++
	if lost {
		return
	}
	var record [16]byte
	binary.LittleEndian.PutUint32(record[0:], 1_700_000_000+w.now/1000)
	binary.LittleEndian.PutUint32(record[4:], w.now%1000*1000)
	binary.LittleEndian.PutUint32(record[8:], uint32(len(b)))
	binary.LittleEndian.PutUint32(record[12:], uint32(len(b)))
	w.file.Write(record[:])
	w.file.Write(b)
}

// What stands in a start line is told even if it is empty: whoever reads the
// report need not ask first.
func TestEmptyPartsOfStartLines(t *testing.T) {
	_, r := reports(t, [][]byte{conversation(80, []byte("CCM_POST HTTP/1.1\r\n\r\n"), []byte("HTTP/1.1 204 \r\n\r\n"), nil)}, shapeAll)
	require.NotNil(t, r)
	x := report.NewDocument(r, report.Options{}).Journeys[0].Exchanges[0]
	request, err := json.Marshal(x.Request)
	require.NoError(t, err)
	require.Contains(t, string(request), `{"method":"CCM_POST","target":"","version":"HTTP/1.1"`)
	require.NotContains(t, string(request), `"reason"`)
	response, err := json.Marshal(x.Responses[0])
	require.NoError(t, err)
	require.Contains(t, string(response), `{"status":204,"reason":"","version":"HTTP/1.1"`)
	require.NotContains(t, string(response), `"target"`)
}

// Connections that cannot be read are told, whether hops were named or are to be
// found, and whether others can be read or not.
func TestUnreadableConnectionsAreTold(t *testing.T) {
	hello, alert := []byte("\x16\x03\x01\x02\x00\x01\x00"), []byte("\x15\x03\x01\x00\x02\x02\x46")
	preface, settings := []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), []byte("\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	encrypted, http2 := conversation(443, hello, alert, nil), conversation(8080, preface, settings, nil)
	plain := conversation(80, []byte(other), []byte(refusal+"\r\n"), nil)
	for _, c := range []struct {
		name  string
		files [][]byte
		shape byte
		want  string
	}{
		{"named", [][]byte{encrypted}, 0, "1 connection is encrypted (TLS) and cannot be read"},
		{"to be found", [][]byte{encrypted}, shapeDrawn, "1 connection is encrypted (TLS) and cannot be read"},
		{"to be found, HTTP/2", [][]byte{http2}, shapeDrawn, "1 connection is HTTP/2, which is not read yet"},
		{"to be found, and something else is", [][]byte{plain, encrypted}, shapeDrawn, "1 connection is encrypted (TLS) and can have no part in the chain (to 10.0.0.2:443)"},
		{"to be found, and something else is beside HTTP/2", [][]byte{plain, http2}, shapeDrawn, "1 connection is HTTP/2, which is not read yet, and can have no part in the chain (to 10.0.0.2:8080)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, r := reports(t, c.files, c.shape)
			require.NotNil(t, r)
			require.Len(t, r.Notes, 1, "%q", r.Notes)
			require.Contains(t, r.Notes[0], c.want)
		})
	}
}

// A WebSocket that a browser opens through a forward proxy is asked for within
// the tunnel of a CONNECT, and is the same request at the server.
func TestUpgradeThroughCONNECT(t *testing.T) {
	connect := "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\r\n"
	established := "HTTP/1.1 200 Connection established\r\n\r\n"
	for len(connect)%4 != 1 { // a plan knows only such lengths
		connect = strings.Replace(connect, "\r\n\r\n", " \r\n\r\n", 1)
	}
	answer := []byte(strings.Replace(plainAnswer, "4YVJJnFVTCSQYmGNl+MoJbbPnXY=", "L4K9gxJCw+V7d/xt0kYnEH+PuAQ=", 1) + "\r\n")
	plan := []byte{byte(len(connect) / 4), 0x40 | byte(len(established)/4)}
	for len(established)%4 != 1 {
		established = strings.Replace(established, "\r\n\r\n", " \r\n\r\n", 1)
		plan[1] = 0x40 | byte(len(established)/4)
	}
	_, r := reports(t, [][]byte{
		conversation(3128, []byte(connect+plainAsk+"\r\n"), append([]byte(established), answer...), plan),
		conversation(80, []byte(plainAsk+"\r\n"), answer, nil),
	}, shapeAll)
	require.NotNil(t, r)
	require.Empty(t, r.Findings)
	require.Equal(t, uint64(1), r.Summary.Upgrades.Upgraded)
	require.Equal(t, uint64(2), r.Summary.Journeys)
	require.EqualValues(t, "upgraded", r.Journeys[1].Outcome)
	for _, x := range r.Journeys[1].Match.Exchanges {
		require.Equal(t, "/cable", x.Request.Target)
	}
}
