package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/hophound/hophound/analyzer"
)

// ledger writes what was read, and what was not seen.
func (t *text) ledger() {
	t.Line("")
	var read []string
	clean := true
	for _, hop := range t.report.Hops {
		read = append(read, fmt.Sprintf("%s %s (%s in %s)", hop.Name,
			count(hop.Exchanges, "exchange"), count(hop.Packets, "packet"), strings.Join(hop.Sources, ", ")))
		clean = clean && hop.Ledger.Clean()
	}
	t.Paragraph("Read", strings.Join(read, ", ")+".")
	if clean {
		t.Paragraph("Lost", "nothing that is known of.")
	} else {
		label := "Lost"
		for _, hop := range t.report.Hops {
			if losses := losses(hop.Ledger); losses != "" {
				t.Paragraph(label, "at "+hop.Name+": "+losses+".")
				label = ""
			}
		}
	}
	t.owners()
	t.clocks()
	label := "Aside"
	for _, hop := range t.report.Hops {
		if aside := aside(hop); aside != "" {
			t.Paragraph(label, "at "+hop.Name+": "+aside+".")
			label = ""
		}
	}
}

// owners tells which processes serve the hops, if that is known.
func (t *text) owners() {
	label := "Who"
	for _, hop := range t.report.Hops {
		for _, server := range hop.Servers {
			if owner := t.report.Owners[server]; owner != "" {
				t.Paragraph(label, fmt.Sprintf("serves %s at %s: %s.", hop.Name, server, owner))
				label = ""
			}
		}
	}
}

// clocks tells whose clock was found to be off, and by how much.
func (t *text) clocks() {
	first := t.report.Hops[0].Name
	label := "Clock"
	for _, hop := range t.report.Hops {
		c := hop.Clock
		if !c.Known || c.Offset == 0 || c.Links == 0 {
			continue
		}
		way := "behind"
		offset := time.Duration(c.Offset)
		if offset < 0 {
			way, offset = "ahead of", -offset
		}
		t.Paragraph(label, fmt.Sprintf("of %s is %s %s that of %s, give or take %s (by %s); times are corrected.",
			hop.Name, rounded(offset), way, first, rounded(time.Duration(c.Error)), count(uint64(c.Links), "request")))
		label = ""
	}
}

// rounded shows a duration with three digits or so.
func rounded(d time.Duration) string {
	for _, unit := range []time.Duration{time.Second, time.Millisecond, time.Microsecond} {
		if d >= unit {
			return d.Round(unit / 100).String()
		}
	}
	return d.String()
}

// losses is empty if nothing is known to be missing.
func losses(l analyzer.Ledger) string {
	var parts []string
	if l.Dropped > 0 {
		parts = append(parts, count(l.Dropped, "packet")+" dropped while capturing")
	}
	if l.Truncated > 0 {
		parts = append(parts, count(l.Truncated, "packet")+" cut short by the capture")
	}
	if l.Gaps > 0 {
		parts = append(parts, fmt.Sprintf("%s in the streams (%s)", count(l.Gaps, "gap"), count(l.GapBytes, "byte")))
	}
	if l.Fragments > 0 {
		parts = append(parts, count(l.Fragments, "fragmented packet")+" not captured whole (a filter on ports lets only first fragments through)")
	}
	if l.Conflicts > 0 {
		parts = append(parts, count(l.Conflicts, "packet")+" with other bytes than came first for the same place, which were believed")
	}
	for _, limit := range l.Limits {
		parts = append(parts, fmt.Sprintf("limit %s reached %s", limit.Name, times(limit.Count)))
	}
	return strings.Join(append(parts, l.Damage...), "; ")
}

// aside tells what was seen and has no part in the verdict.
func aside(hop analyzer.Hop) string {
	l := hop.Ledger
	var parts []string
	if hop.Copies > 0 {
		where := "elsewhere in the capture"
		if len(hop.Sources) > 1 {
			where = "in another capture or elsewhere in one"
		}
		what := count(hop.Copies, "connection") + " seen once more " + where + ", counted once"
		if len(hop.Also) > 0 {
			what += ", also as " + addresses(hop.Also)
		}
		parts = append(parts, what)
	}
	if l.Trimmed > 0 {
		parts = append(parts, "the content of "+count(l.Trimmed, "packet")+" was not captured, on purpose")
	}
	if l.Unmatched > 0 {
		parts = append(parts, count(l.Unmatched, "exchange")+" seen at no other hop")
	}
	if l.Late > 0 {
		parts = append(parts, count(l.Late, "packet")+" with bytes from behind the end of their connection, before its beginning or far from both, not read")
	}
	if l.UnparsedBytes > 0 {
		parts = append(parts, count(l.UnparsedBytes, "byte")+" that are no HTTP/1")
	}
	return strings.Join(parts, "; ")
}

func times(n uint64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}
