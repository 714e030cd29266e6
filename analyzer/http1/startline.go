package http1

import (
	"bytes"
	"strings"
)

// maxMethod is the longest method taken for one. It only keeps binary
// protocols from being waited for.
const maxMethod = 64

// isTokenChar holds the characters of a token (RFC 9110 §5.6.2).
var isTokenChar = func() (table [256]bool) {
	for _, c := range "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		table[c] = true
	}
	return table
}()

func isToken[T string | []byte](s T) bool {
	for i := range len(s) {
		if !isTokenChar[s[i]] {
			return false
		}
	}
	return len(s) > 0
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// isVersion tells whether s is an HTTP-version (RFC 9112 §2.3), in any case.
func isVersion[T string | []byte](s T) bool {
	return string(s) == "HTTP/1.1" || len(s) == 8 && opensVersion(s) && isDigit(s[5]) && s[6] == '.' && isDigit(s[7])
}

// resemblesVersion tells what some recipients take for an HTTP-version: any
// number of digits and dots.
func resemblesVersion(s string) bool {
	if s == "HTTP/1.1" {
		return true
	}
	const name = "HTTP/"
	if len(s) <= len(name) || !opensVersion(s) {
		return false
	}
	return strings.Trim(s[len(name):], "0123456789.") == ""
}

// mayBeVersion tells what can only have been meant as a version, at the end of a
// request line: HTTP/1.1x, HTTP/, HTTP.
func mayBeVersion(s string) bool {
	const name = "HTTP"
	return s == name || strings.HasPrefix(s, name+"/")
}

// opensVersion tells whether s begins with "HTTP/", or, if it is shorter, may.
func opensVersion[T string | []byte](s T) bool {
	const name = "http/"
	for i := range min(len(s), len(name)) {
		c := s[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != name[i] {
			return false
		}
	}
	return true
}

// opensStatus tells whether a response can begin with b: with a version, or
// with the protocol's name that streaming servers before Icecast 2 put there.
func opensStatus[T string | []byte](b T) bool {
	const shoutcast = "ICY "
	n := min(len(b), len(shoutcast))
	return opensVersion(b) || string(b[:n]) == shoutcast[:n]
}

// mayOpenRequest tells whether bytes without a line break can still become a
// request line.
func mayOpenRequest(b []byte) bool {
	method, _, _ := bytes.Cut(b, []byte{' '})
	return len(method) <= maxMethod && isToken(method)
}

// requestLine parts a request line (RFC 9112 §3), given without its line
// break. It takes more than the grammar allows as long as the line ends in a
// version: no target, spaces within it, more than one between the parts; and
// the simple request of HTTP/0.9, which has no version; with other methods than
// GET it can only be one of which the version was forgotten. clean tells whether
// the line was as the grammar has it.
func requestLine(line string) (method, target, version string, clean, ok bool) {
	method, rest, found := strings.Cut(line, " ")
	if !found || len(method) > maxMethod || !isToken(method) {
		return "", "", "", false, false
	}
	if n := len(rest) - len(" HTTP/1.1"); n > 0 && rest[n] == ' ' && isVersion(rest[n+1:]) && isVisible(rest[:n]) {
		return method, rest[:n], rest[n+1:], true, true // as nearly all are
	}
	trimmed := trimSpace(rest)
	last := trimmed[strings.LastIndexByte(trimmed, ' ')+1:]
	if resemblesVersion(last) || isKnownMethod(method) && mayBeVersion(last) {
		target, version = trimSpace(trimmed[:len(trimmed)-len(last)]), last
		clean = len(rest) == len(target)+1+len(version) && target != "" && isVisible(target) && isVersion(version)
		return method, target, version, clean, true
	}
	if !isKnownMethod(method) || !opensTarget(trimmed) || !isVisible(trimmed) {
		return "", "", "", false, false
	}
	return method, trimmed, "", rest == trimmed && method == "GET", true
}

// isVisible tells whether a target holds neither spaces nor control characters.
func isVisible(target string) bool {
	for i := range len(target) {
		if target[i] <= ' ' || target[i] == 0x7f {
			return false
		}
	}
	return true
}

// isPrintable tells whether a target holds no control characters.
func isPrintable(target string) bool {
	for i := range len(target) {
		if target[i] < ' ' || target[i] == 0x7f {
			return false
		}
	}
	return true
}

// opensTarget tells a target in origin-form or absolute-form (RFC 9112 §3.2).
func opensTarget(target string) bool {
	return strings.HasPrefix(target, "/") || strings.Contains(target, "://")
}

// isPreface tells the first line of HTTP/2's connection preface (RFC 9113
// §3.4), which is made to look like a request.
func isPreface(method, target, version string) bool {
	return method == "PRI" && target == "*" && version == "HTTP/2.0"
}

// statusLine parts a status line (RFC 9112 §4), given without its line break.
// It takes a missing space after the status code, more than one before it, and
// a malformed version, as browsers do, and that of SHOUTcast. clean tells
// whether the line was as the grammar has it.
func statusLine(line string) (version string, status int, reason string, clean, ok bool) {
	version, rest, found := strings.Cut(line, " ")
	if !found || !resemblesVersion(version) && !opensStatus(version+" ") {
		return "", 0, "", false, false
	}
	code := strings.TrimLeft(rest, " ")
	if len(code) < 3 || code[0] == '0' || !isDigit(code[0]) || !isDigit(code[1]) || !isDigit(code[2]) {
		return "", 0, "", false, false
	}
	status = int(code[0]-'0')*100 + int(code[1]-'0')*10 + int(code[2]-'0')
	reason, spaced := strings.CutPrefix(code[3:], " ")
	if !spaced && reason != "" && isDigit(reason[0]) {
		return "", 0, "", false, false // a number of four digits
	}
	return version, status, reason, spaced && len(code) == len(rest) && isVersion(version), true
}

// cutLine gives the first line of b without its line break; ok is false if
// there is no line feed.
func cutLine(b []byte) (line []byte, ok bool) {
	line, _, ok = bytes.Cut(b, []byte{'\n'})
	if !ok {
		return nil, false
	}
	return bytes.TrimSuffix(line, []byte{'\r'}), true
}
