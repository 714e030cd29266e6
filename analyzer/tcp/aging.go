package tcp

// list holds things in the order of the times at which they were put at its
// end, so that those whose time is over stand first. Times never decrease.
type list[T any] struct {
	first, last *node[T]
	delay       int64 // nanoseconds after which the first one's time is over
}

// node is the place of a thing in a list. It is part of the thing.
type node[T any] struct {
	list       *list[T]
	prev, next *node[T]
	owner      *T
	at         int64 // nanoseconds
}

// push puts n at the end, out of any list it was in.
func (l *list[T]) push(n *node[T], at int64) {
	n.remove()
	n.list, n.prev, n.at = l, l.last, at
	if l.last == nil {
		l.first = n
	} else {
		l.last.next = n
	}
	l.last = n
}

// notBefore gives a time, or the last one in the list if that is later.
func (l *list[T]) notBefore(at int64) int64 {
	if l.last == nil {
		return at
	}
	return max(at, l.last.at)
}

// remove takes n out of its list, if it is in one.
func (n *node[T]) remove() {
	l := n.list
	if l == nil {
		return
	}
	if n.prev == nil {
		l.first = n.next
	} else {
		n.prev.next = n.next
	}
	if n.next == nil {
		l.last = n.prev
	} else {
		n.next.prev = n.prev
	}
	n.list, n.prev, n.next = nil, nil, nil
}

// due tells whether the first one's time is over.
func (l *list[T]) due(now int64) bool {
	return l.first != nil && now-l.first.at >= l.delay
}

// rewind sets all later times to now, for a clock that was set back. Only what
// was put here since the clock stood there is looked at, so that times which go
// forth and back again and again cost no more than others.
func (l *list[T]) rewind(now int64) {
	for n := l.last; n != nil && n.at > now; n = n.prev {
		n.at = now
	}
}
