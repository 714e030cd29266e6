package http1

import (
	"math"
	"slices"
)

// half is one direction of a connection: messages one after the other.
type half struct {
	arena    *Arena
	from     Direction
	state    state
	first    bool // nothing but PROXY headers came so far
	fresh    bool // at the first byte of a packet's payload
	started  bool // buf begins with a valid start line
	other    bool // began with bytes that are not HTTP/1
	preamble bool // all bytes so far are those, and no message can be among them
	tooLarge bool // buf is a head cut at Limits.Head

	packet uint64 // being read
	time   int64

	buf    []byte   // bytes of the head or trailer section that is not complete
	shares []share  // of buf, in its order
	scan   lineScan // over buf
	breaks int      // bytes of line breaks before the head

	msg   *Message  // whose content is being read
	block *block    // the exchange of msg
	left  uint64    // bytes left of the content or of the chunk
	sent  bool      // the content is known to be sent, although the request was refused
	chunk chunkLine // while reading chunk framing

	count   Bytes
	missing uint64
	passed  uint64 // bytes, seen or missing, while the position was unknown
}

// share is what a packet brought of the bytes that are kept.
type share struct {
	packet uint64
	time   int64
	end    int // place in them, behind the share
}

// state is what the next byte of a half belongs to.
type state uint8

const (
	stateHead      state = iota // a head, or line breaks before it
	stateLength                 // content of known length
	stateChunkSize              // a chunk size line
	stateChunkData              // a chunk's data
	stateChunkEnd               // the line break after it
	stateTrailer                // the trailer section
	stateClose                  // content until the direction ends
	stateTunnel                 // no HTTP
	stateLost                   // unknown: look for a start line
	stateDoubt                  // what may be the beginning of one, and was found so
	stateWithheld               // the content's first bytes, or the next request line instead of them
)

// atRest tells that no message is being read.
func (h *half) atRest() bool {
	return h.state == stateLost || h.state == stateHead && len(h.buf) == 0
}

// view gives the bytes kept so far followed by data.
func (h *half) view(data []byte) []byte {
	if len(h.buf) == 0 {
		return data
	}
	return append(h.buf, data...)
}

// keep holds view until more comes.
func (h *half) keep(view []byte) {
	if len(h.buf) == 0 {
		view = append(make([]byte, 0, len(view)+len(view)/2), view...)
		h.shares = h.shares[:0]
	}
	h.hold(view)
	n := len(h.shares)
	switch {
	case n > 0 && h.shares[n-1].packet == h.packet:
		h.shares[n-1].end = len(view)
	case n < mostShares:
		h.shares = append(h.shares, share{h.packet, h.time, len(view)})
	default:
		h.shares[n-1] = share{h.packet, max(h.time, h.shares[n-1].time), len(view)}
	}
}

// mostShares bounds the packets that are remembered of a head: of one in more, which nobody
// sends but to be in the way, those before the last are left out.
const mostShares = 1024

// keepBehind holds what is left of view, of which the first n bytes were used, and which
// these packets brought.
func (h *half) keepBehind(view []byte, n int, shares []share) {
	h.keep(view[n:])
	h.shares = h.shares[:0]
	for _, k := range shares {
		if k.end > n {
			h.shares = append(h.shares, share{k.packet, k.time, k.end - n})
		}
	}
}

// hold makes view what is kept.
func (h *half) hold(view []byte) {
	h.arena.held += len(view) - len(h.buf)
	h.buf = view
}

// drop lets go what was kept, ready for the next head.
func (h *half) drop() {
	h.hold(nil)
	h.shares = nil
	h.scan = lineScan{}
	h.started = false
}

// mark writes to m the packets and times of the head, which are the first n bytes in view.
// They come in the order of the stream, which need not be that of the capture. room is
// used for the packet numbers if it suffices.
func (h *half) mark(m *Message, n int, room []uint64) []uint64 {
	packets := room[:0]
	m.Start, m.End = math.MaxInt64, math.MinInt64
	if len(h.buf) > 0 {
		for i, k := range h.shares {
			if i > 0 && h.shares[i-1].end >= n {
				break
			}
			packets = append(packets, k.packet)
			m.Start, m.End = min(m.Start, k.time), max(m.End, k.time)
		}
	}
	if n > len(h.buf) {
		packets = append(packets, h.packet)
		m.Start, m.End = min(m.Start, h.time), max(m.End, h.time)
	}
	if len(packets) > 1 {
		slices.Sort(packets)
		packets = slices.Compact(packets)
	}
	m.Packets = slices.Clip(packets)
	return room[min(len(packets), len(room)):]
}

