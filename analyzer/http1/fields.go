package http1

import (
	"strconv"
	"strings"
)

// headLines runs over the lines of a head or of a trailer section and makes
// its fields (RFC 9112 §5). What the grammar does not allow is kept and noted.
type headLines struct {
	m      *Message
	text   string
	fields []Field
	limit  int // most fields to keep

	begin  int  // where the last field begins in text
	end    int  // where it ends, without its line break
	folded bool // it has more than one line
	odd    bool // the text holds NUL, or not as many CR as LF
	over   bool // there were more fields than limit
}

// readFields reads the field lines of text from pos on, up to the empty line, and
// appends them to fields. feeds are the places of all line feeds in text, the last of which
// ends it. over tells that there were more than limit.
func readFields(m *Message, text string, pos int, feeds []int, fields []Field, limit int) (_ []Field, over bool) {
	h := headLines{
		m: m, text: text, fields: fields, limit: limit,
		odd: strings.IndexByte(text, 0) >= 0 || strings.Count(text, "\r") != len(feeds),
	}
	for _, feed := range feeds {
		if feed < pos {
			continue
		}
		if !h.next(pos, feed) {
			break
		}
		pos = feed + 1
	}
	h.unfold()
	if !h.odd && m.hasDefect(DefectBareLF) { // a CR missing here may stand there
		for i := range h.fields {
			m.checkValue(&h.fields[i])
		}
	}
	return h.fields, h.over
}

// next reads the line between begin and its line feed; it gives false at the
// empty line or at the limit.
func (h *headLines) next(begin, feed int) bool {
	line := h.m.cutReturn(h.text[begin:feed])
	if line == "" {
		return false
	}
	if isSpace(line[0]) && len(h.fields) > 0 {
		h.folded = true
		h.end = begin + len(line)
		h.m.note(DefectObsFold, h.fields[len(h.fields)-1].Name)
		return true
	}
	h.unfold()
	if len(h.fields) >= h.limit {
		h.over = true
		return false
	}
	h.begin, h.end = begin, begin+len(line)
	h.fields = append(h.fields, h.field(line))
	return true
}

// field reads one field line.
func (h *headLines) field(line string) Field {
	n := strings.IndexByte(line, ':')
	if n <= 0 {
		return h.oddField(line)
	}
	number := numberOf(line[:n])
	if number == unknownName && !isToken(line[:n]) {
		return h.oddField(line)
	}
	f := Field{Name: line[:n], Value: trimSpace(line[n+1:])}
	h.m.names |= 1 << number
	if h.odd {
		h.m.checkValue(&f)
	}
	return f
}

// oddField reads a field line that does not begin with a token and a colon.
func (h *headLines) oddField(line string) Field {
	name, value, found := strings.Cut(line, ":")
	if !found {
		h.m.note(DefectNoColon, line)
		name, value = "", line
	}
	if n := len(name); n > 0 && isSpace(name[n-1]) {
		h.m.note(DefectSpaceBeforeColon, name)
		name = strings.TrimRight(name, " \t")
	}
	if found && !isToken(name) {
		h.m.note(DefectBadName, name)
	}
	f := Field{Name: name, Value: trimSpace(value)}
	h.m.names.add(name)
	if found && h.odd {
		h.m.checkValue(&f)
	}
	return f
}

// unfold finishes the last field if it has several lines: each line break
// with the white space around it becomes one space (RFC 9112 §5.2).
func (h *headLines) unfold() {
	if !h.folded {
		return
	}
	h.folded = false
	f := &h.fields[len(h.fields)-1]
	line := h.text[h.begin:h.end]
	raw := line
	if colon, feed := strings.IndexByte(line, ':'), strings.IndexByte(line, '\n'); colon >= 0 && colon < feed {
		raw = line[colon+1:]
	}
	var value strings.Builder
	value.Grow(len(raw))
	for line := range strings.SplitSeq(raw, "\n") {
		line = trimSpace(strings.TrimSuffix(line, "\r"))
		if line == "" {
			continue
		}
		if value.Len() > 0 {
			value.WriteByte(' ')
		}
		value.WriteString(line)
	}
	f.Value = value.String()
	if h.odd {
		h.m.checkValue(f)
	}
}

// checkValue notes NUL or CR in a value.
func (m *Message) checkValue(f *Field) {
	if strings.ContainsAny(f.Value, "\x00\r") {
		m.note(DefectBadValue, f.Name)
	}
}

// cutReturn cuts the CR of a line's CR LF and notes if there is none.
func (m *Message) cutReturn(line string) string {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	m.note(DefectBareLF, line)
	return line
}

// note keeps the first defect of each kind.
func (m *Message) note(id DefectID, note string) {
	if !m.hasDefect(id) {
		m.Defects = append(m.Defects, Defect{ID: id, Note: note})
	}
}

func (m *Message) hasDefect(id DefectID) bool {
	for i := range m.Defects {
		if m.Defects[i].ID == id {
			return true
		}
	}
	return false
}

// readStart reads the start line that begins text, up to the line feed at feed,
// and gives its length with the line break; 0 if it is none, or not of that kind.
// If it breaks off, feed is -1.
func (m *Message) readStart(text string, feed int, request bool) int {
	if feed < 0 {
		return m.readCutStart(text, request)
	}
	line := m.cutReturn(text[:feed])
	var clean, ok bool
	if request {
		m.Method, m.Target, m.Version, clean, ok = requestLine(line)
	} else {
		m.Version, m.Status, m.Reason, clean, ok = statusLine(line)
	}
	if !ok {
		return 0
	}
	if !clean {
		m.note(DefectBadStartLine, strconv.Quote(line))
	}
	return feed + 1
}
