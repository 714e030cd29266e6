package report_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/capture"
)

// holding is the report of one hop's capture that holds so many requests.
func holding(t *testing.T, w *wire, journeys int) *analyzer.Report {
	t.Helper()
	source, err := capture.NewFile(bytes.NewReader(w.file.Bytes()), "nginx.pcap")
	require.NoError(t, err)
	defer source.Close()
	r, err := analyzer.Run(t.Context(), []analyzer.Input{{Name: "nginx.pcap", Source: source, Hops: []analyzer.HopInput{{Name: "nginx"}}}},
		analyzer.Options{Journeys: journeys})
	require.NoError(t, err)
	return r
}

// However few requests a report holds, it says the same of the others: an address that
// closes connections without a word, and answers one in the end, expects no PROXY header.
func TestFewRequestsAreHeld(t *testing.T) {
	const unanswered = 20
	switching := strings.Replace(plainAnswer, "4YVJJnFVTCSQYmGNl+MoJbbPnXY=", "L4K9gxJCw+V7d/xt0kYnEH+PuAQ=", 1)
	for name, answersInTheEnd := range map[string]bool{"it never answers": false, "it answers in the end": true} {
		t.Run(name, func(t *testing.T) {
			w := newWire(8080)
			w.talk([]byte(plainAsk+"\r\n"), []byte(switching+"Server: nginx\r\n\r\n"), nil)
			w.port = 80
			for range unanswered {
				w.client++
				w.open()
				w.say(0, []byte(plainAsk+"\r\n"), nil)
				w.packet(1, finFlag|ackFlag, nil, false)
				w.packet(0, finFlag|ackFlag, nil, false)
			}
			if w.client++; answersInTheEnd {
				w.talk([]byte("GET /up HTTP/1.1\r\nHost: a\r\n\r\n"), []byte("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), nil)
			}
			all, few := holding(t, w, 0), holding(t, w, 1)
			assert.Equal(t, all.Verdict, few.Verdict)
			assert.Equal(t, all.Summary, few.Summary)
			require.Len(t, all.Findings, 1)
			require.Len(t, few.Findings, 1)
			want := "proxy-expected-but-absent"
			if answersInTheEnd {
				want = "not-enough-seen"
			} else {
				assert.Equal(t, unanswered, few.Findings[0].Count)
			}
			assert.Equal(t, want, all.Findings[0].Rule.ID)
			assert.Equal(t, want, few.Findings[0].Rule.ID)
		})
	}
}

// Problems that only the path tells apart are told of up to a number, and all counted.
func TestManyProblems(t *testing.T) {
	const paths, told = 600, 256
	w := newWire(80)
	w.open()
	for i := range paths {
		w.say(0, fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i), nil)
		w.say(1, []byte("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n"), nil)
	}
	w.close()
	for _, journeys := range []int{0, 10} {
		r := holding(t, w, journeys)
		assert.EqualValues(t, paths, r.Summary.Journeys)
		assert.Equal(t, diagnose.Pass, r.Verdict)
		require.Len(t, r.Findings, told)
		assert.NotZero(t, r.Findings[0].Example)
		assert.Contains(t, strings.Join(r.Notes, "\n"), fmt.Sprintf("client-not-a-handshake was found %d times more", paths-told))
	}
}

// What is told of requests that a report has no place for holds, whether there is a place
// for their problem or not.
func TestManyAccusations(t *testing.T) {
	const requests, origins = 1800, 600
	w := newWire(3000)
	for i := range requests {
		w.client++
		ask := strings.Replace(plainAsk, "Host: a.example", fmt.Sprintf("Host: a.example\r\nOrigin: https://o%d.example", i%origins), 1)
		w.talk([]byte(strings.Replace(ask, "4hnFL", fmt.Sprintf("%05d", i), 1)+"\r\n"),
			[]byte("HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nPage not found"), nil)
	}
	source, err := capture.NewFile(bytes.NewReader(w.file.Bytes()), "puma.pcap")
	require.NoError(t, err)
	defer source.Close()
	r, err := analyzer.Run(t.Context(), []analyzer.Input{{Name: "puma.pcap", Source: source, Hops: []analyzer.HopInput{{Name: "puma"}}}}, analyzer.Options{Journeys: 100})
	require.NoError(t, err)
	assert.Equal(t, "actioncable-origin-not-allowed", r.Findings[0].Rule.ID)
	assert.EqualValues(t, requests, r.Summary.Upgrades.Asked)
	assert.EqualValues(t, requests, r.Summary.Upgrades.Refused)
	told := 0
	for _, f := range r.Findings {
		told += f.Count
	}
	assert.Contains(t, strings.Join(r.Notes, "\n"), fmt.Sprintf("was found %d times more", requests-told))
}

// Packets whose rest the capture's filter did not let through are a loss.
func TestFragmentsThatMiss(t *testing.T) {
	w := newWire(80)
	w.open()
	before := w.file.Len()
	ask := plainAsk + "\r\n"
	w.say(0, []byte(ask[:len(ask)-(20+len(ask))%8]), nil) // fragments are of eight bytes, and so many
	const recordHeader, moreFragments = 16, 0x20
	w.file.Bytes()[before+recordHeader+6] = moreFragments
	got, r := reports(t, [][]byte{w.file.Bytes()}, shapeAll)
	require.NotNil(t, r)
	assert.EqualValues(t, 1, r.Hops[0].Ledger.Fragments)
	assert.Contains(t, got.text, "1 fragmented packet not captured whole")
	assert.Contains(t, got.json, `"fragments": 1,`)
}

// A capture from a file of its own is read by two goroutines: whether a connection is
// another sighting of one before does not depend on how far the second of them has come.
func TestConnectionsThatBeginAlikeInAFile(t *testing.T) {
	const connections = 50
	w := newWire(80)
	w.begin = [2]uint32{0x12345678, 0x87654321}
	for i := range connections {
		w.client++
		w.open()
		w.say(0, fmt.Appendf(nil, "GET /%d HTTP/1.1\r\nHost: a\r\n\r\n", i), nil)
		w.say(1, []byte(refusal+"\r\n"), nil)
	}
	name := filepath.Join(t.TempDir(), "a.pcap")
	require.NoError(t, os.WriteFile(name, w.file.Bytes(), 0o600))
	for _, server := range []analyzer.Server{{}, {Port: 80}} {
		source, err := capture.Open(name)
		require.NoError(t, err)
		defer source.Close()
		r, err := analyzer.Run(t.Context(), []analyzer.Input{{Name: name, Source: source, Hops: []analyzer.HopInput{{Name: "nginx", Server: server}}}}, analyzer.Options{})
		require.NoError(t, err)
		assert.EqualValues(t, connections, r.Summary.Exchanges)
		assert.Zero(t, r.Hops[0].Copies)
	}
}
