package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
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
