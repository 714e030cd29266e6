package diagnose

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestWhereRequestsEnd: what is said of requests whose length can be read in
// more than one way, as they go through two nodes.
func TestWhereRequestsEnd(t *testing.T) {
	post := func(fields, content string) string {
		return "POST /search HTTP/1.1\nHost: app.example.com\n" + fields + "\n" + content
	}
	const (
		ok       = exampleEmpty200
		bad      = "HTTP/1.1 400 Bad Request\nContent-Length: 0\n\n"
		chunked  = "Transfer-Encoding: chunked\n"
		five     = "Content-Length: 5\n"
		end      = "0\n\n"
		passedOn = "warning request-length-ambiguous by edge"
		known    = "info request-length-ambiguous by "
	)
	both := post(five+chunked, end)
	tests := []struct {
		name                      string
		front, answer, behind, by string // request and answer at edge, and at app
		want                      string // severity, rule and culprit; empty if nothing is found
		says                      string // within the summary
	}{
		{"plain", post(five, "0\n\n"), ok, post(five, "0\n\n"), ok, "", ""},
		{"both fields, refused", both, bad, "", "", known, "edge answered 400, and it was not seen behind it"},
		{"both fields, put right by the length", both, ok, post(five, end), ok, known, "edge sent it on with Content-Length: 5"},
		{"both fields, put right by the coding", both, ok, post(chunked, end), ok, known, "edge sent it on with Transfer-Encoding: chunked"},
		{"both fields, passed on", both, ok, both, ok, passedOn, "edge passed it on"},
		{"both fields, made by the node", post(five, end), ok, both, ok, passedOn, "edge made it so"},
		{"both fields, one hop", both, ok, "", "", known, "what other nodes made of it was not seen"},
		{"folded coding, passed on", post("Transfer-Encoding:\n chunked\n", end), ok, post("Transfer-Encoding:\n chunked\n", end), ok, passedOn, "Transfer-Encoding that is continued on the next line"},
		{"a fold that reads like a coding", post(five+"X: y\n Transfer-Encoding: chunked\n", end), ok, post(five+"X: y Transfer-Encoding: chunked\n", end), ok, known, `a line that continues "X" and reads like Transfer-Encoding`},
		{"any other fold", post(five+"X: y\n z\n", end), ok, post(five+"X: y\n z\n", end), ok, "", ""},
		{"any other space before a colon", post(five+"X : y\n", end), ok, post(five+"X : y\n", end), ok, "", ""},
		{"underscore", post(five+"Transfer_Encoding: chunked\n", end), ok, post(five+"Transfer_Encoding: chunked\n", end), ok, passedOn, `a field named "Transfer_Encoding"`},
		{"a length twice, put right", post(five+five, end), ok, post(five, end), ok, known, "Content-Length more than once"},
		{"NUL, passed on", post(five+"X: y\x00\n", end), ok, post(five+"X: y\x00\n", end), ok, passedOn, `a NUL or a bare CR in the value of "X"`},
		{"NUL behind what cannot be a name", post(five+"Cookie a=b: y\x00\n", end), ok, post(five+"Cookie a=b: y\x00\n", end), ok, passedOn, "in the value of a field whose name cannot be one"},
		{"a fold behind what cannot be a name", post(five+"Cookie a=b: y\n Transfer-Encoding: chunked\n", end), ok, post(five+"X: y Transfer-Encoding: chunked\n", end), ok, known, "a line that continues a field whose name cannot be one and reads like Transfer-Encoding"},
		{"no number", post("Content-Length: +5\n", end), bad, "", "", known, "Content-Length: +5"},
		{"coding in HTTP/1.0", strings.Replace(post(chunked, end), "1.1", "1.0", 1), ok, strings.Replace(post(chunked, end), "1.1", "1.0", 1), ok, passedOn, "in HTTP/1.0"},
		{"content in GET, passed on", strings.Replace(post(five, end), "POST", "GET", 1), ok, strings.Replace(post(five, end), "POST", "GET", 1), ok, known, "content in GET; edge sent it on with Content-Length: 5"},
		{"hidden, answered once", exampleCarrier, ok, exampleCarrier, ok, passedOn, "edge passed it on"},
		{"hidden, answered twice", exampleCarrier, ok, exampleCarrier, ok + ok, "error smuggled-request-seen by app", "app read the content of POST /search as a request of its own: GET /admin"},
		{"hidden, answered twice in front", exampleCarrier, ok + ok, exampleCarrier, ok, "error smuggled-request-seen by edge", "edge read the content"},
		{"hidden, and the idle connection is told so", exampleCarrier, ok, exampleCarrier, ok + "HTTP/1.1 408 Request Timeout\nContent-Length: 0\n\n", passedOn, "edge passed it on"},
		{"hidden, sent on by itself", exampleCarrier, ok, post(chunked, end) + exampleHidden, ok + ok, "error smuggled-request-seen by edge", "edge read the content of POST /search as a request of its own: GET /admin"},
		{"hidden, and another request behind it", exampleCarrier, ok, post(chunked, end) + "GET /up HTTP/1.1\nHost: app.example.com\n\n", ok + ok, known, "edge sent it on with Transfer-Encoding: chunked"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hops := []ExampleHop{{Name: "edge", Request: tt.front, Response: tt.answer}, {Name: "app", Request: tt.behind, Response: tt.by}}
			d, _, _ := run(t, Example{Hops: hops})
			if tt.want == "" {
				assert.Empty(t, ids(d.Findings))
				return
			}
			if assert.Len(t, d.Findings, 1) {
				f := d.Findings[0]
				assert.Equal(t, tt.want, string(f.Severity)+" "+f.Rule.ID+" by "+f.Culprit)
				assert.Contains(t, f.Summary, tt.says)
				assert.Equal(t, f.Severity == Info, f.Fix == nil, "there is something to change unless a node did right")
			}
		})
	}
}

// TestTunnelsNeedSigns: requests behind a refused upgrade are ordinary ones
// unless the node is seen to have stopped reading.
func TestTunnelsNeedSigns(t *testing.T) {
	carrier := tunnelWithout101.Example
	change := func(hop int, do func(h *ExampleHop)) []ExampleHop {
		hops := append([]ExampleHop(nil), carrier.Hops...)
		do(&hops[hop])
		return hops
	}
	tests := []struct {
		name string
		hops []ExampleHop
		want bool
	}{
		{"as in the example", carrier.Hops, true},
		{"the node never changes anything", change(1, func(h *ExampleHop) { h.Request = carrier.Hops[0].Request }), false},
		{"nothing follows", change(1, func(h *ExampleHop) { h.Request, _, _ = strings.Cut(h.Request, "GET /admin") }), false},
		{"the upgrade is made", change(1, func(h *ExampleHop) { h.Response = exampleSwitching }), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, _ := run(t, Example{Hops: tt.hops})
			assert.Equal(t, tt.want, strings.Contains(strings.Join(ids(d.Findings), " "), "tunnel-without-101"))
		})
	}
}
