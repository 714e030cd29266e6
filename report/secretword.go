package report

import (
	"hash/maphash"
	"strings"
	"sync"

	"github.com/hophound/hophound/analyzer"
	"github.com/hophound/hophound/analyzer/diagnose"
)

// Lengths in bytes.
const (
	minWord   = 6  // of a secret that is looked for in all text
	minNumber = 12 // of one that is a number
	minToken  = 16 // of what a service gives out as a token
)

// tellsItself tells whether a secret can be looked for in all text without
// hiding what it is not: theme=dark must not hide every "dark".
func tellsItself(secret string) bool {
	if len(secret) < minWord || strings.Contains(secret, "://") {
		return false
	}
	if !hasLetter(secret) {
		return len(secret) >= minNumber && strings.Trim(secret, "0123456789") == ""
	}
	return len(secret) >= minToken || hasDigit(secret)
}

func hasLetter(text string) bool {
	return strings.IndexFunc(text, func(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' }) >= 0
}

func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }

// looksGiven tells whether a text that nothing names is likely to be a token that
// somebody was given: /cable?5f1c0b6a9e2d47c1.
func looksGiven(text string) bool {
	return len(text) >= minToken && tellsItself(text) && hasLetter(text) && hasDigit(text)
}

// looksRandom tells whether a text is likely to be random bytes in base64: an id of
// SignalR is a token, one in hexadecimal digits or in words is what it says.
func looksRandom(text string) bool {
	const shortest = 20
	return len(text) >= shortest && hasDigit(text) && strings.ToLower(text) != text && strings.ToUpper(text) != text
}

// remember has a secret looked for in all text: as it is, without what it is
// wrapped in, unescaped, and by those of its parts that are tokens themselves.
func (s *Secrets) remember(secret string) {
	if tellsItself(secret) {
		s.rememberWord(secret)
	}
	for _, form := range [...]string{secret, unescaped(secret)} {
		bare := strings.Trim(form, partsOfSecrets)
		padded := strings.HasSuffix(form, "=") && tellsItself(form) // padding is often left out
		if bare != secret && (padded || tellsItself(bare)) {
			s.rememberForm(bare)
		}
		if len(bare) <= minToken || !strings.ContainsAny(bare, partsOfSecrets) {
			continue
		}
		for part := range strings.FieldsFuncSeq(bare, func(r rune) bool { return strings.ContainsRune(partsOfSecrets, r) }) {
			if looksGiven(part) {
				s.rememberForm(part)
			}
		}
	}
}

// partsOfSecrets is what tokens are joined with to make a secret, signed or numbered.
const partsOfSecrets = ".:|=,; \t\"'"

// rememberForm remembers what a secret is in another form. It gets its number when
// all secrets of a report have theirs: most such forms are never shown.
func (s *Secrets) rememberForm(form string) {
	key := maphash.String(s.seed, form)
	if len(s.words) < maxMarks && !s.words[key] {
		s.words[key] = true
		s.forms = append(s.forms, key)
	}
}

// numberForms numbers the forms that were remembered, in the order of their secrets.
func (s *Secrets) numberForms() {
	for _, key := range s.forms {
		if _, numbered := s.marks[key]; !numbered && len(s.marks) < maxMarks {
			s.marks[key] = len(s.marks) + 1
		}
	}
	s.forms = s.forms[:0]
}

func (s *Secrets) rememberWord(secret string) {
	if len(s.words) < maxMarks {
		s.words[maphash.String(s.seed, secret)] = true
	}
}

// learnNames meets the names that a report gives things: a cookie that has one
// as its value does not make it a secret.
func (s *Secrets) learnNames(r *analyzer.Report) {
	learn := func(name string) {
		if !s.ordinary[name] {
			s.ordinary[name] = true
			addWords(s.ordinary, name)
		}
	}
	for _, hop := range r.Hops {
		learn(hop.Name)
	}
	for _, source := range r.Sources {
		learn(source)
	}
}

// rulesWords are the words of what the rules say themselves. They are only read.
var rulesWords = sync.OnceValue(func() map[string]bool {
	words := setOf("HTTP/0.9", "HTTP/1", "HTTP/1.0", "HTTP/1.1", "HTTP/2.0")
	for _, r := range diagnose.Rules() {
		addWords(words, r.Summary+" "+r.Explanation+" "+r.Doubt)
		for _, fix := range r.Fixes {
			addWords(words, fix.Where+" "+fix.Text)
		}
	}
	return words
})

// addWords adds the words of a text and their parts.
func addWords(words map[string]bool, text string) {
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r > '~' || !inWord(byte(r)) }) {
		cuts := cutsOf(word)
		for i, from := range cuts {
			for _, to := range cuts[i+1:] {
				words[word[from.to:max(to.from, from.to)]] = true
			}
		}
	}
}

