package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// explanation is a line of disagreements.tsv.
type explanation struct {
	file   string
	what   string // as comparison.what says it
	reason string // names of reasons.tsv
	first  string // the first disagreement, for people: it is not checked
}

// what sums up a disagreement, as disagreements.tsv has it: messages that only
// tshark has, that only hophound has, and that they read differently.
func (c *comparison) what() string {
	what := fmt.Sprintf("tshark alone %s, hophound alone %s, read differently %d", c.tshark, c.ours, c.differ)
	if c.record.sum() > 0 {
		what += fmt.Sprintf(", listed alone %s", c.record)
	}
	if c.wrong {
		what += ", not as many as known"
	}
	return what
}

// String gives requests and responses.
func (c counts) String() string { return fmt.Sprintf("%d+%d", c.requests, c.responses) }

// explained is what the table says.
type explained struct {
	files   map[string]explanation
	reasons map[string]string
}

// readExplained reads both tables and checks that every reason has a text and a
// use. A line that begins with # is a comment.
func readExplained(dir string) (*explained, error) {
	e := &explained{files: map[string]explanation{}, reasons: map[string]string{}}
	reasons := filepath.Join(dir, "reasons.tsv")
	if err := readTable(reasons, 2, func(f []string) { e.reasons[f[0]] = f[1] }); err != nil {
		return nil, err
	}
	used := map[string]bool{}
	table := filepath.Join(dir, "disagreements.tsv")
	err := readTable(table, 4, func(f []string) {
		e.files[f[0]] = explanation{file: f[0], what: f[1], reason: f[2], first: f[3]}
		for name := range strings.SplitSeq(f[2], " ") {
			used[name] = true
		}
	})
	if err != nil {
		return nil, err
	}
	for name := range used {
		if e.reasons[name] == "" {
			return nil, fmt.Errorf("%s gives a reason %q, of which %s says nothing", table, name, reasons)
		}
	}
	for name := range e.reasons {
		if !used[name] {
			return nil, fmt.Errorf("%s has a reason %q that %s does not give", reasons, name, table)
		}
	}
	return e, nil
}

// readTable calls take with the columns of each line, which are so many.
func readTable(path string, columns int, take func([]string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		fields := strings.Split(line, "\t")
		if len(fields) != columns {
			return fmt.Errorf("read %s line %d: it has %d columns, not %d", path, n, len(fields), columns)
		}
		take(fields)
	}
	return lines.Err()
}
