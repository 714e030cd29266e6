package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
)

// DefaultWidth is how many columns the text form takes where nothing else is known.
const DefaultWidth = 80

// Text writes the report for a terminal: the verdict, one block per distinct
// problem, and what was not seen.
func Text(w io.Writer, r *analyzer.Report, options Options) error {
	width := options.Width
	if width == 0 {
		width = DefaultWidth
	}
	t := &text{Page: NewPage(w, width), report: r, secrets: options.secrets(r), paint: style{color: options.Color}}
	t.drawing()
	t.headline()
	for _, finding := range r.Findings {
		t.finding(finding)
	}
	t.ledger()
	return t.Flush()
}

// text writes the parts of the text form.
type text struct {
	*Page
	report  *analyzer.Report
	secrets *Secrets
	paint   style
}

var verdictColor = map[diagnose.Verdict]string{
	diagnose.Pass: green, diagnose.Fail: red, diagnose.Inconclusive: yellow,
}

func (t *text) headline() {
	word := strings.ToUpper(string(t.report.Verdict))
	lines := wrap(Printable(t.conclusion()), t.width-len(word)-2)
	for i, line := range lines {
		if i > 0 {
			t.Line(strings.Repeat(" ", len(word)+2) + line)
			continue
		}
		t.Line(t.paint.paint(bold+";"+verdictColor[t.report.Verdict], word) + "  " + t.paint.paint(bold, line))
	}
	for _, note := range t.report.Notes {
		t.Paragraph("Note", note)
	}
}

// conclusion is the verdict in a sentence.
func (t *text) conclusion() string {
	u := t.report.Summary.Upgrades
	last := t.report.Hops[len(t.report.Hops)-1].Name
	if t.report.Summary.Exchanges == 0 {
		return "no HTTP/1 request was seen at any hop."
	}
	if u.Asked == 0 && t.report.Verdict == diagnose.Inconclusive {
		return fmt.Sprintf("no upgrade was seen in %s, and too little else to say that none was asked for.", count(t.report.Summary.Journeys, "request"))
	}
	if u.Asked == 0 {
		return fmt.Sprintf("no upgrade was asked for in %s.", count(t.report.Summary.Journeys, "request"))
	}
	asked := count(u.Asked, "upgrade") + " asked for"
	var parts []string
	for _, part := range []struct {
		n    uint64
		what string
	}{
		{u.Upgraded, "upgraded"}, {u.Lost, "lost on the way"}, {u.Refused, "refused by " + last},
		{u.Failed, "failed"}, {u.Inconclusive, "inconclusive"},
	} {
		switch {
		case part.n == u.Asked && u.Asked == 1:
			parts = append(parts, part.what)
		case part.n == u.Asked:
			parts = append(parts, "all "+part.what)
		case part.n > 0:
			parts = append(parts, fmt.Sprintf("%d %s", part.n, part.what))
		}
	}
	return asked + ": " + strings.Join(parts, ", ") + "."
}

func (t *text) finding(f analyzer.Finding) {
	t.Line("")
	color := map[diagnose.Severity]string{diagnose.Error: red, diagnose.Warning: yellow}[f.Severity]
	for _, line := range wrap(Printable(t.secrets.Text(f.Summary)), t.width) {
		t.Line(t.paint.paint(bold+suffix(";", color), line))
	}
	t.Line(t.paint.paint(dim, fmt.Sprintf("%s · %s · %s · %s",
		f.Rule.ID, f.Severity, f.Certainty, count(uint64(f.Count), "request"))))
	if journey := t.journey(f.Example); journey != nil {
		for _, line := range newTable(t.report, *journey, t.secrets).lines(t.width-2, t.paint) {
			t.Line("  " + line)
		}
	}
	if where := t.servers(f); where != "" {
		t.Paragraph("Where", where)
	}
	if f.Fix != nil {
		t.Paragraph("Fix", t.secrets.Text(f.Fix.Where)+":")
		t.Block(t.secrets.Text(f.Fix.Text))
	}
	t.Paragraph("Why", t.secrets.Text(f.Explanation))
	for i, e := range f.Evidence {
		label := ""
		if i == 0 {
			label = "Seen"
		}
		hop := t.report.Hops[e.Hop]
		where := fmt.Sprintf("at %s, %s", hop.Name, t.report.Sources[e.Source])
		if len(e.Packets) > 0 {
			where += ", " + packetWord(e.Packets)
		}
		t.Paragraph(label, where+": "+t.secrets.Text(e.Note))
	}
	for i, reference := range f.Rule.References {
		label := ""
		if i == 0 {
			label = "See"
		}
		t.Paragraph(label, reference)
	}
}

// servers tells at which of the culprit's servers a problem was seen, and which
// others do well; empty if the culprit has but one.
func (t *text) servers(f analyzer.Finding) string {
	i := slices.IndexFunc(t.report.Hops, func(h analyzer.Hop) bool { return h.Name == f.Culprit })
	if i < 0 || len(t.report.Hops[i].Servers) < 2 || len(f.Servers) == 0 {
		return ""
	}
	where := fmt.Sprintf("at %s, %d of the %d servers of %s", addresses(f.Servers), len(f.Servers), len(t.report.Hops[i].Servers), f.Culprit)
	if len(f.Well) > 0 {
		where += "; upgrades were made through " + addresses(f.Well)
	}
	return where + "."
}

// journey finds a journey of the report by its ID; nil if it was not kept.
func (t *text) journey(id int) *analyzer.Journey {
	i := slices.IndexFunc(t.report.Journeys, func(j analyzer.Journey) bool { return j.ID == id })
	if i < 0 {
		return nil
	}
	return &t.report.Journeys[i]
}

func suffix(separator, s string) string {
	if s == "" {
		return ""
	}
	return separator + s
}

func packetWord(packets []uint64) string {
	if len(packets) == 1 {
		return "packet " + packetList(packets)
	}
	return "packets " + packetList(packets)
}

// count writes "1 request", "2 requests".
func count(n uint64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
