package diagnose

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// hs writes a handshake with other or further fields: "Name: value" replaces or
// adds, "-Name" takes away.
func hs(changes ...string) string {
	lines := strings.Split(strings.TrimSuffix(exampleHandshake, "\n\n"), "\n")
	for _, c := range changes {
		name, _, _ := strings.Cut(strings.TrimPrefix(c, "-"), ":")
		kept := lines[:1:1]
		for _, l := range lines[1:] {
			if n, _, _ := strings.Cut(l, ":"); !strings.EqualFold(n, name) {
				kept = append(kept, l)
			}
		}
		if lines = kept; !strings.HasPrefix(c, "-") {
			lines = append(lines, c)
		}
	}
	return strings.Join(lines, "\n") + "\n\n"
}

// TestScenarios: what is found in chains as they are met.
func TestScenarios(t *testing.T) {
	const answer404 = "HTTP/1.1 404 Not Found\nContent-Length: 0\n\n"
	viaNginx := strings.Replace(answer404, "\n", "\nServer: nginx/1.22.1\n", 1)
	tests := []struct {
		name    string
		hops    []ExampleHop
		want    []string // rule by culprit
		outcome Outcome
	}{
		{"all is well", []ExampleHop{
			{Name: "elb", Request: hs(), Response: exampleSwitching},
			{Name: "nginx", Request: hs(), Response: exampleSwitching},
			{Name: "puma", Request: hs("Connection: upgrade"), Response: exampleSwitching},
		}, nil, Upgraded},
		{"a load balancer strips, and only what is behind it was captured", []ExampleHop{
			{Name: "nginx", Request: hs("-Upgrade", "Connection: keep-alive", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Port: 80", "X-Forwarded-Proto: http"), Response: viaNginx},
			{Name: "puma", Request: hs("-Upgrade", "Connection: close"), Response: answer404},
		}, []string{"clb-http-listener-strips-upgrade by "}, Lost},
		{"an extra header of nginx before it says nothing of a load balancer behind it", []ExampleHop{
			{Name: "elb", Request: hs(), Response: answer404},
			{Name: "web", Request: hs("-Upgrade", "Connection: keep-alive", "X-Forwarded-For: 192.0.2.1", "X-Forwarded-Port: 80", "X-Forwarded-Proto: http", "Via: 1.1 proxy"), Response: answer404},
		}, []string{"intermediary-strips-upgrade by elb"}, Lost},
		{"an orphan Upgrade is dropped rightly: the hop before had lost Connection", []ExampleHop{
			{Name: "old", Request: hs(), Response: answer404},
			{Name: "haproxy", Request: hs("Connection: keep-alive"), Response: answer404},
			{Name: "puma", Request: hs("-Upgrade", "-Connection"), Response: answer404},
		}, []string{"connection-header-missing-only by old"}, Lost},
		{"Connection is lost and put back: no harm was done", []ExampleHop{
			{Name: "old", Request: hs(), Response: exampleSwitching},
			{Name: "nginx", Request: hs("-Connection"), Response: exampleSwitching},
			{Name: "puma", Request: hs(), Response: exampleSwitching},
		}, nil, Upgraded},
		{"another protocol than websocket", []ExampleHop{
			{Name: "nginx", Request: "POST /exec HTTP/1.1\nHost: k8s\nConnection: Upgrade\nUpgrade: SPDY/3.1\n\n", Response: viaNginx},
			{Name: "api", Request: "POST /exec HTTP/1.0\nHost: k8s\nConnection: close\n\n", Response: answer404},
		}, []string{"nginx-default-strips-upgrade by nginx"}, Lost},
		{"an offer of h2c is passed over", []ExampleHop{
			{Name: "nginx", Request: "GET / HTTP/1.1\nHost: a\nConnection: Upgrade, HTTP2-Settings\nUpgrade: h2c\nHTTP2-Settings: AAM\n\n", Response: "HTTP/1.1 200 OK\nServer: nginx\n\n"},
			{Name: "app", Request: "GET / HTTP/1.0\nHost: a\nConnection: close\n\n", Response: "HTTP/1.1 200 OK\n\n"},
		}, nil, OK},
		{"the server makes the wrong Accept", []ExampleHop{
			{Name: "nginx", Request: hs(), Response: strings.Replace(exampleSwitching, "HSmr", "XXXX", 1)},
			{Name: "puma", Request: hs(), Response: strings.Replace(exampleSwitching, "HSmr", "XXXX", 1)},
		}, []string{"accept-wrong by puma"}, Failed},
		{"a doubled key is answered for the doubled key", []ExampleHop{
			{Name: "gateway", Request: hs("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), Response: strings.Replace(exampleSwitching, "HSmrc0sMlYUkAGmm5OPpG2HaGWk=", "motd92hNo/XZm4ZNfS/a+cB0Id4=", 1)},
			{Name: "puma", Request: strings.Replace(hs("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="), "\n\n", "\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\n", 1), Response: strings.Replace(exampleSwitching, "HSmrc0sMlYUkAGmm5OPpG2HaGWk=", "motd92hNo/XZm4ZNfS/a+cB0Id4=", 1)},
		}, []string{"accept-wrong by gateway"}, Failed},
		{"the 101 comes as 504", []ExampleHop{
			{Name: "waf", Request: hs(), Response: "HTTP/1.1 504 Gateway Timeout\n\n"},
			{Name: "puma", Request: hs(), Response: exampleSwitching},
		}, []string{"101-swallowed by waf"}, Failed},
		{"Connection is lost, the server upgrades all the same, the proxy won't have it: one cause, one finding", []ExampleHop{
			{Name: "proxy", Request: hs(), Response: "HTTP/1.1 502 Bad Gateway\n\n"},
			{Name: "sloppy", Request: hs("-Connection"), Response: exampleSwitching},
		}, []string{"connection-header-missing-only by proxy"}, Lost},
		{"a proxy answers and nobody saw whether it asked", []ExampleHop{
			{Name: "nginx", Request: hs(), Response: "HTTP/1.1 502 Bad Gateway\nServer: nginx\n\n"},
			{Name: "puma"},
		}, []string{"not-enough-seen by "}, Undetermined},
		{"Upgrade is lost, a later nginx puts it back by itself, and the tunnel does not come back", []ExampleHop{
			{Name: "edge", Request: hs(), ClosedBy: ClosedLate},
			{Name: "nginx", Request: strings.Replace(hs("Host: app", "Connection: close", "-Upgrade"), "HTTP/1.1", "HTTP/1.0", 1), ClosedBy: ClosedLate},
			{Name: "puma", Request: hs(), Response: exampleSwitching},
		}, []string{"intermediary-strips-upgrade by edge", "101-swallowed by nginx"}, Lost},
		{"a client without a key", []ExampleHop{
			{Name: "nginx", Request: hs("-Sec-WebSocket-Key"), Response: "HTTP/1.1 400 Bad Request\n\n"},
			{Name: "puma", Request: hs("-Sec-WebSocket-Key"), Response: "HTTP/1.1 400 Bad Request\n\n"},
		}, []string{"sec-websocket-key-missing by "}, Failed},
		{"Upgrade and the key are lost at different nodes", []ExampleHop{
			{Name: "cdn", Request: hs(), Response: answer404},
			{Name: "nginx", Request: hs("-Sec-WebSocket-Key"), Response: viaNginx},
			{Name: "puma", Request: hs("-Sec-WebSocket-Key", "-Upgrade", "Connection: close"), Response: answer404},
		}, []string{"nginx-default-strips-upgrade by nginx", "sec-websocket-key-missing by cdn"}, Lost},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, _ := run(t, Example{Hops: tt.hops})
			var got []string
			for _, f := range d.Findings {
				got = append(got, f.Rule.ID+" by "+f.Culprit)
			}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.outcome, d.Outcome)
		})
	}
}

// TestOriginCauses: the four things that make Action Cable refuse a handshake
// that arrived, and who is to be changed.
func TestOriginCauses(t *testing.T) {
	const xfp = "X-Forwarded-Proto: "
	tests := []struct {
		name         string
		nginx, puma  string
		culprit, why string
		fix          string
	}{
		{"Host is rewritten", hs(), hs("Host: app"), "nginx", `turned Host from "app.example.com" into "app"`, "proxy_set_header Host $http_host"},
		{"Host loses its port", hs("Host: app.example.com:8080", "Origin: http://app.example.com:8080"), hs("Host: app.example.com", "Origin: http://app.example.com:8080"),
			"nginx", `into "app.example.com"`, "proxy_set_header Host $http_host"},
		{"X-Forwarded-Proto is overwritten", hs("Origin: https://app.example.com", xfp+"https"), hs("Origin: https://app.example.com", xfp+"http"),
			"nginx", "is told X-Forwarded-Proto: http", "$http_x_forwarded_proto"},
		{"X-Forwarded-Proto was never there", hs("Origin: https://app.example.com"), hs("Origin: https://app.example.com"),
			"", "is told no X-Forwarded-Proto", "what ends TLS in front of nginx"},
		{"X-Forwarded-Proto is wss", hs("Origin: https://app.example.com", xfp+"https"), hs("Origin: https://app.example.com", xfp+"wss"),
			"nginx", "X-Forwarded-Proto: wss", "Say https instead of wss"},
		{"a page from elsewhere", hs("Origin: https://other.example"), hs("Origin: https://other.example"),
			"puma", `Origin "https://other.example" is not among`, `allowed_request_origins = ["https://other.example"]`},
		{"a sandboxed iframe", hs("Origin: null"), hs("Origin: null"), "puma", `Origin "null" is not among`, `Allowing "null" would let in`},
		{"Origin is dropped", hs(), hs("-Origin"), "nginx", "nginx dropped Origin", "Pass Origin on"},
		{"the client sends no Origin", hs("-Origin"), hs("-Origin"), "puma", "the client sends no Origin", "allowed_request_origins"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, _ := run(t, Example{Hops: []ExampleHop{
				{Name: "nginx", Request: tt.nginx, Response: actionCable404},
				{Name: "puma", Request: tt.puma, Response: actionCable404},
			}})
			require.Equal(t, []string{"actioncable-origin-not-allowed"}, ids(d.Findings))
			f := d.Findings[0]
			assert.Equal(t, tt.culprit, f.Culprit)
			assert.Contains(t, f.Summary, tt.why)
			assert.Contains(t, fixText(f), tt.fix)
			assert.NotRegexp(t, `\{[a-z_]+\}`, f.Summary+f.Explanation+fixText(f))
			assert.Equal(t, Refused, d.Outcome)
		})
	}
}

