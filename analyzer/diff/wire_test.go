package diff

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// head makes a message from its text on the wire, lines ended by LF. A text
// without an empty line at its end is a head whose end was not seen.
func head(text string) *http1.Message {
	text, complete := strings.CutSuffix(text, "\n\n")
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	m := &http1.Message{Complete: complete}
	parts := strings.SplitN(lines[0], " ", 3)
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	if strings.HasPrefix(parts[0], "HTTP/") {
		m.Version, m.Reason = parts[0], parts[2]
		if m.Status, _ = strconv.Atoi(parts[1]); m.Status == 0 {
			m.Status = 999
		}
	} else {
		m.Method, m.Target, m.Version = parts[0], parts[1], parts[2]
	}
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ":")
		m.Fields = append(m.Fields, http1.Field{Name: name, Value: strings.Trim(value, " \t")})
	}
	return m
}
