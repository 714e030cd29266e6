package diagnose

import (
	"slices"
	"time"

	"github.com/hophound/hophound/analyzer/http1"
)

// MaxIllegible bounds the connections that are remembered of a hop because no request
// could be read of them. If there are more, there may be one at any time.
const MaxIllegible = 1024

// connects is how long before or after a connection in front of a node the one
// behind it may seem to begin, with what the clocks of two hops may differ by.
const connects = int64(time.Second)

// illegible is when the connections to a hop's server began of which no request
// could be read, in packet times of the hop. The zero value is empty.
type illegible struct {
	begun []int64
	full  bool
}

// ObserveIllegible learns of a connection to a hop's server that carried bytes and of
// which no request could be read, because bytes are missing or for what they are.
// start is the time of its first packet, nanoseconds since the Unix epoch.
func (n *Nodes) ObserveIllegible(hop int, start int64) {
	u := &n.nodes[hop].illegible
	if len(u.begun) == MaxIllegible {
		u.full = true
		return
	}
	u.begun = append(u.begun, start)
}

// mayBeFromFront tells of the first exchange of a connection, which was found nowhere in
// front, that it may have been sent there all the same: too little of it was seen to
// find it by, or it has a PROXY protocol header as only another node sends one.
func mayBeFromFront(x *http1.Exchange) bool {
	return x.Index == 0 && (len(x.Conn.Proxy) > 0 || x.Lossy || x.Request == nil || !x.Request.Complete)
}

// mayHavePassed tells whether the node named after a hop may have passed on what
// came to it on a connection up to a time of that hop, although no request was seen
// behind it: a connection that begins there in that time was not read well enough, or the hop
// was not captured at that time.
func (n *Nodes) mayHavePassed(hop int, conn *http1.Conn, until int64) bool {
	if n == nil {
		return false
	}
	first, last := n.time(hop, conn.Start)-connects, n.time(hop, until)+connects
	for behind := hop + 1; behind < len(n.nodes); behind++ {
		if n.Apart != nil && n.Apart(hop, behind) {
			return true
		}
		u := &n.nodes[behind].illegible
		if u.full || slices.ContainsFunc(u.begun, func(t int64) bool { t = n.time(behind, t); return first <= t && t <= last }) {
			return true
		}
	}
	return false
}

// time is that of the first hop's clock.
func (n *Nodes) time(hop int, t int64) int64 {
	if n.Time == nil {
		return t
	}
	return n.Time(hop, t)
}
