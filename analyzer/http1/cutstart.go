package http1

import "strings"

// readCutStart reads a start line that breaks off, as snapshot lengths of old
// make them, if all that matters of it is there: of a request the method and the
// target, of a response the status. It gives the line's length, 0 if it is none.
func (m *Message) readCutStart(line string, request bool) int {
	if request {
		method, rest, _ := strings.Cut(line, " ")
		target, version, _ := strings.Cut(rest, " ")
		if version == "" || !opensVersion(version) || !isKnownMethod(method) || !opensTarget(target) || !isVisible(target) {
			return 0
		}
		m.Method, m.Target = method, target
		return len(line)
	}
	version, status, _, _, ok := statusLine(line)
	if !ok || !isVersion(version) {
		return 0
	}
	m.Version, m.Status = version, status // and a reason that may go on
	return len(line)
}
