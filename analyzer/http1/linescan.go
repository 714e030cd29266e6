package http1

import "bytes"

// lineScan looks for the empty line that ends a head, over bytes that grow.
// No byte is looked at twice.
type lineScan struct {
	line int // where the line that is not complete yet begins
	seen int // no line feed between line and seen
}

// end gives the length of view up to and including its first empty line.
// view begins with the bytes of the call before. It appends to feeds where the
// line feeds are that it met in this call.
func (l *lineScan) end(view []byte, feeds []int) (n int, _ []int, ok bool) {
	for {
		i := bytes.IndexByte(view[l.seen:], '\n')
		if i < 0 {
			l.seen = len(view)
			return 0, feeds, false
		}
		feed := l.seen + i
		feeds = append(feeds, feed)
		begin := l.line
		l.line, l.seen = feed+1, feed+1
		if feed == begin || feed == begin+1 && view[begin] == '\r' {
			return feed + 1, feeds, true
		}
	}
}

// firstFeed gives the first of the places of line feeds, -1 if there is none.
func firstFeed(feeds []int) int {
	if len(feeds) == 0 {
		return -1
	}
	return feeds[0]
}

// appendFeeds appends to feeds where the line feeds of text are.
func appendFeeds(feeds []int, text []byte) []int {
	for seen := 0; ; {
		i := bytes.IndexByte(text[seen:], '\n')
		if i < 0 {
			return feeds
		}
		feeds = append(feeds, seen+i)
		seen += i + 1
	}
}
