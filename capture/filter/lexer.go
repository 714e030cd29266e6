package filter

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

type kind uint8

const (
	end      kind = iota
	name          // of a host, a port, a protocol
	keyword       // "tcp", "src"; operators too: "(", "&", "&&" as "and", "!" as "not"
	number        // 80, 0x50, 0120, tcp-syn
	dotted        // 10.0.0.1, and 10.1 for 10.1.0.0/16
	address6      // 2001:db8::1
	mac           // 02:00:5e:10:00:01
)

type token struct {
	kind  kind
	text  string
	value uint32 // of a number
	at    int    // offset in bytes
}

// tokenize splits s as libpcap's scanner does: the longest match wins, so that
// 80-443 and 10-3 are names and not differences.
func tokenize(s string) ([]token, error) {
	if len(s) > maxExpression {
		return nil, fmt.Errorf("it is %d bytes long, more than %d", len(s), maxExpression)
	}
	var tokens []token
	for at := 0; at < len(s); {
		if strings.IndexByte(" \t\r\n", s[at]) >= 0 {
			at++
			continue
		}
		t, length, err := scan(s[at:])
		if err != nil {
			return nil, fmt.Errorf("at byte %d: %w", at+1, err)
		}
		t.at = at
		tokens = append(tokens, t)
		at += length
	}
	return append(tokens, token{kind: end, text: "the end", at: len(s)}), nil
}

// scan reads the token that s begins with, and says how long it is.
func scan(s string) (token, int, error) {
	if t, length, ok := scanColons(s); ok {
		return t, length, nil
	}
	if s[0] == '\\' {
		length := 1 + spanOf(s[1:], func(c byte) bool { return strings.IndexByte(" !()\n\t", c) < 0 })
		if length == 1 {
			return token{}, 0, fmt.Errorf(`nothing follows "\"`)
		}
		return token{kind: name, text: s[1:length]}, length, nil
	}
	if isAlphanumeric(s[0]) {
		length := spanOf(s, func(c byte) bool { return isAlphanumeric(c) || c == '-' || c == '_' || c == '.' })
		for s[length-1] == '-' || s[length-1] == '_' {
			length--
		}
		t, err := word(s[:length])
		return t, length, err
	}
	for _, operator := range [...]struct{ text, means string }{
		{"&&", "and"}, {"||", "or"}, {"!=", "!="}, {"==", "="}, {">=", ">="}, {"<=", "<="}, {"<<", "<<"}, {">>", ">>"}, {"!", "not"},
	} {
		if strings.HasPrefix(s, operator.text) {
			return token{kind: keyword, text: operator.means}, len(operator.text), nil
		}
	}
	if strings.IndexByte("+-*/%:[]<>()&|^=", s[0]) >= 0 {
		return token{kind: keyword, text: s[:1]}, 1, nil
	}
	return token{}, 0, fmt.Errorf("%q has no meaning", s[:1])
}

// scanColons reads an IPv6 or Ethernet address, the only words with colons.
// One colon alone is that of an accessor: tcp[0:2].
func scanColons(s string) (token, int, bool) {
	length := spanOf(s, func(c byte) bool { return isHex(c) || c == ':' || c == '.' })
	if strings.Count(s[:length], ":") < 2 {
		return token{}, 0, false
	}
	if a, err := netip.ParseAddr(s[:length]); err == nil && a.Is6() {
		return token{kind: address6, text: s[:length]}, length, true
	}
	if strings.Count(s[:length], ":") == 5 && parseMAC(s[:length]) != nil {
		return token{kind: mac, text: s[:length]}, length, true
	}
	return token{}, 0, false
}

func word(s string) (token, error) {
	if value, ok := constants[s]; ok {
		return token{kind: number, text: s, value: value}, nil
	}
	if alias, ok := keywords[s]; ok {
		return token{kind: keyword, text: alias}, nil
	}
	if isMAC(s) {
		return token{kind: mac, text: s}, nil
	}
	if isNumber(s) {
		value, err := strconv.ParseUint(s, 0, 32) // 0x is hexadecimal, a leading 0 octal
		if err != nil {
			return token{}, fmt.Errorf("%s is no number of 32 bits", s)
		}
		return token{kind: number, text: s, value: uint32(value)}, nil
	}
	if parts := strings.Split(s, "."); len(parts) >= 2 && len(parts) <= 4 {
		for i, part := range parts {
			if !isNumber(part) {
				break
			}
			if i == len(parts)-1 {
				return token{kind: dotted, text: s}, nil
			}
		}
	}
	return token{kind: name, text: s}, nil
}

func isNumber(s string) bool {
	if len(s) > 2 && (s[:2] == "0x" || s[:2] == "0X") {
		return spanOf(s[2:], isHex) == len(s)-2
	}
	return s != "" && spanOf(s, func(c byte) bool { return c >= '0' && c <= '9' }) == len(s)
}

// isMAC tells whether s is an Ethernet address without colons: aa-bb-cc-dd-ee-ff,
// aa.bb.cc.dd.ee.ff, aabb.ccdd.eeff or aabbccddeeff.
func isMAC(s string) bool {
	switch {
	case len(s) == 12:
		return spanOf(s, isHex) == 12
	case strings.Count(s, "-") == 5, strings.Count(s, ".") == 5, strings.Count(s, ".") == 2 && len(s) == 14:
		return parseMAC(s) != nil
	}
	return false
}

// parseMAC reads six bytes of one or two hexadecimal digits, or three of four.
func parseMAC(s string) net.HardwareAddr {
	if len(s) == 12 && spanOf(s, isHex) == 12 {
		s = s[:4] + "." + s[4:8] + "." + s[8:]
	}
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == ':' || r == '-' || r == '.' })
	var address net.HardwareAddr
	for _, part := range parts {
		value, err := strconv.ParseUint(part, 16, 16)
		switch {
		case err != nil:
			return nil
		case len(parts) == 3 && len(part) == 4:
			address = append(address, byte(value>>8))
		case len(parts) != 6 || value > 0xff:
			return nil
		}
		address = append(address, byte(value))
	}
	if len(address) != 6 {
		return nil
	}
	return address
}

func spanOf(s string, in func(byte) bool) int {
	for i := range len(s) {
		if !in(s[i]) {
			return i
		}
	}
	return len(s)
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
