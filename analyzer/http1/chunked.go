package http1

// Chunked content (RFC 9112 §7.1) is read in four steps: the chunk size line,
// the chunk's data, the line break after it, and after the last chunk the
// trailer section. Only the lines are looked at.

// maxChunkLine bounds the chunk size line with its extensions.
const maxChunkLine = 16 << 10

// mostDigits is how many hexadecimal digits a size of 64 bits has.
const mostDigits = 16

// chunkLine is how far a chunk size line was read.
type chunkLine struct {
	length int  // bytes so far
	digits bool // there was a hexadecimal digit
	ended  bool // the number is over: white space or an extension follows
	ext    bool // within the extensions
	cr     bool // the last byte was CR
	odd    bool // white space, a bare CR or more digits than a size can have
}

// take reads one more byte of the line into size; over tells that the line
// ended, bad that it is none.
func (l *chunkLine) take(c byte, size *uint64) (over, bad bool) {
	const most = 1 << 59 // so that one more digit fits
	wasCR := l.cr
	l.cr = c == '\r'
	l.length++
	l.odd = l.odd || wasCR && c != '\n'
	switch digit, isHex := hexDigit(c); {
	case c == '\n':
		l.odd = l.odd || l.ended && !l.ext // white space is for extensions only
		return true, !l.digits
	case l.length > maxChunkLine:
		return false, true
	case c == '\r' || l.ext:
		return false, false
	case wasCR:
		return false, true
	case c == ';':
		l.ext = true
		return false, !l.digits
	case c == ' ' || c == '\t':
		l.ended = l.digits
		l.odd = l.odd || !l.digits
		return false, false
	case !isHex || l.ended || *size >= most:
		return false, true
	default:
		l.digits = true
		l.odd = l.odd || l.length > mostDigits
		*size = *size<<4 | uint64(digit)
		return false, false
	}
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case isDigit(c):
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// chunkSize reads bytes of a chunk size line.
func (s *Stream) chunkSize(h *half, data []byte) int {
	for i, c := range data {
		bare := c == '\n' && !h.chunk.cr
		over, bad := h.chunk.take(c, &h.left)
		if bad {
			h.count.Framing += uint64(i)
			s.badChunk(h, "chunk size line")
			return i
		}
		if !over {
			continue
		}
		if bare {
			h.msg.note(DefectBareLF, "chunk size line")
		}
		if h.chunk.odd {
			h.msg.note(DefectOddChunkSize, "chunk size line")
		}
		h.count.Framing += uint64(i + 1)
		h.chunk = chunkLine{}
		h.state = stateChunkData
		if h.left == 0 {
			h.state = stateTrailer
			h.scan = lineScan{}
		}
		return i + 1
	}
	h.count.Framing += uint64(len(data))
	return len(data)
}

// chunkData steps over a chunk's data.
func (s *Stream) chunkData(h *half, data []byte) int {
	n := int(min(uint64(len(data)), h.left))
	h.left -= uint64(n)
	h.msg.keepStart(data[:n])
	h.msg.Content.Bytes += uint64(n)
	h.count.Content += uint64(n)
	if h.left == 0 {
		h.state = stateChunkEnd
	}
	return n
}

// chunkEnd reads the line break after a chunk's data.
func (s *Stream) chunkEnd(h *half, data []byte) int {
	switch c := data[0]; {
	case c == '\r' && !h.chunk.cr:
		h.chunk.cr = true
	case c == '\n':
		if !h.chunk.cr {
			h.msg.note(DefectBareLF, "after a chunk")
		}
		h.chunk = chunkLine{}
		h.state = stateChunkSize
	default:
		s.badChunk(h, "no line break after a chunk")
		return 0
	}
	h.count.Framing++
	return 1
}

func (s *Stream) badChunk(h *half, where string) {
	h.msg.note(DefectBadChunk, where)
	s.lose(h)
}

// trailer reads the trailer section, which ends like a head.
func (s *Stream) trailer(h *half, data []byte) int {
	view := h.view(data)
	n, ok := s.scan(h, view)
	switch {
	case ok && n <= s.limits.Head:
		used := n - len(h.buf)
		h.hold(nil)
		h.count.Framing += uint64(n)
		if n > len("\r\n") {
			h.msg.Trailers, _ = readFields(h.msg, string(view[:n]), 0, s.arena.feeds, nil, s.limits.Fields)
		}
		s.finish(h, true)
		return used
	case len(view) >= s.limits.Head || s.arena.held+len(data) > s.limits.Held:
		h.hold(view)
		s.badChunk(h, "trailer section too large")
		return len(data)
	default:
		h.keep(view)
		return len(data)
	}
}
