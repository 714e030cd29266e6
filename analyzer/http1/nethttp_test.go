package http1

import (
	"bufio"
	"bytes"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/hophound/hophound/pcaps/conversation"
)

// FuzzRequest holds request heads against net/http: what both take, both read
// alike.
func FuzzRequest(f *testing.F) {
	for _, c := range conversations {
		for _, e := range c.events {
			if e.from == FromA && e.data != "" {
				f.Add([]byte(e.data))
			}
		}
	}
	for _, c := range conversation.Captured(f, largestSeed) {
		f.Add(c.A)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		theirs, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(data)))
		if err != nil {
			return
		}
		exchanges, _ := play(whole, Limits{}, []event{client(string(data))}, End{})
		if len(exchanges) == 0 || exchanges[0].Request == nil || !exchanges[0].Request.Complete || exchanges[0].Request.Version == "" {
			return
		}
		ours := exchanges[0].Request
		require.Equal(t, theirs.Method, ours.Method)
		require.Equal(t, theirs.RequestURI, ours.Target)
		require.Equal(t, theirs.Proto, strings.ToUpper(ours.Version))
		header := theirs.Header.Clone()
		if theirs.Host != "" && theirs.URL.Host == "" {
			header["Host"] = []string{theirs.Host} // net/http takes it out
		}
		requireSameFields(t, header, ours)
		if te := theirs.TransferEncoding; len(te) == 1 && te[0] == "chunked" {
			require.Equal(t, FramingChunked, ours.Framing)
		} else if theirs.ContentLength > 0 {
			require.Equal(t, theirs.ContentLength, ours.Content.Declared)
		}
	})
}

// FuzzResponse does the same with responses.
func FuzzResponse(f *testing.F) {
	for _, c := range conversations {
		for _, e := range c.events {
			if e.from == FromB && e.data != "" {
				f.Add([]byte(e.data))
			}
		}
	}
	for _, c := range conversation.Captured(f, largestSeed) {
		f.Add(c.B)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(data)), nil)
		if err != nil {
			return
		}
		exchanges, _ := play(whole, Limits{}, []event{client(get), server(string(data))}, End{})
		if len(exchanges) == 0 {
			return
		}
		messages := exchanges[0].Informational
		if exchanges[0].Response != nil {
			messages = append(messages, exchanges[0].Response)
		}
		if len(messages) == 0 || !messages[0].Complete {
			return
		}
		ours := messages[0]
		require.Equal(t, theirs.StatusCode, ours.Status)
		require.Equal(t, theirs.Proto, strings.ToUpper(ours.Version))
		requireSameFields(t, theirs.Header, ours)
	})
}

// requireSameFields compares names and values as multisets. net/http writes
// names in canonical form, takes out or changes what it acts on itself, and
// leaves a space for a folded line that is empty.
func requireSameFields(t *testing.T, header http.Header, m *Message) {
	t.Helper()
	taken := func(name string) bool { return !slices.Contains(keys(header), name) }
	own := map[string]bool{"Host": taken("Host"), "Connection": taken("Connection"), "Transfer-Encoding": true, "Content-Length": true, "Trailer": true,
		"Pragma": true, "Cache-Control": true}
	spaced := func(value string) string { return value }
	if m.hasDefect(DefectObsFold) {
		spaced = func(value string) string { return strings.Join(strings.Fields(value), " ") }
	}
	var want, got []string
	for name, values := range header {
		name = http.CanonicalHeaderKey(strings.TrimRight(name, " \t")) // net/http keeps white space before the colon
		for _, value := range values {
			if !own[name] {
				want = append(want, name+": "+spaced(value))
			}
		}
	}
	for _, f := range m.Fields {
		if name := http.CanonicalHeaderKey(f.Name); !own[name] {
			got = append(got, name+": "+spaced(f.Value))
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}

func keys(h http.Header) []string {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	return names
}