// step reads some of data and tells how much; none if only the state changed.
func (s *Stream) step(h *half, data []byte) int {
	switch h.state {
	case stateHead:
		return s.head(h, data)
	case stateLength, stateClose:
		return s.content(h, data)
	case stateChunkSize:
		return s.chunkSize(h, data)
	case stateChunkData:
		return s.chunkData(h, data)
	case stateChunkEnd:
		return s.chunkEnd(h, data)
	case stateTrailer:
		return s.trailer(h, data)
	case stateTunnel:
		return s.pass(h, data)
	case stateDoubt:
		return s.doubt(h, data)
	case stateWithheld:
		return s.withheld(h, data)
	default:
		return s.search(h, data)
	}
}

// content steps over content that is not chunked.
func (s *Stream) content(h *half, data []byte) int {
	if s.mayWithhold(h) {
		h.state = stateWithheld
		return 0
	}
	n := len(data)
	if h.state == stateLength {
		n = int(min(uint64(n), h.left))
		h.left -= uint64(n)
	}
	h.msg.keepStart(data[:n])
	h.msg.Content.Bytes += uint64(n)
	h.count.Content += uint64(n)
	if h.state == stateLength && h.left == 0 {
		s.finish(h, true)
	}
	return n
}

// skip steps over n bytes that are missing, or loses the position.
func (s *Stream) skip(h *half, n uint64) {
	s.settle(h)
	s.followGap(h)
	switch h.state {
	case stateTunnel:
		s.tunnel.Tunnel.Missing += n
	case stateClose:
		h.msg.Content.Missing += n
	case stateLength:
		stepped := min(n, h.left)
		h.left -= stepped
		h.msg.Content.Missing += stepped
		if h.left > 0 {
			return
		}
		s.finish(h, true)
		if n > stepped {
			s.skip(h, n-stepped)
		}
	case stateChunkData:
		stepped := min(n, h.left)
		h.left -= stepped
		h.msg.Content.Missing += stepped
		if n > stepped {
			h.passed += n - stepped
			s.lose(h)
		} else if h.left == 0 {
			h.state = stateChunkEnd
		}
	default:
		h.passed += n
		s.lose(h)
		if h.state == stateTunnel {
			s.skip(h, n)
		}
	}
}

// begin enters the content of m, the head of which was just read.
func (s *Stream) begin(h *half, b *block, m *Message) {
	h.msg, h.block = m, b
	switch m.Framing {
	case FramingLength:
		h.left = uint64(m.Content.Declared)
		h.state = stateLength
		if h.left == 0 {
			s.finish(h, true)
		}
	case FramingChunked:
		h.left, h.chunk = 0, chunkLine{}
		h.state = stateChunkSize
	case FramingClose:
		h.state = stateClose
	default:
		s.finish(h, true)
	}
}

// finish ends the message that is being read.
func (s *Stream) finish(h *half, complete bool) {
	h.msg.Content.Complete = complete
	b := h.block
	h.msg, h.block = nil, nil
	h.state, h.sent = stateHead, false
	h.drop()
	if h.from != s.client {
		s.responded(b)
		return
	}
	s.requested(b)
	if s.tunnel != nil {
		h.state = stateTunnel
		s.start.broken = s.start.broken || !complete
	}
}

// cut ends whatever is being read: no more of it will come.
func (s *Stream) cut(h *half) {
	s.settle(h)
	if (h.state == stateHead || h.state == stateDoubt) && len(h.buf) > 0 {
		s.partial(h, h.buf)
	}
	if h.msg != nil {
		h.count.Framing += uint64(len(h.buf)) // of a trailer section
		s.finish(h, false)
	}
	h.drop()
}
