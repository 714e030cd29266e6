package diagnose

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// and joins phrases: "a", "a and b", "a, b and c".
func and(parts []string) string {
	if len(parts) < 2 {
		return strings.Join(parts, "")
	}
	last := len(parts) - 1
	return strings.Join(parts[:last], ", ") + " and " + parts[last]
}

// quoted gives all values of a field, in quotes and fit for a terminal.
func quoted(m *http1.Message, field string) string {
	return strconv.QuoteToASCII(shortened(strings.Join(m.Values(field), ", ")))
}

// unquoted is quoted without the quotes.
func unquoted(m *http1.Message, field string) string {
	q := quoted(m, field)
	return q[1 : len(q)-1]
}

// bare makes a text fit for a terminal.
func bare(text string) string {
	q := strconv.QuoteToASCII(text)
	return q[1 : len(q)-1]
}

// LongestQuote is how many bytes sentences quote of a value.
const LongestQuote = 120

// shortened cuts a value that is too long for a sentence.
func shortened(value string) string {
	if len(value) <= LongestQuote {
		return value
	}
	return value[:LongestQuote] + "..."
}

// noteOn says what stands in a head of some fields: `Upgrade: websocket, no
// Connection`. Fields that may hold secrets are not to be asked for.
func noteOn(m *http1.Message, fields ...string) string {
	parts := make([]string, len(fields))
	for i, f := range fields {
		if m.Has(f) {
			parts[i] = f + ": " + unquoted(m, f)
		} else {
			parts[i] = "no " + f
		}
	}
	return strings.Join(parts, ", ")
}

// startLine gives a request's start line without the query, or a response's.
func startLine(m *http1.Message) string {
	if m.IsRequest() {
		return m.Method + " " + pathOf(m.Target) + " " + m.Version
	}
	return strings.TrimSpace(m.Version + " " + strconv.Itoa(m.Status) + " " + bare(m.Reason))
}

// requestEvidence points at a hop's request.
func (s *sight) requestEvidence(hop int, note string) Evidence {
	return Evidence{Hop: hop, Source: s.source(hop), Packets: s.request(hop).Packets, Note: note}
}

// responseEvidence points at a hop's response.
func (s *sight) responseEvidence(hop int, note string) Evidence {
	return Evidence{Hop: hop, Source: s.source(hop), Packets: s.response(hop).Packets, Note: note}
}
