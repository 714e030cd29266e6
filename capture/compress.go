package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxZstdWindow is how far back a zstd stream may refer, in bytes: the limit
// of the zstd command itself (zstd --long=27), and so what anyone can unpack.
const maxZstdWindow = 128 << 20

// unpack returns a reader of what raw holds and the name of its compression,
// which is "" if it is not compressed. It looks at four bytes of raw.
func unpack(raw *bufio.Reader) (io.Reader, string, error) {
	magic, _ := raw.Peek(4) // fewer bytes are no error here
	switch {
	case isGzip(magic):
		return &gunzip{src: raw}, "gzip", nil
	case isZstd(magic):
		// One block at a time, in the caller's goroutine: nothing to stop, and
		// a block is given as soon as it is there.
		z, err := zstd.NewReader(raw, zstd.WithDecoderConcurrency(1),
			zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		if err != nil {
			return nil, "", fmt.Errorf("start zstd: %w", err)
		}
		return z, "zstd", nil
	}
	return raw, "", nil
}

// whyNotUnpacked says in words what a decompressor complained of.
func whyNotUnpacked(err error) string {
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "ends too soon"
	case errors.Is(err, errAfterGzip):
		return "is followed by something else"
	}
	return "cannot be unpacked (" + err.Error() + ")"
}

// isGzip knows the first bytes of RFC 1952, section 2.3.1.
func isGzip(b []byte) bool { return bytes.HasPrefix(b, []byte{0x1f, 0x8b}) }

// isZstd knows the magic numbers of RFC 8878: a frame (section 3.1.1) or a
// skippable frame (section 3.1.2), which may stand first.
func isZstd(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0x28, 0xb5, 0x2f, 0xfd}) ||
		len(b) >= 4 && b[0]&0xf0 == 0x50 && bytes.Equal(b[1:4], []byte{0x2a, 0x4d, 0x18})
}

// gunzip reads gzip members in a row. gzip.Reader can do that too, but it
// would wait for the next member before it gives the last bytes of this one,
// which a pipe would never end.
type gunzip struct {
	src    *bufio.Reader
	member gzip.Reader
	inside bool // of a member
}

// errAfterGzip ends a stream whose whole members something else follows.
var errAfterGzip = errors.New("no gzip member")

func (g *gunzip) Read(p []byte) (int, error) {
	for {
		if !g.inside {
			if err := g.nextMember(); err != nil {
				return 0, err
			}
		}
		n, err := g.member.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		g.inside = false
		if n > 0 {
			return n, nil
		}
	}
}

// nextMember starts the next member, or returns io.EOF if there is none. Zero
// bytes between members and at the end are padding.
func (g *gunzip) nextMember() error {
	for {
		next, err := g.src.Peek(1)
		if err != nil {
			return err
		}
		if next[0] != 0 {
			break
		}
		_, _ = g.src.Discard(1) // it was peeked, so it is there
	}
	err := g.member.Reset(g.src)
	switch {
	case errors.Is(err, io.EOF): // it has a first byte
		return io.ErrUnexpectedEOF
	case errors.Is(err, gzip.ErrHeader):
		return errAfterGzip
	case err != nil:
		return err
	}
	g.member.Multistream(false)
	g.inside = true
	return nil
}
