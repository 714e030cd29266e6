package http1

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What stands between start line and empty line becomes fields, in order and
// as it was spelled; what the grammar does not allow is kept and noted.
func TestFields(t *testing.T) {
	type line struct{ Name, Value, Line string }
	for _, c := range []struct {
		name    string
		lines   string // with line breaks, without the empty line
		want    []line
		defects []DefectID
	}{
		{"as the grammar has it", "Host: a\r\nAccept:\t b \r\n", []line{{"Host", "a", "Host: a"}, {"Accept", "b", "Accept:\t b "}}, nil},
		{"no fields", "", []line{}, nil},
		{"order, case and duplicates", "b: 1\r\nA: 2\r\nB: 3\r\n", []line{{"b", "1", "b: 1"}, {"A", "2", "A: 2"}, {"B", "3", "B: 3"}}, nil},
		{"no space after the colon", "host:example.com\r\n", []line{{"host", "example.com", "host:example.com"}}, nil},
		{"empty value", "Connection:\r\nUpgrade: \r\n", []line{{"Connection", "", "Connection:"}, {"Upgrade", "", "Upgrade: "}}, nil},
		{"colons in the value", "Host: [::1]:80\r\n", []line{{"Host", "[::1]:80", "Host: [::1]:80"}}, nil},
		{"bare LF", "A: 1\nB: 2\r\n", []line{{"A", "1", "A: 1"}, {"B", "2", "B: 2"}}, []DefectID{DefectBareLF}},
		{"space before the colon", "Upgrade : websocket\r\n", []line{{"Upgrade", "websocket", "Upgrade : websocket"}}, []DefectID{DefectSpaceBeforeColon}},
		{"no colon", "Upgrade websocket\r\nA: 1\r\n", []line{{"", "Upgrade websocket", "Upgrade websocket"}, {"A", "1", "A: 1"}}, []DefectID{DefectNoColon}},
		{"name that is no token", "X(Y): 1\r\n", []line{{"X(Y)", "1", "X(Y): 1"}}, []DefectID{DefectBadName}},
		{"no name", ": 1\r\n", []line{{"", "1", ": 1"}}, []DefectID{DefectBadName}},
		{"NUL", "A: x\x00y\r\n", []line{{"A", "x\x00y", "A: x\x00y"}}, []DefectID{DefectBadValue}},
		{"bare CR", "A: x\ry\r\n", []line{{"A", "x\ry", "A: x\ry"}}, []DefectID{DefectBadValue}},
		{"bare CR and bare LF", "A: x\ry\nB: 1\r\n", []line{{"A", "x\ry", "A: x\ry"}, {"B", "1", "B: 1"}}, []DefectID{DefectBareLF, DefectBadValue}},
		{"folded", "A: 1,\r\n \t2\r\n  3\r\nB: 4\r\n", []line{{"A", "1, 2 3", "A: 1,\r\n \t2\r\n  3"}, {"B", "4", "B: 4"}}, []DefectID{DefectObsFold}},
		{"folded at once", "A:\r\n 1\r\n", []line{{"A", "1", "A:\r\n 1"}}, []DefectID{DefectObsFold}},
		{"folded before the colon", "A\r\n : 1\r\n", []line{{"", "A : 1", "A\r\n : 1"}}, []DefectID{DefectNoColon, DefectObsFold}},
		{"white space before the first field", " A: 1\r\nB: 2\r\n", []line{{" A", "1", " A: 1"}, {"B", "2", "B: 2"}}, []DefectID{DefectBadName}},
		{"bytes beyond ASCII", "A: \xff\xfe\r\n", []line{{"A", "\xff\xfe", "A: \xff\xfe"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := "GET / HTTP/1.1\r\n" + c.lines + "\r\n"
			exchanges, _ := play(whole, Limits{}, []event{client(text)}, End{})
			require.Len(t, exchanges, 1)
			m := exchanges[0].Request
			got := []line{}
			for i, f := range m.Fields {
				got = append(got, line{f.Name, f.Value, m.Line(i)})
			}
			assert.Equal(t, c.want, got)
			assert.Empty(t, m.Line(len(m.Fields)))
			assert.Equal(t, text, m.Head)
			assert.True(t, m.Complete)
			var defects []DefectID
			for _, d := range m.Defects {
				defects = append(defects, d.ID)
			}
			assert.Equal(t, c.defects, defects)
		})
	}
}

// Trailers are fields too.
func TestTrailers(t *testing.T) {
	exchanges, _ := play(whole, Limits{}, []event{client(get), server(okChunk + "0\r\nA: 1\r\nB: 2\r\n\r\n")}, End{})
	require.Len(t, exchanges, 1)
	assert.Equal(t, []Field{{"A", "1"}, {"B", "2"}}, exchanges[0].Response.Trailers)
	assert.True(t, exchanges[0].Response.Content.Complete)
}

func TestStartLines(t *testing.T) {
	for _, c := range []struct {
		line                    string
		method, target, version string
		clean, ok               bool
	}{
		{"GET / HTTP/1.1", "GET", "/", "HTTP/1.1", true, true},
		{"GET  /  HTTP/1.1", "GET", "/", "HTTP/1.1", false, true},
		{"GET / HTTP/1.1 ", "GET", "/", "HTTP/1.1", false, true},
		{"GET /a\tb HTTP/1.1", "GET", "/a\tb", "HTTP/1.1", false, true},
		{"M-SEARCH * HTTP/1.1", "M-SEARCH", "*", "HTTP/1.1", true, true},
		{"GET /old", "GET", "/old", "", true, true},
		{"POST /old", "POST", "/old", "", false, true},
		{"HELO /old", "", "", "", false, false},
		{"GET HTTP/1.1", "GET", "", "HTTP/1.1", false, true},
		{"GET / HTTP/1.01", "GET", "/", "HTTP/1.01", false, true},
		{"GET /HTTP/1.1", "GET", "/HTTP/1.1", "", true, true},
		{"GET /a b", "", "", "", false, false},
		{"GET / HTTP/1.x", "GET", "/", "HTTP/1.x", false, true},
		{"GET / HTTP/", "GET", "/", "HTTP/", false, true},
		{"GET /?a=b HTTP", "GET", "/?a=b", "HTTP", false, true},
		{"HELO / HTTP/1.x", "", "", "", false, false},
		{"GET / HTTQ/1.1", "", "", "", false, false},
		{"G(T / HTTP/1.1", "", "", "", false, false},
		{" GET / HTTP/1.1", "", "", "", false, false},
		{"GET", "", "", "", false, false},
		{"", "", "", "", false, false},
	} {
		method, target, version, clean, ok := requestLine(c.line)
		assert.Equal(t, []any{c.method, c.target, c.version, c.clean, c.ok}, []any{method, target, version, clean, ok}, "%q", c.line)
	}
	for _, c := range []struct {
		line      string
		version   string
		status    int
		reason    string
		clean, ok bool
	}{
		{"HTTP/1.1 200 OK", "HTTP/1.1", 200, "OK", true, true},
		{"HTTP/1.0 404 Not Found", "HTTP/1.0", 404, "Not Found", true, true},
		{"HTTP/1.1 200 ", "HTTP/1.1", 200, "", true, true},
		{"HTTP/1.1 200", "HTTP/1.1", 200, "", false, true},
		{"HTTP/1.1  200 OK", "HTTP/1.1", 200, "OK", false, true},
		{"HTTP/1.01 200 OK", "HTTP/1.01", 200, "OK", false, true},
		{"HTTP/1.1 2000 OK", "", 0, "", false, false},
		{"HTTP/1.1 20 OK", "", 0, "", false, false},
		{"HTTP/1.1 000 OK", "", 0, "", false, false},
		{"HTTP/1\x00.1 200 ok", "HTTP/1\x00.1", 200, "ok", false, true},
		{"HTTP/1.1foo 200 ok", "HTTP/1.1foo", 200, "ok", false, true},
		{"ICY 200 OK", "ICY", 200, "OK", false, true},
		{"ICY 200", "ICY", 200, "", false, true},
		{"HTTP 200 OK", "", 0, "", false, false},
		{"HT 200 OK", "", 0, "", false, false},
		{"ICYS 200 OK", "", 0, "", false, false},
		{"HTTP/1.1200 OK", "", 0, "", false, false},
		{"HTTPS/1.1 200 OK", "", 0, "", false, false},
	} {
		version, status, reason, clean, ok := statusLine(c.line)
		assert.Equal(t, []any{c.version, c.status, c.reason, c.clean, c.ok}, []any{version, status, reason, clean, ok}, "%q", c.line)
	}
}
