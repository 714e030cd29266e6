package main

import (
	"bufio"
	"fmt"
	"io"
	"net/textproto"
	"strconv"
	"strings"

	"github.com/hophound/hophound/lab/head"
)

// framing is how the end of a body is known (RFC 9112, section 6.3): its length
// in bytes, or one of the constants.
type framing int64

const (
	empty      framing = 0
	chunked    framing = -1
	untilClose framing = -2
)

// requestBody returns the framing of the body that follows a request's head.
func requestBody(h *head.Head) (framing, error) {
	return declared(h, empty)
}

// responseBody returns the framing of the body that follows the head of an
// answer to a request of that method.
func responseBody(h *head.Head, method string, status int) (framing, error) {
	if method == "HEAD" || status < 200 || status == 204 || status == 304 {
		return empty, nil
	}
	return declared(h, untilClose)
}

func declared(h *head.Head, otherwise framing) (framing, error) {
	if h.HasToken("Transfer-Encoding", "chunked") {
		return chunked, nil
	}
	value, ok := h.Get("Content-Length")
	if !ok {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("read Content-Length %q: not a length", value)
	}
	return framing(n), nil
}

// copyBody passes a body on as it is framed.
func copyBody(dst io.Writer, src *bufio.Reader, f framing) error {
	var err error
	switch f {
	case chunked:
		err = copyChunks(dst, src)
	case untilClose:
		_, err = io.Copy(dst, src)
	default:
		_, err = io.CopyN(dst, src, int64(f))
	}
	if err != nil {
		return fmt.Errorf("pass a body on: %w", err)
	}
	return nil
}

func copyChunks(dst io.Writer, src *bufio.Reader) error {
	for {
		line, err := copyLine(dst, src)
		if err != nil {
			return err
		}
		digits, _, _ := strings.Cut(line, ";")
		size, err := strconv.ParseUint(textproto.TrimString(digits), 16, 62)
		if err != nil {
			return fmt.Errorf("read chunk size %q: not a size", line)
		}
		if size == 0 {
			return copyTrailer(dst, src)
		}
		if _, err := io.CopyN(dst, src, int64(size)); err != nil {
			return err
		}
		if _, err := copyLine(dst, src); err != nil { // what ends the chunk's data
			return err
		}
	}
}

func copyTrailer(dst io.Writer, src *bufio.Reader) error {
	for {
		line, err := copyLine(dst, src)
		if err != nil || line == "" {
			return err
		}
	}
}

// copyLine passes one line on and returns it without its ending.
func copyLine(dst io.Writer, src *bufio.Reader) (string, error) {
	line, err := src.ReadString('\n')
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(dst, line)
	return strings.TrimRight(line, "\r\n"), err
}
