package capture

import (
	"errors"
	"fmt"
	"io"
)

// windowSize is how many bytes of a capture file are held at once, if no
// record is larger: enough for few system calls, small enough for the cache.
const windowSize = 256 << 10

// window is the part of a capture file that is in memory. What peek returns
// points into it and is valid until the next peek or skip.
//
// It reads only when bytes are missing, and then takes what there is: a packet
// that came through a pipe is seen at once, however large the buffer.
type window struct {
	src      io.Reader
	buf      []byte
	pos, end int   // buf[pos:end] is read and not yet used
	base     int64 // offset of buf[0] in the file
	err      error // why src gives no more; io.EOF at its end

	lend func(size int) []byte // where each further buf comes from; nil if buf is used again
}

func newWindow(src io.Reader, size int) *window {
	return &window{src: src, buf: make([]byte, size)}
}

// peek returns the next n bytes without using them up; fewer only if the file
// has no more, and then w.err says why.
func (w *window) peek(n int) []byte {
	if w.end-w.pos < n {
		n = w.fill(n)
	}
	return w.buf[w.pos : w.pos+n]
}

// buffered returns up to n of the bytes that are here already.
func (w *window) buffered(n int) []byte {
	return w.buf[w.pos:min(w.pos+n, w.end)]
}

// fill reads until n bytes are there or src has ended, and returns how many of
// the n there are.
func (w *window) fill(n int) int {
	for w.end-w.pos < n && w.err == nil {
		if len(w.buf)-w.pos < n {
			w.makeRoom(n)
		}
		w.read()
	}
	return min(n, w.end-w.pos)
}

// makeRoom moves the unused bytes to the front. The buffer grows, by doubling,
// only when it is full of bytes that were really there: a length that a broken
// file merely claims costs no memory.
func (w *window) makeRoom(n int) {
	if w.pos == 0 && w.end < len(w.buf) {
		return
	}
	unused, size := w.buf[w.pos:w.end], len(w.buf)
	if len(unused) == size {
		size = min(2*size, max(n, windowSize))
	}
	w.renew(size)
	copy(w.buf, unused)
	w.end = len(unused)
}

// renew makes the window empty, in a buffer of that many bytes.
func (w *window) renew(size int) {
	switch {
	case w.lend != nil:
		w.buf = w.lend(size)
	case size != len(w.buf):
		w.buf = make([]byte, size)
	}
	w.base += int64(w.pos)
	w.pos, w.end = 0, 0
}

// read asks src once for as much as fits. A reader that keeps giving neither
// bytes nor an error is given up.
func (w *window) read() {
	for range 100 {
		n, err := w.src.Read(w.buf[w.end:])
		w.end += n
		w.err = err
		if n > 0 || err != nil {
			return
		}
	}
	w.err = io.ErrNoProgress
}

// advance uses up n bytes that were peeked. They stay where they are until the
// next peek.
func (w *window) advance(n int) { w.pos += n }

// skip uses up n bytes, whether they are in memory or not, and returns how
// many there were.
func (w *window) skip(n int64) int64 {
	left := n
	for {
		here := min(left, int64(w.end-w.pos))
		w.pos += int(here)
		left -= here
		if left == 0 || w.err != nil {
			return n - left
		}
		w.renew(len(w.buf))
		w.read()
	}
}

// offset is the place of the next byte in the file.
func (w *window) offset() int64 { return w.base + int64(w.pos) }

// breakage is the end of what can be read of a capture file. It becomes a
// [Damage] and never leaves the package as an error.
type breakage struct {
	offset int64
	reason string
	cause  error // what src said, if the file was not over
}

func (b *breakage) Error() string { return b.reason }

// broken says that what begins at offset cannot be right.
func broken(offset int64, format string, args ...any) error {
	return &breakage{offset: offset, reason: fmt.Sprintf(format, args...)}
}

// cut says that the file ended where more was wanted: have of want bytes of
// what, which begins at offset.
func (w *window) cut(offset int64, what string, have, want int64) error {
	if errors.Is(w.err, io.EOF) {
		return broken(offset, "file ends inside %s: %d of %d bytes are there", what, have, want)
	}
	reason := "before " + what
	if have > 0 {
		reason = fmt.Sprintf("inside %s: %d of %d bytes are there", what, have, want)
	}
	return &breakage{offset: offset, reason: reason, cause: w.err}
}

// over is cut for where a file may end: with none of the bytes there it is
// over, and io.EOF says so.
func (w *window) over(what string, have, want int) error {
	if have == 0 && errors.Is(w.err, io.EOF) {
		return io.EOF
	}
	return w.cut(w.offset(), what, int64(have), int64(want))
}
