package chain

import (
	"bytes"
	"strings"
)

// appendTarget appends a request target in the one spelling that compares equal
// at all hops: origin-form, the path percent-decoded, without doubled slashes
// and without dot segments (nginx decodes and encodes anew a path that it
// rewrites), the query as it is. The result is for comparing only.
func appendTarget(dst []byte, target string) []byte {
	if isSettled(target) {
		return append(dst, target...)
	}
	begin := len(dst)
	if _, rest, ok := strings.Cut(target, "://"); ok && target[0] != '/' {
		target = "/"
		if i := strings.IndexAny(rest, "/?"); i >= 0 {
			target = rest[i:]
		}
		if target[0] == '?' {
			dst = append(dst, '/')
		}
	}
	target, _, _ = strings.Cut(target, "#")
	path, query, hasQuery := strings.Cut(target, "?")
	dst = appendPath(dst, path)
	dst = removeDotSegments(dst, begin)
	if hasQuery {
		dst = append(append(dst, '?'), query...)
	}
	return dst
}

// isSettled tells targets in origin-form of which nothing is to be changed, as most
// are.
func isSettled(target string) bool {
	return target != "" && target[0] == '/' && strings.IndexByte(target, '%') < 0 && strings.IndexByte(target, '#') < 0 &&
		!strings.Contains(target, "//") && !strings.Contains(target, "/.")
}

func appendPath(dst []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		c := path[i]
		if c == '%' && i+2 < len(path) {
			if hi, lo := hexDigit(path[i+1]), hexDigit(path[i+2]); hi >= 0 && lo >= 0 {
				c = byte(hi<<4 | lo)
				i += 2
			}
		}
		if c == '/' && len(dst) > 0 && dst[len(dst)-1] == '/' {
			continue
		}
		dst = append(dst, c)
	}
	return dst
}

// removeDotSegments takes "." and ".." out of the path that begins in b there
// (RFC 3986 §5.2.4), after its percent-encoding is gone.
func removeDotSegments(b []byte, begin int) []byte {
	if !bytes.Contains(b[begin:], []byte("/.")) {
		return b
	}
	var kept [][]byte
	segments := bytes.Split(b[begin:], []byte("/"))
	for i, s := range segments {
		last := i == len(segments)-1
		switch string(s) {
		case ".", "..":
			if len(s) == 2 && len(kept) > 1 {
				kept = kept[:len(kept)-1]
			}
			if last {
				kept = append(kept, nil)
			}
		default:
			kept = append(kept, s)
		}
	}
	return append(b[:begin], bytes.Join(kept, []byte("/"))...)
}

func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
