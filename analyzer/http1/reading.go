package http1

import (
	"strconv"
	"strings"
)

// block holds an exchange and its two messages in one piece of memory.
type block struct {
	Exchange
	request, response Message
	packets           [4]uint64 // of both heads, if they are no more
	room              []uint64  // of packets, not used yet
}

// number makes b the next exchange of the connection.
func (s *Stream) number(b *block) {
	b.Conn, b.Index = s.conn, s.index
	b.room = b.packets[:]
	s.index++
}

// request reads a request head and enters its content. It gives the length of
// the head; 0 if it does not begin with a request line.
func (s *Stream) request(h *half, text string, complete bool) int {
	b := s.arena.block()
	m := &b.request
	begin := m.readStart(text, true)
	if begin == 0 || isPreface(m.Method, m.Target, m.Version) {
		return 0
	}
	if m.Version == "" && (complete || begin < len(text)) && !opensField(text[begin:]) {
		if m.Method != "GET" {
			return 0
		}
		text = text[:begin] // HTTP/0.9: the line is all
	}
	s.number(b)
	s.fill(h, m, text, begin, complete)
	m.learnUpgrade()
	b.room = h.mark(m, b.room)
	b.Request = m
	s.accept(h, true)
	h.count.Head += uint64(len(text))
	framed := m.frame("")
	h.drop()
	s.asked(h, b)
	s.enter(h, b, m, framed, complete)
	return len(text)
}

// response reads a response head, finds the exchange it belongs to and enters
// its content. It gives the length of the head; 0 if it does not begin with a
// status line.
func (s *Stream) response(h *half, text string, complete bool) int {
	s.endSimple()
	draft := s.draft()
	m := &draft.response
	begin := m.readStart(text, false)
	if begin == 0 {
		*m = Message{}
		return 0
	}
	if h.breaks > 0 {
		m.note(DefectLeadingBytes, strconv.Itoa(h.breaks)+" bytes of line breaks")
	}
	s.accept(h, false)
	s.fill(h, m, text, begin, complete)
	b, method := s.answered(m, draft)
	if b != draft {
		b.response, draft.response = draft.response, Message{}
		m = &b.response
	}
	b.room = h.mark(m, b.room)
	h.count.Head += uint64(len(text))
	framed := m.frame(method)
	h.drop()
	if isInformational(m.Status) {
		informational := *m
		*m = Message{}
		b.Informational = append(b.Informational, &informational)
		s.enter(h, b, &informational, framed, complete)
		return len(text)
	}
	b.Response = m
	if m.Framing == FramingTunnel {
		m.Content.Complete = true
		s.openTunnel(h, b)
		return len(text)
	}
	s.enter(h, b, m, framed, complete)
	return len(text)
}

// draft gives the exchange the next response probably belongs to, to read it
// into: most often it need not be moved from there.
func (s *Stream) draft() *block {
	if s.orphan != nil {
		return s.orphan
	}
	if open := s.queue.open(); len(open) > 0 {
		return open[0].block
	}
	return s.arena.block()
}

// fill reads the fields of a head. Of one that breaks off only whole lines
// count, and the last of them only if the next one is seen not to continue it.
func (s *Stream) fill(h *half, m *Message, text string, begin int, complete bool) {
	m.Head = text
	m.Complete = complete
	h.breaks = 0
	whole := text
	if !complete {
		whole = text[:strings.LastIndexByte(text, '\n')+1]
	}
	fields, over := readFields(m, whole, begin, s.arena.room(), s.limits.Fields)
	if rest := text[len(whole):]; !complete && len(fields) > 0 && (rest == "" || isSpace(rest[0])) {
		fields = fields[:len(fields)-1]
	}
	m.Fields = s.arena.keep(fields)
	if over {
		m.Complete = false
		m.note(DefectHeadTooLarge, "more than "+strconv.Itoa(s.limits.Fields)+" field lines")
		s.stats.FieldLimit++
	}
	if h.tooLarge {
		m.note(DefectHeadTooLarge, "more than "+strconv.Itoa(s.limits.Head)+" bytes")
	}
}

// enter goes on after a head: to its content, or to look for the next start
// line if the end of the content can't be known.
func (s *Stream) enter(h *half, b *block, m *Message, framed, complete bool) {
	if framed && m.Complete {
		s.begin(h, b, m)
		return
	}
	h.msg, h.block = m, b
	m.Framing = FramingNone
	if complete {
		s.lose(h)
	} else {
		s.finish(h, false)
	}
}
