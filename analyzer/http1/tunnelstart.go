package http1

const (
	tunnelStartMost  = 64 // bytes that Tunnel.ClientStart is made of
	tunnelStartLeast = 16 // fewer say nothing
)

// tunnelStart hashes the first bytes that a client sends after a request, in
// case that the response makes them the beginning of a tunnel. The zero value
// has seen none.
type tunnelStart struct {
	sum    uint64 // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/) of the bytes so far
	bytes  uint8  // hashed, tunnelStartMost at most
	broken bool   // some of them are missing, or it is not known which are the first
}

// wants tells whether more bytes matter.
func (t *tunnelStart) wants() bool { return !t.broken && t.bytes < tunnelStartMost }

// write takes the next bytes.
func (t *tunnelStart) write(data []byte) {
	const basis, prime = 0xcbf29ce484222325, 0x100000001b3
	if !t.wants() {
		return
	}
	if t.bytes == 0 {
		t.sum = basis
	}
	data = data[:min(len(data), tunnelStartMost-int(t.bytes))]
	for _, b := range data {
		t.sum = (t.sum ^ uint64(b)) * prime
	}
	t.bytes += uint8(len(data))
}

// skip says that the next bytes are missing.
func (t *tunnelStart) skip() { t.broken = t.broken || t.wants() }

// hash gives Tunnel.ClientStart.
func (t *tunnelStart) hash() uint64 {
	if t.broken || t.bytes < tunnelStartLeast {
		return 0
	}
	return t.sum
}

// follow gives the bytes that the client's half just read to the requests that
// they stand behind and that are still to be answered; most often none is.
// Earlier requests have seen all that later ones have, so that in front of one
// that has enough all have.
func (s *Stream) follow(h *half, data []byte) {
	w := s.queue.waiting()
	for i := len(w) - 1; i >= 0 && w[i].follows.bytes < tunnelStartMost; i-- {
		if p := &w[i]; p.sent {
			behind := h.count.Sum() + uint64(len(h.buf)) - p.before.Sum()
			p.follows.write(data[uint64(len(data))-min(behind, uint64(len(data))):])
		}
	}
}

// followGap says that the next bytes of h are missing, those of a tunnel or
// behind a request.
func (s *Stream) followGap(h *half) {
	if h.from != s.client {
		return
	}
	if h.state == stateTunnel {
		s.start.skip()
	}
	w := s.queue.waiting()
	for i := len(w) - 1; i >= 0 && w[i].follows.bytes < tunnelStartMost; i-- {
		if p := &w[i]; p.sent {
			p.follows.skip()
		}
	}
}
