package report

import (
	"regexp"
	"strconv"
	"strings"
)

// Text gives what was read from the wire, or a sentence that quotes it, as it
// may be shown: secrets that were met are masked wherever they stand, and so
// is what looks like one.
func (s *Secrets) Text(text string) string {
	if s == nil || s.isOpen("", text) {
		return text
	}
	shown := s.knownWords(s.patterns(s.sentence(text)))
	if shown == text {
		s.open[s.line("", text)] = struct{}{}
	}
	return shown
}

// What looks like a secret. The expressions are only read.
var (
	// user:password@ of a URI, and more than the grammar allows there.
	userinfoShape = regexp.MustCompile(`(?:^|[^\w/.-])//([^/\s"<>]+)@`)
	// name=value after what parts parameters, in a URI or in a field.
	parameterShape = regexp.MustCompile(`(^|[?&;#,\s<>"'])([^=&;#?\s"',<>]*)=("[^"]*"[^&;#,\s"'<>]*|[^&;#,\s"'<>]+)`)
	// what stands alone between parameters, or their names: the second group tells.
	bareShape = regexp.MustCompile(`[?&]([^=&#\s"'<>]{16,})(=?)`)
	// "name":"value" of JSON.
	memberShape = regexp.MustCompile(`"([^"]{1,64})"\s*:\s*\[?\s*"((?:[^"\\]|\\.)+)`)
	// credentials in a field of another name.
	credentialShape = regexp.MustCompile(`(?i)\b(bearer|basic|digest|token|negotiate|ntlm|apikey)[ \t]+([a-z0-9._~+/=-]{8,})`)
	// Name: value within a value.
	fieldShape = regexp.MustCompile(`\b([\w-]+):[ \t]*`)
	// a word in which something is escaped: what stands before the first escape, and the rest.
	escapedShape = regexp.MustCompile(`([^&#\s"<>]*?)((?:%[0-9A-Fa-f]{2}|\+)[^&#\s"<>]*)`)
	// JSON in base64, such as a JSON Web Token (RFC 7519 §3), or tokens of services that begin
	// with a word of their own.
	tokenShape = regexp.MustCompile(`(?:\b|_)(eyJ[\w-]{6,}(?:\.[\w-]*)*` +
		`|(?:gh[oprsu]_|github_pat_|gl(?:pat|dt|rt|cbt|ptt|ft|soat|imt|agent)-|xox[a-eprs]-|xapp-|[rs]k_(?:live|test)_|sk-|whsec_|npm_|pypi-|AIza|` +
		`hvs\.|SG\.|hf_|ya29\.|shp(?:at|ca|pa|ss)_|dop_v1_|dckr_pat_|NRAK-|tskey-|ATATT|figd_|lin_api_|v[1-4]\.(?:local|public)\.|[0-9]{8,10}:AA)[\w.-]{12,}` +
		`|(?:AKIA|ASIA)[A-Z0-9]{16}\b)`)
)

// maxNested is how often a parameter is looked for within the value of another.
const maxNested = 4

// patterns masks what looks like a secret.
func (s *Secrets) patterns(text string) string { return s.patternsWithin(text, maxNested) }

// patternsWithin is patterns for the value of a parameter that may hold others,
// nested at most so deep; a value beyond is masked whole.
func (s *Secrets) patternsWithin(text string, nested int) string {
	if !strings.ContainsAny(text, `=@"._-%+`) && !strings.ContainsAny(text, " \t") && len(text) < minToken {
		return text
	}
	text = s.userinfo(text)
	if strings.Contains(text, "=") {
		text = replaceGroup(parameterShape, text, 3, func(groups []string) string {
			switch value := groups[3]; {
			case strings.HasPrefix(value, markOpens[:len(markOpens)-1]):
				return value
			case s.isAskedParameter(groups[2]):
				return s.markAsked(value)
			case s.secretParameter(groups[2]):
				return s.mark(value)
			case nested > 0: // url=/in?token=x is one of these, and has one in it
				return s.patternsWithin(value, nested-1)
			case strings.Contains(value, "="):
				return s.mark(value)
			}
			return groups[3]
		})
	}
	if strings.Contains(text, "?") {
		text = replaceGroup(bareShape, text, 1, func(groups []string) string {
			if groups[2] == "=" || strings.HasPrefix(groups[1], markOpens[:len(markOpens)-1]) || !looksGiven(groups[1]) {
				return groups[1]
			}
			return s.mark(groups[1])
		})
	}
	if strings.Contains(text, `":`) || strings.Contains(text, `" :`) {
		text = replaceGroup(memberShape, text, 2, func(groups []string) string {
			if !s.secretParameter(groups[1]) {
				return groups[2]
			}
			return s.mark(groups[2])
		})
	}
	if strings.ContainsAny(text, " \t") {
		text = replaceGroup(credentialShape, text, 2, func(groups []string) string {
			if !strings.ContainsAny(groups[2], "0123456789") {
				return groups[2] // words, as in "basic authentication"
			}
			return s.mark(groups[2])
		})
	}
	text = s.escaped(text, nested)
	if !mayHoldToken(text) {
		return text
	}
	return replaceGroup(tokenShape, text, 1, func(groups []string) string { return s.mark(groups[1]) })
}

