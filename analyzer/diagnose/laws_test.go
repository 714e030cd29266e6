package diagnose

import (
	"strings"
	"testing"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// accused gives the nodes that findings blame, and how badly.
func accused(d *Diagnosis) map[string]bool {
	all := map[string]bool{}
	for _, f := range d.Findings {
		if f.Severity != Info && f.Culprit != "" {
			all[f.Culprit] = true
			all[f.Culprit+" of an error"] = all[f.Culprit+" of an error"] || f.Severity == Error
		}
	}
	return all
}

// everyExample runs f on every example and counterexample of every rule.
func everyExample(t *testing.T, f func(t *testing.T, e Example)) {
	for _, r := range Rules() {
		t.Run(r.ID, func(t *testing.T) { f(t, r.Example) })
		t.Run("not "+r.ID, func(t *testing.T) { f(t, r.Counterexample) })
	}
}

// TestSeeingLessAccusesNobody: whatever part of a journey was not captured, no
// node is blamed that is not blamed when everything was.
func TestSeeingLessAccusesNobody(t *testing.T) {
	everyExample(t, func(t *testing.T, e Example) {
		whole, j, hops := run(t, e)
		allowed := accused(whole)
		nodes := nodesBeside(t, e, hops)
		if e.followed(t, j) { // what followed is known only with what it followed
			nodes.Observe(j)
			observeBehind(t, e, j, nodes)
		}
		check := func(what string, less *chain.Journey) {
			d := Run(less, hops, nodes)
			for node, is := range accused(d) {
				assert.True(t, !is || allowed[node], "%s: %s is accused by %v", what, node, ids(d.Findings))
			}
			if d.Needed && d.Outcome == Undetermined {
				assert.Contains(t, ids(d.Findings), "not-enough-seen", "%s: nothing says what is missing", what)
			}
		}
		for i, x := range j.Exchanges {
			if x == nil {
				continue
			}
			check("nothing seen at "+hops[i].Name, without(j, i))
			check("no response seen at "+hops[i].Name, with(j, i, func(x *http1.Exchange) { x.Response, x.Unanswered = nil, false }))
			for n := range x.Request.Fields {
				check("request cut at "+hops[i].Name, with(j, i, func(x *http1.Exchange) { x.Request = cutHead(x.Request, n) }))
			}
			if x.Response == nil {
				continue
			}
			for n := range x.Response.Fields {
				check("response cut at "+hops[i].Name, with(j, i, func(x *http1.Exchange) { x.Response = cutHead(x.Response, n) }))
			}
		}
	})
}

// A guess that makes no difference, because the requests it could mean are alike
// to the last byte, is as good as knowing.
func TestGuessAmongAlikeIsEnough(t *testing.T) {
	r, ok := Lookup("nginx-default-strips-upgrade")
	require.True(t, ok)
	_, journey, hops := run(t, r.Example)
	for i := range journey.Links {
		journey.Links[i].Confidence, journey.Links[i].Alike = chain.Guess, true
	}
	d := Run(journey, hops, nil)
	require.Len(t, d.Findings, 1)
	assert.Equal(t, r, d.Findings[0].Rule)
	assert.Equal(t, chain.Likely, d.Findings[0].Certainty)
}

// TestGuessAccusesNobody: if it is only a guess that two requests are the same,
// no finding of severity error rests on both.
func TestGuessAccusesNobody(t *testing.T) {
	everyExample(t, func(t *testing.T, e Example) {
		_, j, hops := run(t, e)
		for i := range j.Links {
			guess := *j
			guess.Links = append([]chain.Link(nil), j.Links...)
			guess.Links[i].Confidence = chain.Guess
			l := guess.Links[i]
			for _, f := range Run(&guess, hops, nodesBeside(t, e, hops)).Findings {
				if f.Severity != Error {
					continue
				}
				sides := map[bool]bool{}
				for _, ev := range f.Evidence {
					sides[ev.Hop > l.From] = true
				}
				assert.Len(t, sides, 1, "%s rests on both sides of a guess", f.Rule.ID)
			}
		}
	})
}

// TestLikelyLinks: a finding is never surer than the link it rests on.
func TestLikelyLinks(t *testing.T) {
	_, j, hops := run(t, nginxDefault.Example)
	j.Links[0].Confidence = chain.Likely
	d := Run(j, hops, nil)
	assert.Equal(t, []string{"nginx-default-strips-upgrade"}, ids(d.Findings))
	assert.Equal(t, chain.Likely, d.Findings[0].Certainty)
	assert.Equal(t, Error, d.Findings[0].Severity)
}

// TestGapBetweenHops: a loss across a hop that was not seen is nobody's.
func TestGapBetweenHops(t *testing.T) {
	e := clbStripsUpgrade.Example
	_, j, hops := run(t, e)
	d := Run(without(j, 1), hops, nil)
	assert.Equal(t, []string{"not-enough-seen"}, ids(d.Findings))
	assert.Equal(t, Undetermined, d.Outcome)
	assert.Equal(t, "what became of the handshake cannot be told: no request was seen at nginx", d.Findings[0].Summary)

	steps := Steps(without(j, 1), hops)
	assert.Len(t, steps, 1)
	assert.Equal(t, "elb or nginx", steps[0].By)
}

// TestOneHopOnly: a single capture can prove a loss in front of it, and no more.
func TestOneHopOnly(t *testing.T) {
	d, _, _ := run(t, Example{Hops: []ExampleHop{nginxDefault.Example.Hops[0]}})
	assert.Equal(t, []string{"not-enough-seen"}, ids(d.Findings))
	assert.Equal(t, "what became of the handshake cannot be told: what nginx sends on was not captured", d.Findings[0].Summary)

	d, _, _ = run(t, Example{Hops: []ExampleHop{nginxDefault.Example.Hops[1]}})
	assert.Equal(t, []string{"upgrade-lost-before-first-capture"}, ids(d.Findings))
	assert.Empty(t, d.Findings[0].Culprit)
}

// TestHeadsCutBeforeTheHandshake: a short snapshot leaves nothing of a handshake but
// its first line and its refusal, which is no ordinary request that was passed on.
func TestHeadsCutBeforeTheHandshake(t *testing.T) {
	_, j, hops := run(t, nginxDefault.Example)
	for hop := range j.Exchanges {
		j = with(j, hop, func(x *http1.Exchange) { x.Request = cutHead(x.Request, 1) })
	}
	d := Run(j, hops, nil)
	assert.Empty(t, ids(d.Findings))
	assert.True(t, d.Unread)
	assert.True(t, d.Doubtful)

	answered := with(j, 0, func(x *http1.Exchange) { ok := *x.Response; ok.Status = 200; x.Response = &ok })
	assert.False(t, Run(answered, hops, nil).Doubtful)
	whole := with(j, 1, func(x *http1.Exchange) { m := *x.Request; m.Complete = true; x.Request = &m })
	assert.False(t, Run(whole, hops, nil).Doubtful)
}

// TestSecretsStayIn: no sentence quotes what may be a secret.
func TestSecretsStayIn(t *testing.T) {
	const secret = "s3cr3t"
	add := func(message string) string {
		return strings.Replace(message, "\n\n", "\nCookie: session="+secret+"\nAuthorization: Bearer "+secret+"\nSet-Cookie: s="+secret+"\n\n", 1)
	}
	everyExample(t, func(t *testing.T, e Example) {
		hops := append([]ExampleHop(nil), e.Hops...)
		for i := range hops {
			hops[i].Request = strings.Replace(add(hops[i].Request), " HTTP/", "?token="+secret+" HTTP/", 1)
			hops[i].Response = add(hops[i].Response)
		}
		d, _, _ := run(t, Example{Hops: hops, Beside: e.Beside})
		for _, f := range d.Findings {
			text := f.Summary + f.Explanation + fixText(f) + f.Variant
			for _, ev := range f.Evidence {
				text += ev.Note
			}
			assert.NotContains(t, text, secret, f.Rule.ID)
		}
	})
}

// followed tells whether more than the request itself is seen on its connections.
func (e Example) followed(t *testing.T, j *chain.Journey) bool {
	t.Helper()
	return len(behindOf(t, e.Hops, j)) > 0
}

// without gives the journey as if nothing had been seen at a hop.
func without(j *chain.Journey, hop int) *chain.Journey {
	less := &chain.Journey{Exchanges: append([]*http1.Exchange(nil), j.Exchanges...)}
	less.Exchanges[hop] = nil
	before := -1
	for i, x := range less.Exchanges {
		if x == nil {
			continue
		}
		if before >= 0 {
			less.Links = append(less.Links, chain.Link{From: before, To: i, Confidence: chain.Certain})
		}
		before = i
	}
	return less
}

// with gives the journey with one exchange changed.
func with(j *chain.Journey, hop int, change func(*http1.Exchange)) *chain.Journey {
	other := &chain.Journey{Exchanges: append([]*http1.Exchange(nil), j.Exchanges...), Links: j.Links}
	x := *j.Exchanges[hop]
	change(&x)
	other.Exchanges[hop] = &x
	return other
}

// cutHead gives a head of which only the first fields were seen.
func cutHead(m *http1.Message, fields int) *http1.Message {
	short := *m
	short.Fields, short.Complete = m.Fields[:fields], false
	return &short
}

// TestOrdinaryJourneysNeedNoRules: what is called ordinary, the rules say nothing
// of, whatever was seen besides. All examples are tried as they are, and without
// what makes them upgrades, with various answers.
func TestOrdinaryJourneysNeedNoRules(t *testing.T) {
	ordinary := 0
	everyExample(t, func(t *testing.T, e Example) {
		for _, status := range []string{"", "200 OK", "302 Found", "404 Not Found", "101 Switching Protocols", "502 Bad Gateway"} {
			for _, strip := range [][]string{nil, {"upgrade", "connection", "sec-websocket"}, {"proxy", "upgrade", "connection", "sec-websocket", "content-length", "transfer"}} {
				tried := tamed(e, status, strip)
				_, j, hops := run(t, tried)
				for _, nodes := range []*Nodes{nil, nodesBeside(t, e, hops), nodesBeside(t, tried, hops)} {
					if nodes != nil {
						nodes.Observe(j)
					}
					assert.Equal(t, ask(j, hops, nodes), Run(j, hops, nodes))
				}
				if IsOrdinary(j) {
					ordinary++
				}
			}
		}
	})
	assert.Greater(t, ordinary, 50)
}

// tamed gives an example with another status in all responses, unless that is
// empty, and without the lines of requests that begin with any of some words.
func tamed(e Example, status string, strip []string) Example {
	hops := append([]ExampleHop(nil), e.Hops...)
	for i := range hops {
		h := &hops[i]
		if version, rest, ok := strings.Cut(h.Response, " "); ok && status != "" {
			_, rest, _ = strings.Cut(rest, "\n")
			h.Response = version + " " + status + "\n" + rest
		}
		var lines []string
		for line := range strings.SplitSeq(h.Request, "\n") {
			if !hasAnyPrefix(strings.ToLower(line), strip) {
				lines = append(lines, line)
			}
		}
		h.Request = strings.Join(lines, "\n")
		if hasAnyPrefix("proxy", strip) {
			h.Proxy = ""
		}
	}
	e.Hops = hops
	return e
}

func hasAnyPrefix(s string, prefixes []string) bool {
	for _, p := range prefixes {
		if strings.HasPrefix(s, p) {
			return true
		}
	}
	return false
}
