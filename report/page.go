package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// Page lays out text for a terminal. Errors of the writer come with Flush.
type Page struct {
	out   *bufio.Writer
	width int
}

// NewPage writes to w, in lines of width columns where words allow it.
func NewPage(w io.Writer, width int) *Page {
	return &Page{out: bufio.NewWriter(w), width: width}
}

// Line writes one line as it is.
func (p *Page) Line(text string) {
	p.out.WriteString(text)
	p.out.WriteByte('\n')
}

// indent is the column at which paragraphs begin.
const indent = 7

// Paragraph writes text in wrapped lines beside a label; nothing if it is empty.
func (p *Page) Paragraph(label, text string) {
	for _, line := range wrap(Printable(text), p.width-indent) {
		p.Line(pad(label, indent) + line)
		label = ""
	}
}

// Block writes lines that must stay as they are, indented.
func (p *Page) Block(text string) {
	for line := range strings.Lines(text) {
		p.Line(strings.TrimRight("    "+Printable(strings.TrimRight(line, "\n")), " "))
	}
}

// Flush writes what is left and returns the first error met.
func (p *Page) Flush() error {
	if err := p.out.Flush(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
