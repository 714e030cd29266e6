package performance

import (
	"strings"
	"unicode/utf8"
)

// Table writes rows below a header as a Markdown table whose columns are
// aligned, so that it reads as well on a terminal. Rows may be shorter than the
// header. The columns behind the first `names` are figures and stand to the right.
func Table(names int, header []string, rows [][]string) string {
	widths := make([]int, len(header))
	for _, row := range append([][]string{header}, rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell), 3)
		}
	}
	var b strings.Builder
	line(&b, names, widths, header)
	for i, width := range widths {
		rule := "|-" + strings.Repeat("-", width)
		if i < names {
			rule += "-"
		} else {
			rule += ":"
		}
		b.WriteString(rule)
	}
	b.WriteString("|\n")
	for _, row := range rows {
		line(&b, names, widths, row)
	}
	return b.String()
}

func line(b *strings.Builder, names int, widths []int, row []string) {
	for i, width := range widths {
		cell := ""
		if i < len(row) {
			cell = row[i]
		}
		blanks := strings.Repeat(" ", width-utf8.RuneCountInString(cell))
		if i < names {
			b.WriteString("| " + cell + blanks + " ")
		} else {
			b.WriteString("| " + blanks + cell + " ")
		}
	}
	b.WriteString("|\n")
}
