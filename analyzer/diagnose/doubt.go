package diagnose

import (
	"strconv"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// doubt is a reason why recipients may find the end of a request in different
// places.
type doubt struct {
	text    string
	serious bool // recipients are known to differ; otherwise some few do
}

type doubtList []doubt

// said gives the doubts in words.
func (l doubtList) said() []string {
	var words []string
	for _, d := range l {
		words = append(words, d.text)
	}
	return words
}

func (l doubtList) serious() bool {
	for _, d := range l {
		if d.serious {
			return true
		}
	}
	return false
}

// doubts reads from a request's defects what leaves its length in doubt.
func doubts(m *http1.Message) doubtList {
	var l doubtList
	for _, d := range m.Defects {
		switch d.ID {
		case http1.DefectLengthAndEncoding:
			l = append(l, doubt{"Content-Length beside Transfer-Encoding", true})
		case http1.DefectBadLength, http1.DefectConflictingLengths:
			l = append(l, doubt{"Content-Length: " + unquoted(m, "Content-Length"), true})
		case http1.DefectRepeatedLength:
			l = append(l, doubt{"Content-Length more than once", true})
		case http1.DefectBadTransferEncoding:
			l = append(l, doubt{codingDoubt(m), true})
		case http1.DefectLookalike:
			l = append(l, doubt{fieldNamed("a field named ", d.Note), true})
		case http1.DefectSpaceBeforeColon, http1.DefectObsFold:
			l = append(l, lineDoubts(m, d.ID)...)
		case http1.DefectBadValue:
			l = append(l, doubt{"a NUL or a bare CR in the value of " + fieldNamed("", d.Note), true})
		case http1.DefectBareLF:
			l = append(l, doubt{"a line that ends in LF alone", true})
		case http1.DefectOddChunkSize:
			l = append(l, doubt{"a chunk size that is not written as such", true})
		case http1.DefectBadChunk:
			l = append(l, doubt{"chunks that are none", true})
		case http1.DefectContentInGet:
			l = append(l, doubt{"content in " + d.Note, false})
		case http1.DefectOddExpect:
			l = append(l, doubt{"an Expect that is not 100-continue, or announces no content", false})
		}
	}
	return l
}

// fieldNamed quotes the name of a field, after words that introduce it. What cannot
// be a name may be the rest of a line that holds a secret.
func fieldNamed(introduced, name string) string {
	const token = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz" // RFC 9110 §5.6.2, in lower case
	if name = strings.TrimSpace(name); name == "" || strings.Trim(strings.ToLower(name), token) != "" {
		return "a field whose name cannot be one"
	}
	return introduced + strconv.QuoteToASCII(shortened(name))
}

// codingDoubt quotes a Transfer-Encoding, with the version if that is what is wrong
// with it.
func codingDoubt(m *http1.Message) string {
	text := "Transfer-Encoding: " + unquoted(m, "Transfer-Encoding")
	if m.Version == "HTTP/1.0" {
		text += " in HTTP/1.0"
	}
	return text
}

// lineDoubts gives what is doubtful of how the lines of Content-Length and
// Transfer-Encoding are written.
func lineDoubts(m *http1.Message, id http1.DefectID) doubtList {
	for i, line := range m.Lines {
		if i == len(m.Fields) {
			break
		}
		f := &m.Fields[i]
		name, rest, _ := strings.Cut(line, ":")
		spaced := strings.TrimRight(name, " \t") != name
		_, next, folded := strings.Cut(rest, "\n")
		continued, _, isField := strings.Cut(next, ":")
		switch {
		case id == http1.DefectSpaceBeforeColon && spaced && framesContent(f.Name):
			return doubtList{{"white space between " + f.Name + " and its colon", true}}
		case id == http1.DefectObsFold && folded && framesContent(f.Name):
			return doubtList{{f.Name + " that is continued on the next line", true}}
		case id == http1.DefectObsFold && folded && isField && framesContent(strings.TrimSpace(continued)):
			return doubtList{{"a line that continues " + fieldNamed("", f.Name) + " and reads like " + strings.TrimSpace(continued), true}}
		}
	}
	return nil
}

func framesContent(name string) bool {
	return strings.EqualFold(name, "Content-Length") || strings.EqualFold(name, "Transfer-Encoding")
}

// framing says how a request tells where it ends.
func framing(m *http1.Message) string {
	switch {
	case m.Framing == http1.FramingChunked:
		return "Transfer-Encoding: chunked"
	case m.Framing == http1.FramingLength:
		return "Content-Length: " + strconv.FormatInt(m.Content.Declared, 10)
	default:
		return "no content"
	}
}
