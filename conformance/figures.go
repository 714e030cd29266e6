package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// figure sums up comparisons.
type figure struct {
	files, alike     int // files, and those that agree in everything
	messages, fields int // that agree
	tshark, ours     counts
	differ, h2       int
}

func (f *figure) add(c *comparison) {
	f.files++
	if c.agrees() {
		f.alike++
	}
	f.messages += c.agreed
	f.fields += c.fields
	f.tshark = counts{f.tshark.requests + c.tshark.requests, f.tshark.responses + c.tshark.responses}
	f.ours = counts{f.ours.requests + c.ours.requests, f.ours.responses + c.ours.responses}
	f.differ += c.differ
	f.h2 += c.truth.Extra.H2Requests + c.truth.Extra.H2Responses
}

// figures prints the sums, by kind of file and by reason.
func figures(w io.Writer, comparisons []*comparison, known *explained) {
	kinds, reasons, all := map[string]*figure{}, map[string]*figure{}, &figure{}
	grow := func(m map[string]*figure, key string, c *comparison) {
		if m[key] == nil {
			m[key] = &figure{}
		}
		m[key].add(c)
	}
	for _, c := range comparisons {
		all.add(c)
		grow(kinds, c.truth.Extra.Kind, c)
		if !c.agrees() {
			for name := range strings.SplitSeq(known.files[c.truth.File].reason, " ") {
				grow(reasons, name, c)
			}
		}
	}
	t := tabwriter.NewWriter(w, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "\tfiles\tagree\tmessages alike\tfields alike\ttshark alone\thophound alone\tread differently\t")
	row := func(name string, f *figure) {
		fmt.Fprintf(t, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t\n", name, f.files, f.alike, f.messages, f.fields, f.tshark, f.ours, f.differ)
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		row(name, kinds[name])
	}
	row("all", all)
	for _, name := range slices.Sorted(maps.Keys(reasons)) {
		row("because of "+name, reasons[name])
	}
	_ = t.Flush() // what is printed is for a person
	fmt.Fprintf(w, "%d HTTP/2 messages are not compared.\n", all.h2)
}
