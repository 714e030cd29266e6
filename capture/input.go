package capture

import (
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

// input is the underlying file or stream, before decompression. It counts what
// was read, and it remembers an I/O error so that this is not mistaken for a
// broken file.
type input struct {
	r      io.Reader
	close  func() error
	size   int64 // bytes; -1 if unknown
	offset atomic.Int64
	err    error

	directory bool // which cannot be read
}

// newInput wraps r. A regular file never waits, nor does a reader of bytes that tells
// how many they are ([bytes.Reader.Size]); anything else may, and its Read must end
// when the source is closed.
func newInput(r io.Reader) *input {
	in := &input{r: r, size: -1, close: func() error { return nil }}
	if c, ok := r.(io.Closer); ok {
		in.close = c.Close
	}
	if f, ok := r.(*os.File); ok {
		st, err := f.Stat()
		if err == nil && st.IsDir() {
			in.directory = true
			return in
		}
		if err == nil && st.Mode().IsRegular() {
			in.size = st.Size()
			return in
		}
	}
	if b, ok := r.(interface{ Size() int64 }); ok {
		in.size = b.Size()
		return in
	}
	waiting := newInterruptible(r, in.close)
	in.r, in.close = waiting, waiting.Close
	return in
}

// Read counts, and notes errors other than the end.
func (in *input) Read(p []byte) (int, error) {
	n, err := in.r.Read(p)
	in.offset.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		in.err = err
	}
	return n, err
}

// waits tells whether reading may take as long as whoever writes likes.
func (in *input) waits() bool { return in.size < 0 }

// atMost is how large a buffer is worth it, up to a size in bytes: thousands of
// small files may be open.
func (in *input) atMost(size int) int {
	const least = 4 << 10
	if in.waits() {
		return size
	}
	return int(min(int64(size), max(least, in.size)))
}

// interruptible is a reader whose Read returns os.ErrClosed as soon as Close
// is called, even where closing the reader below does not wake it (standard
// input is such a one). The goroutine that waits in the reader below ends with
// the read it is in; the buffer it reads into is then nobody's any more.
type interruptible struct {
	below   io.Reader
	closer  func() error
	wanted  chan []byte
	results chan readResult
	closed  chan struct{}
	once    sync.Once
	err     error // what closing said
}

type readResult struct {
	n   int
	err error
}

func newInterruptible(r io.Reader, closer func() error) *interruptible {
	i := &interruptible{
		below:   r,
		closer:  closer,
		wanted:  make(chan []byte),
		results: make(chan readResult),
		closed:  make(chan struct{}),
	}
	go i.serve()
	return i
}

func (i *interruptible) serve() {
	for {
		select {
		case p := <-i.wanted:
			n, err := i.below.Read(p)
			select {
			case i.results <- readResult{n, err}:
			case <-i.closed:
				return
			}
		case <-i.closed:
			return
		}
	}
}

// Read reads from below, or returns os.ErrClosed once Close was called.
func (i *interruptible) Read(p []byte) (int, error) {
	select {
	case i.wanted <- p:
	case <-i.closed:
		return 0, os.ErrClosed
	}
	select {
	case res := <-i.results:
		return res.n, res.err
	case <-i.closed:
		return 0, os.ErrClosed
	}
}

// Close wakes a Read that waits and closes what is below.
func (i *interruptible) Close() error {
	i.once.Do(func() {
		close(i.closed)
		i.err = i.closer()
	})
	return i.err
}
