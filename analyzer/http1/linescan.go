package http1

import "bytes"

// lineScan looks for the empty line that ends a head, over bytes that grow.
// No byte is looked at twice.
type lineScan struct {
	line int // where the line that is not complete yet begins
	seen int // no line feed between line and seen
}

// end gives the length of view up to and including its first empty line.
// view begins with the bytes of the call before.
func (l *lineScan) end(view []byte) (n int, ok bool) {
	for {
		i := bytes.IndexByte(view[l.seen:], '\n')
		if i < 0 {
			l.seen = len(view)
			return 0, false
		}
		feed := l.seen + i
		begin := l.line
		l.line, l.seen = feed+1, feed+1
		if feed == begin || feed == begin+1 && view[begin] == '\r' {
			return feed + 1, true
		}
	}
}
