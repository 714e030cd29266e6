// Package head reads, edits and writes the heads of HTTP/1.x messages and keeps
// what it isn't asked to change: order, case, spacing and duplicates. The lab's
// own proxies are made of it, because net/http rewrites all four. It shares
// nothing with hophound's parser, so that what the lab puts on the wire doesn't
// depend on what the lab is there to test.
package head

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// limit is the longest head that is read, in bytes.
const limit = 64 << 10

// Head is the start line of a message and its field lines in order, each as it
// stood on the wire but for its line ending.
type Head struct {
	StartLine string
	Lines     []string
}

// Read reads one head up to its empty line and leaves r at the body. It returns
// io.EOF if r ends before the first byte, and io.ErrUnexpectedEOF if it ends
// within the head.
func Read(r *bufio.Reader) (*Head, error) {
	var lines []string
	for size := 0; ; {
		line, err := r.ReadString('\n')
		size += len(line)
		switch {
		case errors.Is(err, io.EOF) && size > 0:
			return nil, io.ErrUnexpectedEOF
		case err != nil:
			return nil, err
		case size > limit:
			return nil, fmt.Errorf("read a head: longer than %d bytes", limit)
		}
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			if len(lines) == 0 {
				continue // empty lines before a start line: RFC 9112, section 2.2
			}
			return &Head{StartLine: lines[0], Lines: lines[1:]}, nil
		}
		lines = append(lines, line)
	}
}

// Bytes returns the head as it goes onto the wire, the empty line included.
func (h *Head) Bytes() []byte {
	var b strings.Builder
	b.WriteString(h.StartLine + "\r\n")
	for _, line := range h.Lines {
		b.WriteString(line + "\r\n")
	}
	b.WriteString("\r\n")
	return []byte(b.String())
}

// Get returns the values of all fields of that name, joined as RFC 9110,
// section 5.3, allows, and whether there is one.
func (h *Head) Get(name string) (value string, ok bool) {
	var values []string
	for _, line := range h.Lines {
		if isNamed(line, name) {
			_, v, _ := strings.Cut(line, ":")
			values = append(values, strings.Trim(v, " \t"))
		}
	}
	return strings.Join(values, ", "), len(values) > 0
}

// HasToken reports whether the comma-separated list of the fields of that name
// has the token, in any case.
func (h *Head) HasToken(name, token string) bool {
	list, _ := h.Get(name)
	for element := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.Trim(element, " \t"), token) {
			return true
		}
	}
	return false
}

// Remove removes all fields of that name.
func (h *Head) Remove(name string) {
	kept := h.Lines[:0]
	for _, line := range h.Lines {
		if !isNamed(line, name) {
			kept = append(kept, line)
		}
	}
	h.Lines = kept
}

// Replace puts line, which needs no line ending, in the place of every field of
// that name, and reports whether there was one.
func (h *Head) Replace(name, line string) bool {
	found := false
	for i := range h.Lines {
		if isNamed(h.Lines[i], name) {
			h.Lines[i], found = line, true
		}
	}
	return found
}

// Append adds a field line, which needs no line ending, behind the others.
func (h *Head) Append(line string) {
	h.Lines = append(h.Lines, line)
}

func isNamed(line, name string) bool {
	got, _, found := strings.Cut(line, ":")
	return found && strings.EqualFold(got, name)
}
