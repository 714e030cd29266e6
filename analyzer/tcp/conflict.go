package tcp

import "hash/maphash"

// Two segments can bring different bytes for the same place: somebody on the
// way has put one in, or a sender tries to show a capture something else than
// what the receiver reads (Ptacek and Newsham, Insertion, Evasion, and Denial
// of Service, 1998). Which one the receiver took depends on its system and on
// what had arrived there. Here the bytes that were captured first win, always;
// that there were others is counted.
//
// What waits to be told is compared byte by byte. What was told is gone, but
// for the beginning of each side's latest turn, which is where a message begins:
// a sum of it is kept.

// turn is what is remembered of the first bytes that a side sent after the
// other one.
type turn struct {
	off    int64
	length int // bytes; 0 if nothing is remembered
	sum    uint64
}

// maxTurn is how many bytes of a turn's first segment are remembered. They are
// those of a head, which is read anyway.
const maxTurn = 512

// remember notes bytes that are told, if they begin a turn. A single byte is
// not worth it: keep-alive probes repeat one that may be any
// (RFC 9293 §3.8.4).
func (a *Assembler) remember(c *Conn, side int, off int64, data []byte) {
	if c.speaker == uint8(side)+1 || len(data) <= 1 {
		return
	}
	c.speaker = uint8(side) + 1
	data = data[:min(len(data), maxTurn)]
	c.turns[side] = turn{off: off, length: len(data), sum: maphash.Bytes(a.seed, data)}
}

// contradicts tells whether a piece has other bytes than those that were told
// and are remembered.
func (a *Assembler) contradicts(f *flow, side int, p *piece) bool {
	if f.conn == nil {
		return false
	}
	t := &f.conn.turns[side]
	from := t.off - p.off
	if t.length == 0 || from < 0 || from+int64(t.length) > int64(len(p.data)) {
		return false
	}
	return maphash.Bytes(a.seed, p.data[from:from+int64(t.length)]) != t.sum
}
