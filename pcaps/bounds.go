package pcaps

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// What a hops.yaml may ask for. A case of a long chain with a long story is some
// 10 KB and has no alias at all; the library that reads YAML has no limits.
const (
	mostBytes   = 256 << 10
	mostLine    = 8 << 10 // bytes: what the library says of a mistake takes quadratic time of its line
	mostNesting = 50      // collections within collections that begin on one line, or in brackets
	mostValues  = 100_000 // once each alias (*name) is what its anchor (&name) stands for
)

// readBounded reads a file of at most mostBytes.
func readBounded(path string) ([]byte, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() { // a pipe could be waited for without end
		return nil, fmt.Errorf("read %s: it is no regular file", path)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	content, err := io.ReadAll(io.LimitReader(file, mostBytes+1))
	if err != nil {
		return nil, err
	}
	if len(content) > mostBytes {
		return nil, fmt.Errorf("read %s: it is larger than %d KiB, so it is not the description of a case", path, mostBytes>>10)
	}
	return content, nil
}

// bounded tells why YAML is not to be decoded: a few lines can ask for any
// amount of memory, by aliases of aliases. What is no YAML is left to the decoder.
func bounded(content []byte) error {
	for line := range bytes.Lines(content) {
		if len(line) > mostLine {
			return fmt.Errorf("it has a line longer than %d KiB, so it is not the description of a case", mostLine>>10)
		}
	}
	tokens := lexer.Tokenize(string(content))
	if nestedTooDeep(tokens) {
		return fmt.Errorf("its YAML has more than %d lists or mappings one in the other", mostNesting)
	}
	file, err := parser.Parse(tokens, 0)
	if err != nil {
		return nil
	}
	e := expansion{sizes: map[string]int{}}
	for _, document := range file.Docs {
		if document.Body != nil {
			ast.Walk(&e, document.Body)
		}
	}
	if e.values > mostValues {
		return fmt.Errorf("its YAML stands for more than %d values once its aliases (*name) are written out", mostValues)
	}
	return nil
}

// nestedTooDeep looks at what needs no indentation to be nested, which costs a
// byte a level: brackets, and lists in lists on one line.
func nestedTooDeep(tokens token.Tokens) bool {
	brackets, entries, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position.Line != line {
			entries, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			entries++
		}
		if brackets+entries > mostNesting {
			return true
		}
	}
	return false
}

// expansion counts values with aliases written out, up to a little more than
// mostValues.
type expansion struct {
	values int
	sizes  map[string]int // by anchor
}

// Visit counts a node. An anchor can be referred to only behind it.
func (e *expansion) Visit(node ast.Node) ast.Visitor {
	switch n := node.(type) {
	case *ast.AnchorNode:
		inner := expansion{sizes: e.sizes}
		ast.Walk(&inner, n.Value)
		e.sizes[n.Name.String()] = inner.values
		e.add(inner.values)
		return nil
	case *ast.AliasNode:
		e.add(max(1, e.sizes[n.Value.String()]))
		return nil
	}
	e.add(1)
	return e
}

func (e *expansion) add(values int) { e.values = min(e.values+values, mostValues+1) }

var errUnreadable = errors.New("its YAML cannot be read; look for a tag (!!name) where a list or a mapping should stand")
