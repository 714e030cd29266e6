package http1

import "strings"

// Message is the head of a request or of a response as it stood on the wire,
// and what is known of the content that followed.
//
// All strings of a Message share the memory of Head, but for values of folded
// fields and the trailers.
type Message struct {
	Head string // every byte of the head that was seen, up to and including the empty line

	Method, Target string // of a request
	Status         int    // of a response, 0 in a request
	Reason         string // of a response, may be empty
	Version        string // "HTTP/1.1" as sent; empty in a request of HTTP/0.9, or in which it was forgotten

	Fields   []Field // in wire order, duplicates kept; not to be changed in a message that was read
	Trailers []Field // of chunked content

	// StartCut tells of an incomplete head that it ends within the start line.
	// There is a method and some of the target, which may go on, or a status.
	StartCut bool

	// Complete tells that every byte of the head was seen. What stands in an
	// incomplete head is true; what is absent may have been lost.
	Complete bool

	Packets    []uint64 // numbers of the packets that carried the head, ascending
	Start, End int64    // times of the head's first and last packet, nanoseconds since the Unix epoch

	Framing Framing
	Content Content
	Defects []Defect

	// names tells of most names that no field has, so that Get need not look.
	// 0 tells nothing. It is that of Fields as they were read.
	names   nameSet
	upgrade upgrade
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Status == 0 }

// Line gives the line, or folded lines, of field number i of a message that was
// read, as it stood on the wire without the final line break.
func (m *Message) Line(i int) string {
	for n, line := range m.Lines {
		if n == i {
			return line
		}
	}
	return ""
}

// Lines goes over the field lines of a message that was read, by number, each with those
// that continue it, as Line gives them. Of an incomplete head the last may be no field.
func (m *Message) Lines(yield func(i int, line string) bool) {
	begin, end, i := -1, 0, 0
	for pos := strings.IndexByte(m.Head, '\n') + 1; pos < len(m.Head); {
		line, _, _ := strings.Cut(m.Head[pos:], "\n")
		folded := line != "" && isSpace(line[0]) && begin >= 0
		if !folded {
			if begin >= 0 {
				if !yield(i, m.Head[begin:end]) {
					return
				}
				i++
			}
			if line == "" || line == "\r" {
				return
			}
			begin = pos
		}
		end = pos + len(strings.TrimSuffix(line, "\r"))
		pos += len(line) + 1
	}
	if begin >= 0 {
		yield(i, m.Head[begin:end])
	}
}

// Framing says how the end of a message's content is found (RFC 9112 §6.3).
type Framing uint8

const (
	FramingNone    Framing = iota // no content
	FramingLength                 // Content-Length
	FramingChunked                // Transfer-Encoding: chunked
	FramingClose                  // until the connection closes
	FramingTunnel                 // not HTTP from here on: after 101, or 2xx to CONNECT
)

// Content is what is known of the bytes after a head. They are counted and
// stepped over; only of requests with defects is a little kept.
type Content struct {
	Declared int64  // Content-Length; -1 if there is none
	Bytes    uint64 // content bytes seen, chunk framing not counted
	Missing  uint64 // content bytes known to be missing from the capture
	Complete bool   // the end of the content was reached

	// Start is the beginning of the content of a request with defects, or what
	// follows the first of them within it, at most 2 KiB and up to the first byte
	// that is missing: what other recipients may take for the next request. Empty
	// in all others.
	Start string
}

// Defect is something about a message that the grammar of RFC 9112 does not
// allow, or that recipients are known to read in different ways.
type Defect struct {
	ID   DefectID
	Note string // where, or the offending text
}

// DefectID names a kind of defect.
type DefectID string

const (
	DefectBareLF              DefectID = "bare-lf"               // a line ends in LF alone (RFC 9112 §2.2)
	DefectObsFold             DefectID = "obs-fold"              // a field value continues on the next line (§5.2)
	DefectSpaceBeforeColon    DefectID = "space-before-colon"    // (§5.1)
	DefectNoColon             DefectID = "no-colon"              // a field line without a colon
	DefectBadName             DefectID = "bad-name"              // a field name that is not a token (RFC 9110 §5.1)
	DefectBadValue            DefectID = "bad-value"             // NUL or bare CR in a field value (RFC 9110 §5.5)
	DefectBadStartLine        DefectID = "bad-start-line"        // more or fewer parts than the grammar has
	DefectLengthAndEncoding   DefectID = "length-and-encoding"   // Content-Length beside Transfer-Encoding (§6.3)
	DefectBadLength           DefectID = "bad-length"            // Content-Length is not a number
	DefectConflictingLengths  DefectID = "conflicting-lengths"   // several, and they differ
	DefectRepeatedLength      DefectID = "repeated-length"       // several, and they are the same
	DefectBadTransferEncoding DefectID = "bad-transfer-encoding" // chunked is not last, is repeated, or HTTP/1.0
	DefectLookalike           DefectID = "lookalike"             // a field that some take for Content-Length or Transfer-Encoding, others not
	DefectContentInGet        DefectID = "content-in-get"        // GET or HEAD with content (RFC 9110 §9.3.1, §9.3.2)
	DefectOddExpect           DefectID = "odd-expect"            // Expect that is not 100-continue, or announces no content (RFC 9110 §10.1.1)
	DefectOddChunkSize        DefectID = "odd-chunk-size"        // white space or a bare CR in its line, or more than 16 digits (§7.1)
	DefectBadChunk            DefectID = "bad-chunk"             // the chunked framing broke off
	DefectLeadingBytes        DefectID = "leading-bytes"         // bytes before the start line that are no message
	DefectHeadTooLarge        DefectID = "head-too-large"        // longer than Limits.Head; the rest was let go
)
