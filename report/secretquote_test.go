package report

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/http1"
)

// A sentence quotes the lines of a field all in one, escaped, and cut if they are long:
// what is masked where it stands is masked there too, and the rest of it is shown.
func TestSecretsThatSentencesQuote(t *testing.T) {
	long := strings.Repeat("Zq7pWx3LkM9tR2vB", 20)
	for name, c := range map[string]struct {
		fields []http1.Field
		want   string
	}{
		"a token of letters":  {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: "actioncable-v1-json, opensesame"}}, "actioncable-v1-json, [secret 1, 10 bytes]"},
		"a long one":          {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: "json, " + long}}, "json, [secret 1, 320 bytes]"},
		"in two lines":        {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: "json"}, {Name: "Sec-WebSocket-Protocol", Value: long}}, "json, [secret 1, 320 bytes]"},
		"one that is escaped": {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: `json, a"opensesame`}}, "json, [secret 1, 12 bytes]"},
		"a quote at its end":  {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: `json, opensesame"`}}, "json, [secret 1, 11 bytes]"},
		"behind NUL":          {[]http1.Field{{Name: "Upgrade", Value: "websocket\x00opensesame"}}, "websocket\x00[secret 1, 10 bytes]"},
		"a user's":            {[]http1.Field{{Name: "Origin", Value: "https://joe:" + long + "@a.example"}}, "https://[secret 1, 324 bytes]@a.example"},
		"asked for":           {[]http1.Field{{Name: "Connection", Value: "opensesame"}, {Name: "Connection", Value: long}}, "[secret 1, 10 bytes], [secret 2, 320 bytes]"},
		"none":                {[]http1.Field{{Name: "Sec-WebSocket-Protocol", Value: "actioncable-v1-json, json"}}, "actioncable-v1-json, json"},
	} {
		t.Run(name, func(t *testing.T) {
			secrets := NewSecrets("Connection")
			m := &http1.Message{Method: "GET", Target: "/cable", Version: "HTTP/1.1", Fields: c.fields}
			secrets.Learn(&analyzer.Report{Journeys: []analyzer.Journey{{Match: &chain.Journey{Exchanges: []*http1.Exchange{{Request: m}}}}}})
			var lines []string
			for _, f := range c.fields {
				lines = append(lines, f.Value)
			}
			value := strings.Join(lines, ", ")
			if len(value) > diagnose.LongestQuote {
				value = value[:diagnose.LongestQuote] + "..."
			}
			quoted := strconv.QuoteToASCII(value)
			said := secrets.Text("it has " + c.fields[0].Name + ": " + quoted[1:len(quoted)-1] + ", that is " + quoted + ".")
			assert.Equal(t, 2, strings.Count(said, c.want), said)
			for _, secret := range []string{"sesame", "Zq7p"} {
				assert.NotContains(t, said, secret)
			}
		})
	}
}