// TestVerdict: from outcomes to the exit status of the whole.
func TestVerdict(t *testing.T) {
	diagnosis := func(o Outcome, severities ...Severity) *Diagnosis {
		d := &Diagnosis{Upgrade: o != OK, Needed: o != OK, Outcome: o}
		for _, s := range severities {
			d.Findings = append(d.Findings, Finding{Severity: s})
		}
		return d
	}
	tests := []struct {
		name string
		all  []*Diagnosis
		want Verdict
	}{
		{"nothing at all", nil, Inconclusive},
		{"ordinary requests only", []*Diagnosis{diagnosis(OK)}, Pass},
		{"upgraded", []*Diagnosis{diagnosis(Upgraded), diagnosis(OK)}, Pass},
		{"a request that may have been a handshake", []*Diagnosis{diagnosis(Upgraded), {Unread: true, Doubtful: true, Outcome: OK}}, Inconclusive},
		{"one that hardly was", []*Diagnosis{diagnosis(Upgraded), {Unread: true, Outcome: OK}}, Pass},
		{"refused by the application", []*Diagnosis{diagnosis(Refused, Warning)}, Pass},
		{"one of two not seen", []*Diagnosis{diagnosis(Upgraded), diagnosis(Undetermined, Info)}, Inconclusive},
		{"an error outweighs what was not seen", []*Diagnosis{diagnosis(Lost, Error), diagnosis(Undetermined, Info)}, Fail},
		{"an error in an ordinary request", []*Diagnosis{diagnosis(OK, Error)}, Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var tally Tally
			for _, d := range tt.all {
				tally.Add(d)
			}
			assert.Equal(t, tt.want, tally.Conclude())
			assert.Equal(t, tally.Asked, tally.Upgraded+tally.Lost+tally.Refused+tally.Failed+tally.Inconclusive)
		})
	}
}

