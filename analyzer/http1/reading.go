package http1

import "strconv"

// number makes b the next exchange of the connection.
func (s *Stream) number(b *block) {
	b.Conn, b.Index = s.conn, s.index
	b.room = b.packets[:]
	s.index++
}

// request reads a request head and enters its content. It gives the length of
// the head; 0 if it does not begin with a request line. feeds are the places of the
// line feeds in view; without any, the start line breaks off.
func (s *Stream) request(h *half, view []byte, feeds []int, complete bool) int {
	b := s.arena.block()
	m := &b.request
	text := s.arena.string(b, partRequest, view)
	begin := m.readStart(text, firstFeed(feeds), true)
	if begin == 0 || isPreface(m.Method, m.Target, m.Version) {
		s.arena.drop(b)
		return 0
	}
	if m.Version == "" && (complete || begin < len(text)) && !opensField(text[begin:]) {
		if m.Method != "GET" {
			s.arena.drop(b)
			return 0
		}
		if lineBreaks([]byte(text[begin:])) != len(text)-begin { // an empty line may end it
			text, feeds = text[:begin], feeds[:1] // HTTP/0.9: the line is all
		}
	}
	s.number(b)
	s.fill(h, m, text, begin, feeds, complete)
	m.learnUpgrade()
	b.room = h.mark(m, len(text), b.room)
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
// status line. feeds are as for request.
func (s *Stream) response(h *half, view []byte, feeds []int, complete bool) int {
	s.endSimple()
	draft := s.draft()
	m := &draft.response
	text := s.arena.string(draft, partResponse, view)
	begin := m.readStart(text, firstFeed(feeds), false)
	if begin == 0 {
		*m = Message{}
		s.arena.dropPart(draft, partResponse)
		if draft.Request == nil && draft != s.orphan {
			s.arena.drop(draft)
		}
		return 0
	}
	if h.breaks > 0 {
		m.note(DefectLeadingBytes, strconv.Itoa(h.breaks)+" bytes of line breaks")
	}
	s.accept(h, false)
	s.fill(h, m, text, begin, feeds, complete)
	b, method := s.answered(m, draft)
	if b != draft {
		b.response, draft.response = draft.response, Message{}
		b.in[partResponse], draft.in[partResponse] = draft.in[partResponse], nil
		m = &b.response
	}
	b.room = h.mark(m, len(text), b.room)
	h.count.Head += uint64(len(text))
	framed := m.frame(method)
	h.drop()
	if isInformational(m.Status) {
		informational := m.Clone()
		*m = Message{} // the final response comes here
		s.arena.dropPart(b, partResponse)
		b.Informational = append(b.Informational, informational)
		s.enter(h, b, informational, framed, complete)
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
func (s *Stream) fill(h *half, m *Message, text string, begin int, feeds []int, complete bool) {
	m.Head = text
	m.Complete = complete
	h.breaks = 0
	if m.StartCut {
		s.noteLimit(h, m)
		return
	}
	whole := text[:feeds[len(feeds)-1]+1]
	fields, over := readFields(m, whole, begin, feeds, s.arena.fieldsRoom(), s.limits.Fields)
	if rest := text[len(whole):]; !complete && len(fields) > 0 && (rest == "" || isSpace(rest[0])) {
		fields = fields[:len(fields)-1]
	}
	m.Fields = s.arena.keep(fields)
	if over {
		m.Complete = false
		m.note(DefectHeadTooLarge, "more than "+strconv.Itoa(s.limits.Fields)+" field lines")
		s.stats.FieldLimit++
	}
	s.noteLimit(h, m)
}

// noteLimit notes that a head was cut because of its length.
func (s *Stream) noteLimit(h *half, m *Message) {
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
