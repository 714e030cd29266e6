package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
)

// options say what to compare.
type options struct {
	corpus, table string
	only          string // compare only files whose name contains this
	list          bool   // print a table
}

// run compares all files and prints the figures. It returns false if something
// disagrees that is not explained, or is explained and agrees.
func run(w io.Writer, o options) (bool, error) {
	all, err := readTruth(o.corpus)
	if err != nil {
		return false, err
	}
	known, err := readExplained(o.table)
	if err != nil {
		return false, err
	}
	var truths []truth
	for _, t := range all {
		if strings.Contains(t.File, o.only) {
			truths = append(truths, t)
		}
	}
	records, err := readRecords(o.corpus)
	if err != nil {
		return false, err
	}
	comparisons, err := compareAll(o.corpus, truths, records)
	if err != nil {
		return false, err
	}
	if o.list {
		for _, c := range comparisons {
			if !c.agrees() {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", c.truth.File, c.what(), known.files[c.truth.File].reason, short(c.notes[0]))
			}
		}
		return true, nil
	}
	return judge(w, o, comparisons, known), nil
}

// short cuts a note to what fits a line of a table.
func short(note string) string {
	const most = 240
	note = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, note)
	if len(note) > most {
		return strings.ToValidUTF8(note[:most], "") + "..."
	}
	return note
}

// compareAll compares the files, several at a time.
func compareAll(corpus string, truths []truth, records map[string][]record) ([]*comparison, error) {
	comparisons, errs := make([]*comparison, len(truths)), make([]error, len(truths))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			for i := range next {
				comparisons[i], errs[i] = compareFile(corpus, truths[i], records[truths[i].File])
			}
		})
	}
	for i := range truths {
		next <- i
	}
	close(next)
	wait.Wait()
	return comparisons, errors.Join(errs...)
}

// compareFile compares one file with each of the ways in which tshark can read
// it, and gives the comparison that agrees most. Where nobody finds a message tshark is not
// asked again. A file that is no capture has no messages.
func compareFile(corpus string, t truth, records []record) (*comparison, error) {
	path := filepath.Join(corpus, filepath.FromSlash(t.File))
	ours, err := readCapture(path)
	if err != nil {
		return nil, err
	}
	if t.Requests+t.Responses+len(ours)+len(records) == 0 {
		return compare(t, nil, nil), nil
	}
	var best *comparison
	for _, p := range waysFor(t) {
		theirs, err := dissect(path, p)
		if err != nil {
			return nil, err
		}
		c := compare(t, theirs, ours)
		c.check(records, ours)
		if best == nil || c.disagreements() < best.disagreements() {
			best = c
		}
		if best.ours == (counts{}) && best.record == (counts{}) { // nothing that another way could find
			break
		}
	}
	return best, nil
}

// waysFor are the ways to have tshark read a capture. Malformed responses are
// captured whole, so that order makes no difference.
func waysFor(t truth) [][]string {
	if t.Extra.Kind == "malformed-response" {
		return preferences[:2]
	}
	return preferences
}

// judge prints what is not explained, and the figures.
func judge(w io.Writer, o options, comparisons []*comparison, known *explained) bool {
	ok := true
	seen := map[string]bool{}
	for _, c := range comparisons {
		file := c.truth.File
		seen[file] = true
		e, listed := known.files[file]
		switch {
		case c.agrees() && listed:
			fmt.Fprintf(w, "%s\n  agrees: take its line out of disagreements.tsv\n", file)
			ok = false
		case c.agrees():
		case !listed || e.what != c.what():
			fmt.Fprintf(w, "%s (%s)\n  %s\n", file, c.truth.Extra.Kind, c.what())
			if listed {
				fmt.Fprintf(w, "  explained is: %s\n", e.what)
			}
			ok = false
			tell(w, c, o.only != "")
		case o.only != "":
			tell(w, c, true)
		}
	}
	for file := range known.files {
		if !seen[file] && o.only == "" {
			fmt.Fprintf(w, "%s\n  is explained, and is not in the corpus\n", file)
			ok = false
		}
	}
	figures(w, comparisons, known)
	return ok
}

// tell prints disagreements, the first few or all.
func tell(w io.Writer, c *comparison, all bool) {
	for i, note := range c.notes {
		if i == 6 && !all {
			fmt.Fprintf(w, "  ... and %d more\n", len(c.notes)-i)
			return
		}
		fmt.Fprintf(w, "  %s\n", note)
	}
}
