package chain

// signal is one way to recognise a request at a later hop: the two exchanges
// are the same request if the key at the earlier hop equals the key at the
// later one. A key is a hash; 0 is none.
type signal struct {
	name    string
	field   int // index into headFields; -1: not a field
	earlier func(e *Entry, gap int) uint64
	later   func(e *Entry, gap int) uint64 // gap: hops between the two, 1 for neighbours
}

// signalSet is a set of signals by their place in the table.
type signalSet uint64

func (s signalSet) with(i int) signalSet { return s | 1<<i }
func (s signalSet) has(i int) bool       { return s&(1<<i) != 0 }

// identifiers are the head fields that identify, traits the others.
const (
	identifiers signalSet = 1<<firstTrait - 1
	traits      signalSet = 1<<headFieldCount - 1 - identifiers
)

// The places of the signals that are no fields. Those of the fields come first
// and have the indexes of headFields.
const (
	byFrames       = iota + firstTrait // the client's first bytes after the 101
	byProxyClient                      // PROXY source here, client's address there
	byProxySource                      // the same PROXY source here and there
	byForwardedFor                     // X-Forwarded-For's tail here, client's address there
	byHead                             // method, target and all traits
	byTarget                           // method and target
	byHandshake                        // method, Sec-WebSocket-Key and all traits, for a key that several share and a target that was replaced
	byOrder                            // the same place in the order of requests
	byTime                             // the one lies within the other in time
	signalCount
)

// signals is the table, strongest first: the order in which they are tried and
// in which Link.By names them.
func signals() [signalCount]signal {
	table := [signalCount]signal{
		byFrames: same("websocket-frames", func(e *Entry) uint64 { return e.frames }),
		byProxyClient: {
			name:    "proxy-protocol",
			earlier: func(e *Entry, _ int) uint64 { return e.clientPort },
			later:   func(e *Entry, _ int) uint64 { return e.proxied },
		},
		byProxySource: {
			name:    "proxy-protocol",
			earlier: func(e *Entry, _ int) uint64 { return e.proxied },
			later:   func(e *Entry, _ int) uint64 { return e.proxied },
		},
		byForwardedFor: {
			name:    "x-forwarded-for",
			earlier: func(e *Entry, _ int) uint64 { return join(e.client, e.target) },
			later: func(e *Entry, gap int) uint64 {
				if gap > len(e.forwarded) {
					return 0
				}
				return join(e.forwarded[gap-1], e.target)
			},
		},
		byHead:      same("head", func(e *Entry) uint64 { return e.head }),
		byTarget:    same("target", func(e *Entry) uint64 { return e.target }),
		byHandshake: same("handshake", func(e *Entry) uint64 { return e.handshake }),
		byOrder:     {name: "order"},
		byTime:      {name: "time"},
	}
	for i := range table {
		table[i].field = -1
	}
	for i := range firstTrait {
		table[i] = same(headFields[i].name, func(e *Entry) uint64 { return e.values[i] })
		table[i].field = i
	}
	return table
}

func same(name string, key func(*Entry) uint64) signal {
	at := func(e *Entry, _ int) uint64 { return key(e) }
	return signal{name: name, field: -1, earlier: at, later: at}
}

// narrowed is an identifier that several requests share: it counts only
// together with method and target.
func (s signal) narrowed() signal {
	return signal{
		name: s.name, field: s.field,
		earlier: func(e *Entry, gap int) uint64 { return join(s.earlier(e, gap), e.target) },
		later:   func(e *Entry, gap int) uint64 { return join(s.later(e, gap), e.target) },
	}
}

// join makes one key of two; without one of them there is none.
func join(a, b uint64) uint64 {
	if a == 0 || b == 0 {
		return 0
	}
	a ^= b * 0x9e3779b97f4a7c15
	a ^= a >> 32
	return max(1, a*0xd6e8feb86659fd93)
}
