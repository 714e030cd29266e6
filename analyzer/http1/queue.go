package http1

// pending is a request that was seen and whose exchange is not given out.
type pending struct {
	block    *block
	sent     bool   // its content is over
	answered bool   // its response is over, or none can be assigned to it any more
	hidden   bool   // requests that were not seen may stand between the one before and this one
	before   Bytes  // of the requests' direction up to the end of this request
	missing  uint64 // the same, of bytes missing
	follows  tunnelStart
}

// queue holds pending requests in wire order. Only its first can be answered
// and not sent, only its last can be unsent.
type queue struct {
	all   []pending
	front int
}

// waiting gives all requests of the queue.
func (q *queue) waiting() []pending { return q.all[q.front:] }

// open gives the requests to which a response can still belong.
func (q *queue) open() []pending {
	w := q.waiting()
	for len(w) > 0 && w[0].answered {
		w = w[1:]
	}
	return w
}

// find gives the request of that exchange, nil if it is not in the queue.
func (q *queue) find(b *block) *pending {
	w := q.waiting()
	for i := range w {
		if w[i].block == b {
			return &w[i]
		}
	}
	return nil
}

// emptied gives a queue that may use the memory of one that is empty, unless that was
// long.
func (q *queue) emptied() queue {
	const most = 8
	if cap(q.all) > most {
		return queue{}
	}
	clear(q.all)
	return queue{all: q.all[:0]}
}

func (q *queue) push(p pending) {
	if q.front > 0 && len(q.all) == cap(q.all) && q.front >= len(q.all)/2 {
		n := copy(q.all, q.all[q.front:])
		clear(q.all[n:])
		q.all, q.front = q.all[:n], 0
	}
	q.all = append(q.all, p)
}

// pop takes out the first request.
func (q *queue) pop() {
	q.all[q.front] = pending{}
	q.front++
	if q.front == len(q.all) {
		q.all, q.front = q.all[:0], 0
	}
}
