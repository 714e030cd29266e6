package report

import (
	"strings"
	"unicode"
)

// style paints words for a terminal; the zero style leaves them plain.
type style struct{ color bool }

const (
	bold   = "1"
	red    = "31"
	green  = "32"
	yellow = "33"
	dim    = "2"
)

func (s style) paint(code, text string) string {
	if !s.color || text == "" {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

// Printable replaces what could steer a terminal, break a line or turn the direction of
// writing round: bytes from the wire are shown, never obeyed.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) || r == '\u2028' || r == '\u2029' || unicode.Is(unicode.Cf, r) {
			return '·'
		}
		return r
	}, strings.ToValidUTF8(text, "·"))
}

// wrap breaks text into lines of at most width columns, at spaces. Words that
// are longer stand on a line of their own.
func wrap(text string, width int) []string {
	var lines []string
	var line string
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == "":
			line = word
		case columns(line)+1+columns(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// columns is the width of text on a terminal, taking one column for each rune.
func columns(text string) int { return len([]rune(text)) }

// fit cuts text to width columns, marking the cut.
func fit(text string, width int) string {
	runes := []rune(text)
	if len(runes) <= width {
		return text
	}
	if width <= 1 {
		return string(runes[:max(width, 0)])
	}
	return string(runes[:width-1]) + "…"
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-columns(text)))
}