// TestKeyTellsProblemsApart: the same problem of many requests is one, two
// origins that are refused are two.
func TestKeyTellsProblemsApart(t *testing.T) {
	refused := func(origin, path string) Key {
		request := strings.Replace(hs("Origin: "+origin), "/cable", path, 1)
		d, _, _ := run(t, Example{Hops: []ExampleHop{{Name: "puma", Request: request, Response: actionCable404}}})
		require.Len(t, d.Findings, 1)
		return d.Findings[0].Key()
	}
	assert.Equal(t, refused("https://a.example", "/cable"), refused("https://a.example", "/cable?token=1"))
	assert.NotEqual(t, refused("https://a.example", "/cable"), refused("https://b.example", "/cable"))
}

// TestRefusedBeforeTheRequest: a server that refuses a PROXY protocol header
// may answer before the request has come; the answer is then an exchange of its
// own on the same connection.
func TestRefusedBeforeTheRequest(t *testing.T) {
	e := proxyV2Unexpected.Example
	j, hops := journeyOf(t, e.Hops)
	x := j.Exchanges[1]
	early := &http1.Exchange{Conn: x.Conn, Response: x.Response}
	late := *x
	late.Response, late.Index = nil, 1
	j.Exchanges[1] = &late

	assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nil).Findings))
	nodes := NewNodes(hops)
	nodes.Observe(&chain.Journey{Exchanges: []*http1.Exchange{nil, early, nil}})
	d := Run(j, hops, nodes)
	assert.Equal(t, []string{"proxy-v2-unexpected"}, ids(d.Findings))
	assert.Equal(t, Failed, d.Outcome)
}

