package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/report"
)

func newRulesCommand(env *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "rules [ID]",
		Short: "List what can be found, or explain one rule",
		Long: `rules lists what hophound can find. With the id of a rule it explains that one:
what must be seen on the wire, why it happens, the fix, the sources, and an
example.`,
		Example: `  hophound rules
  hophound rules nginx-default-strips-upgrade`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return listRules(env)
			}
			return explainRule(env, args[0])
		},
	}
}

func listRules(env *environment) error {
	w := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	for _, r := range diagnose.Rules() {
		fmt.Fprintf(w, "%s\t%s\t%s\n", r.ID, r.Severity, r.Title)
	}
	return w.Flush()
}

func explainRule(env *environment, id string) error {
	r, ok := diagnose.Lookup(id)
	if !ok {
		return fmt.Errorf("no rule is called %q: hophound rules lists them", id)
	}
	width := env.width
	if width == 0 {
		width = report.DefaultWidth
	}
	p := report.NewPage(env.stdout, width)
	p.Line(r.ID + " · " + string(r.Severity))
	p.Paragraph("", r.Title)
	p.Paragraph("Seen", r.Sees)
	p.Paragraph("Why", r.Explanation)
	p.Paragraph("", r.Doubt)
	for _, fix := range r.Fixes {
		p.Paragraph("Fix", fixFor(fix)+fix.Where+":")
		p.Block(fix.Text)
	}
	for _, reference := range r.References {
		p.Paragraph("See", reference)
	}
	exampleOn(p, "An example", r.Example)
	exampleOn(p, "Not this", r.Counterexample)
	p.Line("")
	p.Line("Words in {braces} are filled in from what was captured.")
	return p.Flush()
}

// fixFor says what a fix is for, where there are several.
func fixFor(fix diagnose.Fix) string {
	if fix.For == "" {
		return ""
	}
	return "for " + fix.For + ", "
}

// exampleOn writes the request and the response of an example at each hop.
func exampleOn(p *report.Page, title string, example diagnose.Example) {
	p.Line("")
	p.Line(title + ": " + example.Note)
	hopsOn(p, example.Hops)
	if len(example.Beside) > 0 {
		p.Line("")
		p.Line("and beside it, through the same nodes")
		hopsOn(p, example.Beside)
	}
}

func hopsOn(p *report.Page, hops []diagnose.ExampleHop) {
	for _, hop := range hops {
		p.Line("")
		p.Line("  at " + hop.Name)
		for _, text := range []string{hop.Proxy, hop.Request, hop.Response} {
			p.Block(strings.TrimRight(text, "\n"))
		}
	}
}