// escaped masks, from the first escape on, the words of a text that hold a
// secret once they are unescaped: ?back=%2Fin%3Ftoken%3Dx.
func (s *Secrets) escaped(text string, nested int) string {
	if !strings.Contains(text, "%") && !plusBehindScheme(text) {
		return text
	}
	return replaceGroup(escapedShape, text, 2, func(groups []string) string {
		mark := strings.TrimSpace(markOpens)
		run, _, _ := strings.Cut(groups[2], mark) // what is masked already stays
		if !s.hides(groups[1]+run, nested) {
			return groups[2]
		}
		return s.mark(run) + groups[2][len(run):]
	})
}

// plusBehindScheme tells whether a plus sign can part a scheme from its credentials.
// All other text with plus signs is the same without them: application/xhtml+xml.
func plusBehindScheme(text string) bool {
	const ends = "rcntRCNT" // of bearer, basic, token and digest
	for i := 1; i < len(text); i++ {
		if text[i] == '+' && strings.IndexByte(ends, text[i-1]) >= 0 {
			return true
		}
	}
	return false
}

// hides tells whether an escaped text has a secret in it, as a URI to return to
// can have. What is escaped more often than nested says is taken for one.
func (s *Secrets) hides(text string, nested int) bool {
	plain := unescaped(text)
	switch {
	case plain == text:
		return false
	case nested == 0:
		return strings.Contains(text, "%")
	}
	// A plus sign parts the words of people too: ?q=basic+training.
	return s.patternsWithin(plain, nested-1) != plain || strings.Contains(text, "%") && s.embedded(plain) != plain
}

// unescaped undoes percent-encoding and the plus signs of a query. Unlike
// url.QueryUnescape it leaves alone what is none: 50%.
func unescaped(text string) string {
	if !strings.ContainsAny(text, "%+") {
		return text
	}
	var result strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '+':
			c = ' '
		case isEscape(text[i:]):
			code, _ := strconv.ParseUint(text[i+1:i+3], 16, 8) // two digits are a byte
			c = byte(code)
			i += 2
		}
		result.WriteByte(c)
	}
	return result.String()
}

// isEscape tells whether a text begins with an escaped byte (RFC 3986 §2.1).
func isEscape(text string) bool {
	return len(text) > 2 && text[0] == '%' && isHex(text[1]) && isHex(text[2])
}

func isHex(c byte) bool { return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f' }

var tokenParts = [...]string{
	"eyJ", "_", "sk-", "xox", "xapp-", "pypi-", "NRAK-", "tskey-", "gl", "AIza", "AKIA", "ASIA", "ATATT", "hvs.", "SG.", "ya29.",
	".local.", ".public.", ":AA",
}

// mayHoldToken tells whether a text holds what any token of tokenShape has: to
// look for that is much less work.
func mayHoldToken(text string) bool {
	for _, part := range tokenParts {
		if strings.Contains(text, part) {
			return true
		}
	}
	return false
}

// userinfo masks user and password of the URIs in a text.
func (s *Secrets) userinfo(text string) string {
	if !strings.Contains(text, "@") {
		return text
	}
	return replaceGroup(userinfoShape, text, 1, func(groups []string) string {
		if strings.HasPrefix(groups[1], markOpens) {
			return groups[1]
		}
		return s.mark(groups[1])
	})
}

// embedded masks what a value holds of another field: credentials, and a line
// that was folded into it. A sentence would lose innocent words by that.
func (s *Secrets) embedded(value string) string {
	value = s.folded(value)
	if !strings.ContainsAny(value, " \t") {
		return value
	}
	return replaceGroup(credentialShape, value, 2, func(groups []string) string { return s.mark(groups[2]) })
}

// folded masks the rest of a value that begins with the name of a secret field: it was a
// line of its own to whoever sent it.
func (s *Secrets) folded(value string) string {
	if !strings.Contains(value, ":") {
		return value
	}
	for _, at := range fieldShape.FindAllStringSubmatchIndex(value, -1) {
		name, rest := strings.ToLower(value[at[2]:at[3]]), value[at[1]:]
		switch kind := fieldKind(name); {
		case rest == "" || strings.HasPrefix(rest, "//"):
		case s.isAsked(name):
			return value[:at[1]] + s.markAsked(rest)
		case kind == kindSecret || kind == kindCookie || kind == kindSetCookie || kind == kindCredentials || kind == kindProtocols:
			return value[:at[1]] + s.mark(rest)
		}
	}
	return value
}

// replaceGroup replaces one group of every match.
func replaceGroup(shape *regexp.Regexp, text string, group int, replacement func(groups []string) string) string {
	var result strings.Builder
	from := 0
	for _, at := range shape.FindAllStringSubmatchIndex(text, -1) {
		groups := make([]string, len(at)/2)
		for i := range groups {
			if at[2*i] >= 0 {
				groups[i] = text[at[2*i]:at[2*i+1]]
			}
		}
		result.WriteString(text[from:at[2*group]])
		result.WriteString(replacement(groups))
		from = at[2*group+1]
	}
	if from == 0 {
		return text
	}
	return result.String() + text[from:]
}
