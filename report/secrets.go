package report

import (
	"fmt"
	"hash/maphash"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/http1"
)

// Secrets replaces values that nobody should find in a pasted report. What a
// comparison needs is kept: names, the scheme of credentials, the length in
// bytes, and whether two values are the same, since equal values get equal
// marks.
//
// A nil *Secrets shows everything.
type Secrets struct {
	asked map[string]bool // names, in lower case, that are masked beside the known ones
	seed  maphash.Seed
	marks map[uint64]int  // by hash of the secret: a report is long-lived, a secret need not be
	words map[uint64]bool // hashes of secrets that are looked for in all text
	forms []uint64        // hashes of words that have no number yet

	// What is looked for in what is said to people: secretquote.go.
	quoted      map[string]bool
	quotations  []quotation
	inSentences *strings.Replacer // of all quotations; nil if there are new ones

	ordinary map[string]bool // names of a report, which are no secrets

	// Most lines are met again and again. Hashes of those that were learned from,
	// and of those that were found to hold no secret while so many were known.
	learned, open map[uint64]struct{}
	sure          int // len(words) + len(quoted) then
}

// Limits of what a Secrets remembers. Beyond the first, marks have no number;
// and secrets are masked where they stand and not looked for elsewhere; beyond the
// second, values of asked names are not looked for in sentences.
const (
	maxMarks  = 1 << 16
	maxQuoted = 1 << 10
	maxOpen   = 1 << 16
)

// NewSecrets gives a Secrets that has met no value yet. Marks are numbered in
// the order in which values are met, so one Secrets serves one output. The
// values of fields and query parameters called as in mask, in any case, are
// secret too.
func NewSecrets(mask ...string) *Secrets {
	s := &Secrets{
		asked: map[string]bool{}, seed: maphash.MakeSeed(),
		marks: map[uint64]int{}, words: map[uint64]bool{}, ordinary: map[string]bool{},
		learned: map[uint64]struct{}{}, open: map[uint64]struct{}{}, quoted: map[string]bool{},
	}
	for _, name := range mask {
		s.asked[askedAs(strings.TrimRight(strings.TrimSpace(name), " :"))] = true // X-Foo: as it stands in a message
	}
	return s
}

// askedAs is a name as those that were asked for are compared: X_Foo is X-Foo, as nodes
// write it.
func askedAs(name string) string { return strings.ReplaceAll(strings.ToLower(name), "_", "-") }

func (s *Secrets) isAsked(name string) bool { return len(s.asked) > 0 && s.asked[askedAs(name)] }

// Learn meets the secrets of every message of a report, in the order of its
// journeys. Those that turn up elsewhere, in a path or in a sentence, are then
// known, and the text and the JSON form of a report number them alike.
func (s *Secrets) Learn(r *analyzer.Report) {
	if s == nil {
		return
	}
	s.learnNames(r)
	defer s.numberForms()
	for _, j := range r.Journeys {
		var before *http1.Exchange
		for hop, x := range j.Match.Exchanges {
			s.learnExchange(x, before)
			if x != nil {
				before = x
			}
			if j.Match.Retries == nil {
				continue
			}
			for _, earlier := range j.Match.Retries[hop] {
				s.learnExchange(earlier, x)
			}
		}
	}
}

// learnExchange learns from an exchange, of which one before it may have been like it.
func (s *Secrets) learnExchange(x, before *http1.Exchange) {
	if x == nil {
		return
	}
	if before == nil {
		before = &http1.Exchange{}
	}
	s.learnMessage(x.Request, before.Request)
	for _, m := range x.Informational {
		s.learnMessage(m, nil)
	}
	s.learnMessage(x.Response, before.Response)
}

func (s *Secrets) learnMessage(m, before *http1.Message) {
	if m == nil {
		return
	}
	s.Method(m.Method)
	s.Target(m.Target)
	s.Version(m.Version)
	if shown := s.Reason(m.Reason); shown != m.Reason {
		s.quote(m.Reason, shown)
	}
	var known []http1.Field // lines that were learned from just now
	if before != nil {
		known = before.Fields
	}
	const near = 8 // most come in the same order, but for a few that a node put between
	for _, f := range m.Fields {
		if i := slices.Index(known[:min(len(known), near)], f); i >= 0 {
			known = known[i+1:]
			continue
		}
		if s.learnField(f) && s.isQuoted(f.Name) {
			s.learnLines(m, f.Name)
		}
	}
	for _, f := range m.Trailers {
		s.learnField(f)
	}
}

// learnField learns from a line, and tells whether it holds a secret that was not met so
// before, or one that sentences may quote.
func (s *Secrets) learnField(f http1.Field) (secret bool) {
	line := s.line(f.Name, f.Value)
	if _, known := s.learned[line]; known {
		return false
	}
	s.Name(f.Name)
	secret = f.Value != "" && s.value(f.Name, f.Value) != f.Value
	if len(s.learned) < maxOpen && !(secret && s.isQuoted(f.Name)) { // with other lines it is quoted otherwise
		s.learned[line] = struct{}{}
	}
	return secret
}

// Value gives the value of a field as it may be shown. The name is compared
// without regard to case; ":target" is the request target. Of a line that has
// no name, or one that cannot be, nothing is shown: it may be the rest of
// anything.
func (s *Secrets) Value(name, value string) string {
	if s == nil || value == "" {
		return value
	}
	if s.isOpen(name, value) {
		return value
	}
	shown := s.value(name, value)
	if shown == value {
		s.open[s.line(name, value)] = struct{}{}
	}
	return shown
}

