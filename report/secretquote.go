package report

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/http1"
)

// quotation is a form in which sentences have a value that holds a secret, and what is
// shown in its place.
type quotation struct{ form, shown string }

// quote has a value looked for in sentences, which have it in quotes or not, escaped,
// and cut if it is long.
func (s *Secrets) quote(value, shown string) {
	if value == "" || s.quoted[value] || len(s.quoted) >= maxQuoted || s.isOrdinary(value) {
		return
	}
	s.quoted[strings.Clone(value)] = true
	s.inSentences = nil
	quoted := strconv.QuoteToASCII(value)
	s.quotations = append(s.quotations, quotation{quoted, inQuotes(shown)})
	if bare := quoted[1 : len(quoted)-1]; len(bare) >= minWord {
		s.quotations = append(s.quotations, quotation{bare, shown})
	}
	if len(value) > diagnose.LongestQuote {
		cut := strconv.QuoteToASCII(value[:diagnose.LongestQuote])
		s.quotations = append(s.quotations, quotation{cut[1 : len(cut)-1], shown})
	}
}

// inQuotes leaves a mark alone: quotes would say that it was read so.
func inQuotes(shown string) string {
	if strings.HasPrefix(shown, markOpens) && strings.IndexByte(shown, ']') == len(shown)-1 {
		return shown
	}
	return `"` + shown + `"`
}

// sentence replaces what is quoted in a text. The longest form is taken first: it may
// begin with another.
func (s *Secrets) sentence(text string) string {
	if len(s.quotations) == 0 {
		return text
	}
	if s.inSentences == nil {
		byLength := slices.Clone(s.quotations)
		slices.SortStableFunc(byLength, func(a, b quotation) int { return cmp.Compare(len(b.form), len(a.form)) })
		pairs := make([]string, 0, 2*len(byLength))
		for _, q := range byLength {
			pairs = append(pairs, q.form, q.shown)
		}
		s.inSentences = strings.NewReplacer(pairs...)
	}
	return s.inSentences.Replace(text)
}

// learnLines has the lines of a field looked for as sentences have them, all in one.
func (s *Secrets) learnLines(m *http1.Message, name string) {
	lines := m.Values(name)
	shown := make([]string, len(lines))
	for i, line := range lines {
		shown[i] = s.value(name, line)
	}
	s.quote(strings.Join(lines, ", "), strings.Join(shown, ", "))
}

// isQuoted tells whether sentences may quote a field: what a diagnosis rests on, and
// what was asked for.
func (s *Secrets) isQuoted(name string) bool {
	name = strings.ToLower(name)
	if s.isAsked(name) {
		return true
	}
	k := fieldKind(name)
	return k == kindOpen || k == kindProtocols
}
