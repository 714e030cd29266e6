package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// truth is a line of truth.jsonl: what is known of a capture.
type truth struct {
	File      string // within the corpus
	Requests  int    // HTTP/1 requests that tshark found
	Responses int
	Extra     struct {
		Kind        string    // "truth", "malformed-response", "robustness"
		Expected    *expected // if tshark is known to be wrong
		H2Requests  int       `json:"h2_requests"` // not compared
		H2Responses int       `json:"h2_responses"`
	}
}

// expected is what is right where tshark is wrong.
type expected struct {
	Requests, Responses int
	Why                 string
}

// readTruth reads truth.jsonl of a corpus.
func readTruth(corpus string) ([]truth, error) {
	f, err := os.Open(filepath.Join(corpus, "truth.jsonl"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []truth
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var t truth
		if err := json.Unmarshal(lines.Bytes(), &t); err != nil {
			return nil, fmt.Errorf("read %s line %d: %w", f.Name(), len(all)+1, err)
		}
		all = append(all, t)
	}
	return all, lines.Err()
}

// record is a line of truth_http.jsonl: a message that tshark found when the
// corpus was made.
type record struct {
	File              string
	Frame             uint64
	Kind              string // "req", "resp"; "h2req" and "h2resp" are not compared
	Method, URI, Host string
	Code              string
}

// readRecords reads truth_http.jsonl of a corpus, by file. A corpus need not
// have one.
func readRecords(corpus string) (map[string][]record, error) {
	f, err := os.Open(filepath.Join(corpus, "truth_http.jsonl"))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records := map[string][]record{}
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 16<<20)
	for n := 1; lines.Scan(); n++ {
		var r record
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			return nil, fmt.Errorf("read %s line %d: %w", f.Name(), n, err)
		}
		if r.Kind == "req" || r.Kind == "resp" {
			records[r.File] = append(records[r.File], r)
		}
	}
	return records, lines.Err()
}

// is tells whether a message of hophound's is this one. Of a target with spaces
// the list has what stands before the first.
func (r record) is(m *message) bool {
	return r.like(m) && r.Frame >= m.packet && r.Frame <= m.until
}

// like is the same at another point where the connection was seen.
func (r record) like(m *message) bool {
	if r.Kind == "resp" {
		return m.status == r.Code
	}
	target, _, _ := strings.Cut(m.target, " ")
	return m.status == "" && m.method == r.Method && target == r.URI && (r.Host == "" || slices.Contains(m.hosts(), r.Host))
}