// isOpen tells whether a field line is known to hold no secret. What is learned
// later may be in it, so nothing is known any more when something was.
func (s *Secrets) isOpen(name, value string) bool {
	if known := len(s.words) + len(s.quoted); known != s.sure || len(s.open) >= maxOpen {
		clear(s.open)
		s.sure = known
	}
	_, open := s.open[s.line(name, value)]
	return open
}

func (s *Secrets) line(name, value string) uint64 {
	var h maphash.Hash
	h.SetSeed(s.seed)
	_, _ = h.WriteString(name) // never fails
	_ = h.WriteByte(':')
	_, _ = h.WriteString(value)
	return h.Sum64()
}

func (s *Secrets) value(name, value string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	if s.isAsked(name) {
		return s.markAsked(value)
	}
	if i := strings.IndexAny(value, "\x00\r\n"); i >= 0 { // what follows was another line to some
		return s.value(name, value[:i]) + value[i:i+1] + s.mark(value[i+1:])
	}
	switch fieldKind(name) {
	case kindTarget:
		return s.Target(value)
	case kindURI:
		return s.Target(s.embedded(value))
	case kindMethod:
		return s.Method(value)
	case kindVersion:
		return s.Version(value)
	case kindStatus:
		code, reason, _ := strings.Cut(value, " ")
		return code + value[len(code):len(value)-len(reason)] + s.Reason(reason)
	case kindCookie:
		return s.cookies(value)
	case kindSetCookie:
		return s.setCookie(value)
	case kindCredentials:
		return s.credentials(value)
	case kindChallenge:
		return s.challenge(value)
	case kindProtocols:
		return s.protocols(value)
	case kindSecret:
		return s.mark(value)
	case kindOpen:
		return s.patterns(s.embedded(s.authority(value)))
	}
	return s.Text(s.embedded(value))
}

// Name gives the name of a field as it may be shown: as it is, unless it
// cannot be one. ":target" and the like name a part of the start line.
func (s *Secrets) Name(name string) string {
	switch {
	case s == nil || name == "" || name[0] == ':': // a part of the start line
		return name
	case s.isOpen(fieldName, name):
		return name
	case isToken(strings.TrimSpace(name)):
		shown := s.knownWords(name)
		if shown == name {
			s.open[s.line(fieldName, name)] = struct{}{}
		}
		return shown
	case resemblesName(name):
		return name
	}
	return s.mark(name)
}

// fieldName stands for the name where that of a field is itself what may be shown.
const fieldName = ":name"

// Method gives a request method as it may be shown: what precedes a request
// line without a line break is taken for a part of it.
func (s *Secrets) Method(method string) string {
	const longest = len("UPDATEREDIRECTREF") // of those that are registered (RFC 9110 §16.1)
	if s == nil || usualMethods[strings.ToUpper(method)] || len(method) <= longest && strings.Trim(method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_") == "" {
		return method
	}
	return s.mark(method)
}

var usualMethods = setOf("CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE")

// Version gives the version of a message as it may be shown: HTTP/1.1, and what
// servers of Shoutcast say instead.
func (s *Secrets) Version(version string) string {
	if s == nil || version == "" || version == "HTTP/1.1" || versionShape.MatchString(version) {
		return version
	}
	return s.mark(version)
}

var versionShape = regexp.MustCompile(`^(?i:HTTP/[0-9](\.[0-9])?|ICY)$`)

// Reason gives the reason phrase of a response as it may be shown: words that
// are more than letters are masked, and what looks like a secret or is known.
func (s *Secrets) Reason(reason string) string {
	if s == nil {
		return reason
	}
	if i := strings.IndexAny(reason, "\x00\r"); i >= 0 { // what follows was another line to some
		return s.Reason(reason[:i]) + reason[i:i+1] + s.mark(reason[i+1:])
	}
	if strings.ContainsAny(reason, "0123456789=_") {
		words := strings.Split(reason, " ")
		for i, word := range words {
			if strings.ContainsAny(word, "0123456789=_") {
				words[i] = s.mark(word)
			}
		}
		reason = strings.Join(words, " ")
	}
	return s.Text(reason)
}

// mark gives what is shown instead of a secret, and remembers it.
func (s *Secrets) mark(secret string) string {
	if _, met := s.marks[maphash.String(s.seed, secret)]; !met {
		s.remember(secret)
	}
	return s.number(secret)
}

// markAsked is mark for a value of a name that was asked for.
func (s *Secrets) markAsked(value string) string {
	s.rememberWord(value)
	s.remember(value)
	mark := s.number(value)
	s.quote(value, mark)
	return mark
}

func (s *Secrets) number(secret string) string {
	if secret == "" {
		return ""
	}
	length := strconv.Itoa(len(secret)) + " bytes"
	if len(secret) == 1 {
		length = "1 byte"
	}
	key := maphash.String(s.seed, secret)
	number, ok := s.marks[key]
	if !ok {
		if len(s.marks) == maxMarks {
			return "[secret, " + length + "]"
		}
		number = len(s.marks) + 1
		s.marks[key] = number
	}
	return fmt.Sprintf("%s%d, %s]", markOpens, number, length)
}

// markOpens begins every mark with a number.
const markOpens = "[secret "
