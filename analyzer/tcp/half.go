package tcp

import "math"

// half is one direction of a flow. Places in it are offsets: bytes from its
// first one, in 64 bits, so that sequence numbers may wrap as often as they like.
// The FIN counts as one byte after the last, as its sequence number does.
//
// Before it is certain which byte is the first, offsets count from
// provisionalOrigin; settle makes them start at 0.
type half struct {
	base  uint32 // sequence number of offset 0
	known bool   // base is set
	syn   bool   // by the direction's own SYN, so for certain
	seen  bool   // a packet of this direction was captured
	fin   bool   // its FIN was told
	next  int64  // what to tell next; while the flow is opening: the lowest offset seen
	acked int64  // how far the other side acknowledged, as far as that is beyond next
	end   int64  // where its FIN stands, noEnd before it is seen
}

const (
	provisionalOrigin = 1 << 32 // a multiple of 2^32: base is then the first sequence number seen
	noEnd             = math.MaxInt64
	noAck             = math.MinInt64
)

// offset gives the place of a sequence number: of all those that it may stand
// for, the one nearest to what is known to exist.
func (h *half) offset(seq uint32) int64 {
	near := max(h.next, h.acked)
	return near + int64(int32(seq-h.base-uint32(near)))
}

// settle makes first offset 0. It returns how far offsets moved.
func (h *half) settle(first int64) int64 {
	h.base += uint32(first)
	h.next = 0
	h.acked = max(0, h.acked-first)
	if h.end != noEnd {
		h.end -= first
	}
	return first
}

// begin sets where the direction starts, for certain or, in an opening flow,
// until something earlier comes.
func (h *half) begin(seq uint32, opening bool) {
	h.base, h.known = seq, true
	if opening {
		h.next, h.acked = provisionalOrigin, provisionalOrigin
	}
}
