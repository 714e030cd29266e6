package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// head makes a message of hophound's that stands in one packet.
func head(packet uint64, start string, fields ...string) *message {
	parts := strings.Split(start, " ")
	m := &message{packet: packet, until: packet, version: parts[0]}
	if len(parts) == 3 {
		m.method, m.target, m.version = parts[0], parts[1], parts[2]
	} else {
		m.status = parts[1]
	}
	for _, f := range fields {
		m.fields = append(m.fields, fieldOf(f))
	}
	return m
}

func TestCompare(t *testing.T) {
	get := head(4, "GET / HTTP/1.1", "Host: a", "Accept: */*")
	ok := head(6, "HTTP/1.1 200", "Content-Length: 5")
	for _, c := range []struct {
		name         string
		tshark, ours []*message
		want         string
	}{
		{"the same", []*message{get, ok}, []*message{get, ok}, "tshark alone 0+0, hophound alone 0+0, read differently 0"},
		{"in another order", []*message{get, ok}, []*message{ok, get}, "tshark alone 0+0, hophound alone 0+0, read differently 0"},
		{"a response is missing", []*message{get, ok}, []*message{get}, "tshark alone 0+1, hophound alone 0+0, read differently 0"},
		{"a request too many", []*message{ok}, []*message{get, ok}, "tshark alone 0+0, hophound alone 1+0, read differently 0"},
		{"another value", []*message{get}, []*message{head(4, "GET / HTTP/1.1", "Host: b", "Accept: */*")}, "tshark alone 0+0, hophound alone 0+0, read differently 1"},
		{"a field in another case", []*message{get}, []*message{head(4, "GET / HTTP/1.1", "host: a", "Accept: */*")}, "tshark alone 0+0, hophound alone 0+0, read differently 1"},
		{"a field less", []*message{get}, []*message{head(4, "GET / HTTP/1.1", "Host: a")}, "tshark alone 0+0, hophound alone 0+0, read differently 1"},
		{"another target", []*message{get}, []*message{head(4, "GET /b HTTP/1.1", "Host: a", "Accept: */*")}, "tshark alone 0+0, hophound alone 0+0, read differently 1"},
		{"another packet", []*message{get}, []*message{head(5, "GET / HTTP/1.1", "Host: a", "Accept: */*")}, "tshark alone 0+0, hophound alone 0+0, read differently 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, compare(truth{}, c.tshark, c.ours).what())
		})
	}
}

// An explanation must be of something, and everything must be explained.
func TestJudge(t *testing.T) {
	get := head(4, "GET / HTTP/1.1")
	alike := compare(truth{File: "f"}, []*message{get}, []*message{get})
	apart := compare(truth{File: "f"}, []*message{get}, nil)
	explaining := func(what string) *explained {
		return &explained{files: map[string]explanation{"f": {file: "f", what: what, reason: "tls"}}}
	}
	var out strings.Builder
	assert.True(t, judge(&out, options{}, []*comparison{alike}, &explained{}))
	assert.False(t, judge(&out, options{}, []*comparison{apart}, &explained{}), "not explained")
	assert.True(t, judge(&out, options{}, []*comparison{apart}, explaining(apart.what())))
	assert.False(t, judge(&out, options{}, []*comparison{apart}, explaining("something else")), "explained otherwise")
	assert.False(t, judge(&out, options{}, []*comparison{alike}, explaining(apart.what())), "agrees by now")
	assert.False(t, judge(&out, options{}, nil, explaining(apart.what())), "not in the corpus")
}

func TestExplainedIsConsistent(t *testing.T) {
	e, err := readExplained(".")
	require.NoError(t, err)
	assert.NotEmpty(t, e.files)
}

func TestReadPDML(t *testing.T) {
	const pdml = `<pdml><packet><proto name="geninfo"><field name="num" show="7"/></proto>
		<proto name="http"><field name="" value=""><field name="http.request.method" value="474554"/>
			<field name="http.request.uri" value="2f"/><field name="http.request.version" value="485454502f312e31"/></field>
			<field name="http.request.line" value="486f73743a20610d0a"/></proto></packet></pdml>`
	messages, err := readPDML(strings.NewReader(pdml))
	require.NoError(t, err)
	require.Len(t, messages, 1)
	assert.Equal(t, &message{packet: 7, method: "GET", target: "/", version: "HTTP/1.1", fields: []field{{"Host", "a"}}}, messages[0])
}
