package report

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/hophound/hophound/analyzer"
)

// LineDocument is one journey while others are still to come: a line of JSON.
type LineDocument struct {
	Journey  JourneyDocument   `json:"journey"`
	Findings []FindingDocument `json:"findings"`
}

// JSONLine writes the only journey of a report, and what was found in it, as
// one line of JSON.
func JSONLine(w io.Writer, r *analyzer.Report, options Options) error {
	document := NewDocument(r, options)
	line := LineDocument{Journey: document.Journeys[0], Findings: document.Findings}
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(line); err != nil {
		return fmt.Errorf("write journey: %w", err)
	}
	return nil
}

// Line says in one line what became of the only journey of a report.
func Line(r *analyzer.Report, options Options) string {
	secrets := options.secrets(r)
	j := r.Journeys[0]
	hop, x := firstSeen(j)
	parts := []string{time.Unix(0, r.Time(hop, x.Start())).UTC().Format("15:04:05.000"), pad(string(j.Outcome), len("inconclusive"))}
	if request := firstRequest(j); request != nil {
		parts = append(parts, secrets.Method(request.Method)+" "+secrets.Target(request.Target))
	} else if x.Response != nil {
		parts = append(parts, fmt.Sprintf("a response without its request: %d %s", x.Response.Status, secrets.Reason(x.Response.Reason)))
	}
	var summaries []string
	for _, f := range r.Findings {
		summaries = append(summaries, secrets.Text(f.Summary))
	}
	if len(summaries) > 0 {
		parts = append(parts, strings.Join(summaries, "; "))
	}
	return Printable(strings.Join(parts, "  "))
}