// TestMayHavePassed: a node is not said to have refused what may have gone on to the
// next one: a connection that could not be read began there meanwhile.
func TestMayHavePassed(t *testing.T) {
	const second = int64(time.Second)
	for name, c := range map[string]struct {
		begun []int64 // behind the node, after the connection in front
		ahead int64   // of the clock behind
		fires bool
	}{
		"nothing":                 {nil, 0, true},
		"meanwhile":               {[]int64{1}, 0, false},
		"long before":             {[]int64{-60 * second}, 0, true},
		"long after":              {[]int64{60 * second}, 0, true},
		"by a clock that is late": {[]int64{-60 * second}, -60 * second, false},
		"too many":                {make([]int64, MaxIllegible+1), 3600 * second, false},
	} {
		t.Run(name, func(t *testing.T) {
			for _, e := range []Example{proxyV1Unexpected.Example, proxyV2Unexpected.Example, proxyExpectedButAbsent.Example} {
				j, hops := journeyOf(t, e.Hops)
				nodes := NewNodes(hops)
				nodes.Time = func(hop int, at int64) int64 {
					if hop == 2 {
						at -= c.ahead
					}
					return at
				}
				for _, after := range c.begun {
					nodes.ObserveIllegible(2, j.Exchanges[1].Conn.Start+after)
				}
				found := ids(Run(j, hops, nodes).Findings)
				assert.Equal(t, !c.fires, slices.Equal(found, []string{"not-enough-seen"}), "%v", found)
			}
		})
	}
}

// TestSteps: what is shown of each passage, with the node that made it.
func TestSteps(t *testing.T) {
	_, j, hops := run(t, clbStripsUpgrade.Example)
	steps := Steps(j, hops)
	require.Len(t, steps, 2)
	assert.Equal(t, "elb", steps[0].By)
	assert.Equal(t, "nginx", steps[1].By)
	assert.NotEmpty(t, steps[0].Request)
	assert.NotEmpty(t, steps[1].Response, "nginx adds Server")
}

// TestNoTimeToPassItOn: a 101 that comes in the moment in which the client leaves is not
// swallowed.
func TestNoTimeToPassItOn(t *testing.T) {
	j, hops := journeyOf(t, switchingSwallowed.Example.Hops)
	assert.Equal(t, []string{"101-swallowed"}, ids(Run(j, hops, nil).Findings))
	front, behind := j.Exchanges[0], j.Exchanges[1]
	behind.Response.Start = behind.Request.Start + front.End.Since - front.Request.Start - int64(time.Millisecond)/2
	assert.Equal(t, []string{"not-enough-seen"}, ids(Run(j, hops, nil).Findings))
}

// TestCutOffer: a first head that breaks off behind Connection: Upgrade may have been
// one of a handshake, whatever a later one has.
func TestCutOffer(t *testing.T) {
	const refused = "HTTP/1.1 404 Not Found\n\n"
	for cut, doubtful := range map[string]bool{"GET /cable HTTP/1.1\nHost: a\nConnection: Upgrade\nOri": true, "GET /cable HTTP/1.1\nHost: a\nOri": false} {
		j, hops := journeyOf(t, []ExampleHop{{Name: "nginx", Request: cut, Response: refused}, {Name: "puma", Request: "GET /cable HTTP/1.1\nHost: a\n\n", Response: refused}})
		assert.Equal(t, doubtful, Run(j, hops, nil).Doubtful, cut)
	}
}

// TestBeginning: enough to know a request by.
func TestBeginning(t *testing.T) {
	for path, want := range map[string]string{"/": "/", "/up": "/up", "/up/": "/up/", "/files/5f1c0b6a": "/files/...", "*": "*", "/a/b/c": "/a/..."} {
		assert.Equal(t, want, beginning(path), path)
	}
}

// TestPathOf: a path is shown without its query, and is fit for a terminal and
// for a comment in a configuration file.
func TestPathOf(t *testing.T) {
	for target, want := range map[string]string{
		"/cable": "/cable", "/cable?token=s3cr3t": "/cable", "http://a/cable?x": "/cable", "*": "*", "": "/", "a:443": "/",
		"/a\x1b[31m": "/a?[31m", `/a"b`: "/a?b", "/" + strings.Repeat("x", 100): "/...",
		"/cable/" + strings.Repeat("x", 72) + "/y": "/cable/" + strings.Repeat("x", 72) + "/...", "/cable/" + strings.Repeat("x", 74): "/cable/...",
	} {
		assert.Equal(t, want, pathOf(target), target)
	}
}