// knownWords masks the words of a text that are secrets elsewhere.
func (s *Secrets) knownWords(text string) string {
	if len(s.words) == 0 {
		return text
	}
	return replaceWords(text, s.knownWord)
}

// replaceWords replaces the words of a text that are long enough to be secrets.
func replaceWords(text string, replacement func(word string) string) string {
	if len(text) < minWord {
		return text
	}
	var result strings.Builder
	from := 0
	for i := 0; i < len(text); {
		if !inWord(text[i]) {
			i++
			continue
		}
		end := i + 1
		for end < len(text) && inWord(text[end]) {
			end++
		}
		if word := text[i:end]; len(word) >= minWord {
			result.WriteString(text[from:i])
			result.WriteString(replacement(word))
			from = end
		}
		i = end
	}
	if from == 0 {
		return text
	}
	return result.String() + text[from:]
}

// knownWord masks a word that is a secret, or has one in it.
func (s *Secrets) knownWord(word string) string {
	shown := s.knownParts(word)
	at := strings.IndexByte(shown, '%')
	if at < 0 || !s.hidesKnown(shown) {
		return shown
	}
	at = strings.LastIndexAny(shown[:at], partsOfWords+"]") + 1 // a secret may begin before its first escape
	return shown[:at] + s.number(shown[at:])
}

// hidesKnown tells whether a known secret is in a word once it is unescaped.
func (s *Secrets) hidesKnown(word string) bool {
	for range maxNested {
		plain := unescaped(word)
		if plain == word {
			return false
		}
		if replaceWords(plain, s.knownParts) != plain {
			return true
		}
		word = plain
	}
	return false
}

// knownParts masks the parts of a word that are secrets, between what parts the
// words of paths, names and escaped text. The longest is taken first: a secret
// may have such parts itself.
func (s *Secrets) knownParts(word string) string {
	var result strings.Builder
	from := 0
	cuts := cutsOf(word)
	for i := range cuts {
		if cuts[i].to < from {
			continue
		}
		if secret, end := s.longestKnown(word, cuts, i); secret != "" {
			result.WriteString(word[from:cuts[i].to])
			result.WriteString(s.number(secret))
			from = end
		}
	}
	if from == 0 {
		return word
	}
	return result.String() + word[from:]
}

// Limits of how many parts of a word are tried as one, as they stand and unescaped:
// a word may be as long as a head.
const (
	maxParts        = 32
	maxEscapedParts = 8
)

// longestKnown gives the longest secret that begins at a cut, and where it ends.
// The end of the word is tried from near its beginning alone.
func (s *Secrets) longestKnown(word string, cuts []cut, i int) (secret string, end int) {
	from, last := cuts[i].to, len(cuts)-1
	for j := last; j > i && cuts[j].from-from >= minWord; j-- {
		if j > i+maxParts && (j < last || i > maxParts) {
			j = i + maxParts
		}
		part := word[from:cuts[j].from]
		if s.known(part) {
			return part, cuts[j].from
		}
		if cuts[i].isEscape() || j > i+maxEscapedParts && j < last || !strings.Contains(part, "%") {
			continue
		}
		if plain := unescaped(part); s.known(plain) {
			return plain, cuts[j].from
		}
	}
	return "", 0
}

// partsOfWords is what parts words beside escapes.
const partsOfWords = "/:=.-~+_"

// cut is what parts two parts of a word.
type cut struct{ from, to int }

func (c cut) isEscape() bool { return c.to-c.from > 1 }

// cutsOf gives what parts a word, and its ends.
func cutsOf(word string) []cut {
	const usual = 16
	cuts := append(make([]cut, 0, usual), cut{0, 0})
	for i := 0; i < len(word); i++ {
		switch {
		case isEscape(word[i:]):
			cuts = append(cuts, cut{i, i + 3})
			i += 2
		case strings.IndexByte(partsOfWords, word[i]) >= 0:
			cuts = append(cuts, cut{i, i + 1})
		}
	}
	return append(cuts, cut{len(word), len(word)})
}

func (s *Secrets) known(word string) bool {
	return len(word) >= minWord && s.words[maphash.String(s.seed, word)] && !s.isOrdinary(word)
}

// isOrdinary tells whether a word is the report's own, and hides nothing.
func (s *Secrets) isOrdinary(word string) bool { return s.ordinary[word] || rulesWords()[word] }

func inWord(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~+/=%:$!", c) >= 0
}
