package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/conversation"
)

// FuzzChunked reads any bytes as chunked content: wherever they are cut it is
// the same content and ends at the same byte, and it is what net/http makes of
// it where both take it for whole.
func FuzzChunked(f *testing.F) {
	for _, coded := range []string{
		"0\r\n\r\n", "5\r\nhello\r\n0\r\n\r\n", "A;name=\"v;\"\r\n0123456789\r\n0\r\nExpires: 0\r\nX-Sum: 1\r\n\r\n",
		"00000000000000005 \t\r\nhello\r\n000\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
		"5\nhello\n0\n\n", "5\r\nhello0\r\n\r\n", "fffffffffffffffff\r\n", "-1\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "5;\rhello",
		"0\r\nFolded: a\r\n b\r\nno colon\r\n\r\n",
	} {
		f.Add([]byte(coded), []byte{0, 4, 30})
	}
	for _, c := range conversation.Captured(f, largestSeed) {
		if _, content, ok := bytes.Cut(c.B, []byte("\r\n\r\n")); ok && bytes.Contains(c.B, []byte("chunked")) {
			f.Add(content, []byte{3, 60})
		}
	}
	const head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	f.Fuzz(func(t *testing.T, coded, cuts []byte) {
		events := []event{client(get), server(head + string(coded))}
		exchanges, s := play(whole, Limits{}, events, End{})
		require.Equal(t, written(events), s.Stats().Bytes.Sum())
		want, wantStats := samePacket(whole, events)
		if wantStats.Lost == 0 {
			got, gotStats := samePacket(whole, cutBy(events, cuts, false))
			require.Equal(t, want, got)
			require.Equal(t, wantStats, gotStats)
		}
		ours := exchanges[0].Response
		require.Equal(t, FramingChunked, ours.Framing)
		require.False(t, ours.Content.Complete && ours.hasDefect(DefectBadChunk))
		if ours.Content.Complete && !isFoldedOrBroken(ours) {
			compareContent(t, head+string(coded), ours)
		}
	})
}

// isFoldedOrBroken tells of trailers that net/http writes otherwise or refuses.
func isFoldedOrBroken(m *Message) bool {
	return slices.ContainsFunc(m.Defects, func(d Defect) bool { return d.ID != DefectBareLF })
}

// compareContent holds content and trailers against net/http, if it takes them.
func compareContent(t *testing.T, message string, ours *Message) {
	theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader([]byte(message))), nil)
	require.NoError(t, err)
	content, err := io.ReadAll(theirs.Body)
	if err != nil {
		return
	}
	require.Equal(t, uint64(len(content)), ours.Content.Bytes)
	var want, got []string
	for name, values := range theirs.Trailer {
		for _, value := range values {
			want = append(want, name+": "+value)
		}
	}
	for _, field := range ours.Trailers {
		got = append(got, http.CanonicalHeaderKey(field.Name)+": "+field.Value)
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}
