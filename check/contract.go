package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/pcaps"
	"github.com/hophound/hophound/report"
)

// Contract holds every request that was seen whole at the first and at the last
// hop against the case's contract: the fields named in preserve arrive as they
// were sent, and no value that came in under a name in strip arrives, nor an element of
// one that is a list. The report must have been made with analyzer.Options.All, and hold
// every request. A contract that no
// request could be held against is a problem too. What is quoted of the traffic
// is masked by secrets.
func Contract(c *pcaps.Case, r *analyzer.Report, secrets *report.Secrets) []Problem {
	if len(c.Preserve) == 0 && len(c.Strip) == 0 {
		return nil
	}
	var broken breaches
	held := 0
	secrets.Learn(r)
	for _, j := range r.Journeys {
		sent, arrived := ends(j)
		if sent == nil || arrived == nil {
			continue
		}
		held++
		where := fmt.Sprintf("%s %s (%s and %s)", secrets.Method(sent.Method), secrets.Target(sent.Target),
			placeOf(r, 0, sent), placeOf(r, len(r.Hops)-1, arrived))
		for _, name := range c.Preserve {
			if before, after := sent.Values(name), arrived.Values(name); !slices.Equal(before, after) {
				broken.add("preserve "+name, fmt.Sprintf("%s: sent %s, arrived %s", where, shown(name, before, secrets), shown(name, after, secrets)))
			}
		}
		for _, name := range c.Strip {
			there := elements(arrived.Values(name))
			for _, v := range sent.Values(name) {
				if slices.ContainsFunc(elements([]string{v}), func(e string) bool { return slices.Contains(there, e) }) {
					broken.add("strip "+name, fmt.Sprintf("%s: %s arrived from outside", where, shown(name, []string{v}, secrets)))
				}
			}
		}
	}
	if there, all := uint64(len(r.Journeys)), r.Summary.Journeys; there < all {
		return append(broken.problems(), Problem{What: fmt.Sprintf("the report holds %d of %d requests: preserve and strip were not held against the others", there, all)})
	}
	if held == 0 {
		return []Problem{{What: "no request was seen whole at the first and the last hop, so that preserve and strip could not be held against any"}}
	}
	return broken.problems()
}

// elements gives the values of a field and the elements of those that are lists
// (RFC 9110 §5.6.1): nodes append to them, and make one line of several.
func elements(values []string) []string {
	all := slices.Clone(values)
	for _, v := range values {
		for e := range strings.SplitSeq(v, ",") {
			if e = strings.TrimSpace(e); e != "" {
				all = append(all, e)
			}
		}
	}
	return all
}

// breaches are the clauses of a contract that were broken, in the order in which
// that was found, with the first request that broke each.
type breaches struct {
	clauses  []string
	examples map[string]string
	counts   map[string]int
}

func (b *breaches) add(clause, example string) {
	if b.counts == nil {
		b.examples, b.counts = map[string]string{}, map[string]int{}
	}
	if b.counts[clause] == 0 {
		b.clauses = append(b.clauses, clause)
		b.examples[clause] = example
	}
	b.counts[clause]++
}

func (b *breaches) problems() []Problem {
	var problems []Problem
	for _, clause := range b.clauses {
		what := clause + ": " + b.examples[clause]
		if more := b.counts[clause] - 1; more > 0 {
			what += fmt.Sprintf("; and %d more", more)
		}
		problems = append(problems, Problem{What: what})
	}
	return problems
}

// placeOf says where a head stands: "packet 9 at elb".
func placeOf(r *analyzer.Report, hop int, m *http1.Message) string {
	numbers := make([]string, len(m.Packets))
	for i, n := range m.Packets {
		numbers[i] = strconv.FormatUint(n, 10)
	}
	word := "packet "
	if len(numbers) > 1 {
		word = "packets "
	}
	return word + strings.Join(numbers, ",") + " at " + r.Hops[hop].Name
}

// ends gives the request at the first and the last hop, nil where it was not
// seen whole or is joined by no more than a guess.
func ends(j analyzer.Journey) (sent, arrived *http1.Message) {
	if j.Match.Confidence() == chain.Guess {
		return nil, nil
	}
	return whole(j.Match.Exchanges[0]), whole(j.Match.Exchanges[len(j.Match.Exchanges)-1])
}

func whole(x *http1.Exchange) *http1.Message {
	if x == nil || x.Request == nil || !x.Request.Complete {
		return nil
	}
	return x.Request
}

func shown(name string, values []string, secrets *report.Secrets) string {
	if len(values) == 0 {
		return "nothing"
	}
	var quoted []string
	for _, v := range values {
		quoted = append(quoted, fmt.Sprintf("%q", secrets.Value(name, v)))
	}
	return strings.Join(quoted, ", ")
}
