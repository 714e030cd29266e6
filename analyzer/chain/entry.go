package chain

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"net/netip"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// Entry is an exchange with what it is recognised by; it waits in the pool of its
// hop. Hashes are 0 where there is nothing. What every batch looks at stands first,
// and is not looked up in the exchange, of which many wait.
type Entry struct {
	x *http1.Exchange

	// Times of the chain, in nanoseconds: packet times plus shift.
	start int64 // first packet of the request
	until int64 // a request caused by this one was sent before
	end   int64 // first packet of the response; start if there is none
	came  int64 // packet time that the hop had reached when the exchange was taken in
	shift int64

	hop        int
	status     int32 // of the final response; 0 if none was seen
	asked      bool  // the request was seen
	whole      bool  // with all of its head
	answered   bool  // a final response was seen
	unanswered bool  // there was none, for certain
	lossy      bool  // others of its connection may have been missed
	turned     bool  // the end that was called asked

	ripe   bool // a better partner is not to be expected
	due    bool // it leaves with this batch
	forced bool // it leaves because of a limit
	gone   bool

	apart    bool      // x is a copy of its own
	framed   bool      // frames is there
	viaProxy bool      // proxied is there
	has      signalSet // which of the head fields are there
	batches  int       // batches it took part in while many waited

	up, down *link    // to an earlier hop, to a later one
	retried  *Entry   // the attempt that came after this one and all the others
	retries  []*Entry // attempts before this one at the same request, in order

	target    uint64    // method and target
	head      uint64    // method, target and traits
	handshake uint64    // method, Sec-WebSocket-Key and traits
	client    uint64    // client's address
	forwarded [4]uint64 // addresses of X-Forwarded-For, from the last backwards

	// Of the pass that is going on: see unique.go, graph.go and nesting.go.
	candidate *Entry
	twin      *Entry // the next one with the same key
	found     signalSet
	group     int
	edges     []edge
	disputed  bool
	crowded   bool
	spare     bool // an entry of the later hop nests in it at an unusual time, as another attempt does
	visited   bool
	taken     bool // by a partner
	sampleKey bool // Sec-WebSocket-Key is one that stands in documents

	clientPort uint64                 // client's address and port, position in the connection, target
	proxied    uint64                 // the same by the PROXY protocol header
	frames     uint64                 // what the client sent after the 101
	values     [headFieldCount]uint64 // of the head fields
}

// link joins two entries.
type link struct {
	from, to   *Entry
	confidence Confidence
	found      signalSet
	alike      bool // as Link.Alike
}

// Reader makes entries for a [Matcher]. It is not for concurrent use; several
// readers of one matcher can work side by side, and beside the matcher.
type Reader struct {
	seed  maphash.Seed
	roles roleTable
	open  int64    // how long a request without a response may cause others
	free  []*Entry // to be used again
	buf   []byte
}

func newReader(seed maphash.Seed, open int64) *Reader {
	r := &Reader{seed: seed, open: open}
	for i, f := range headFields {
		r.roles.add(f.name, i)
	}
	r.roles.add("X-Forwarded-For", roleForwardedFor)
	r.roles.add("Forwarded", roleForwarded)
	return r
}

// Read makes the entry of an exchange that was seen at a hop.
func (r *Reader) Read(hop int, x *http1.Exchange) *Entry {
	e := r.entry()
	e.x, e.hop = x, hop
	r.readOutline(e)
	if x.Request == nil {
		return e
	}
	if x.Tunnel != nil {
		e.frames = x.Tunnel.ClientStart
		e.framed = e.frames != 0
	}
	r.readHead(e, x.Request)
	r.readConn(e)
	return e
}

func (r *Reader) entry() *Entry {
	n := len(r.free)
	if n == 0 {
		return &Entry{}
	}
	e := r.free[n-1]
	r.free = r.free[:n-1]
	*e = Entry{edges: e.edges[:0]}
	return e
}

func (r *Reader) readOutline(e *Entry) {
	x := e.x
	if x.Conn != nil || x.Request != nil || x.Response != nil {
		e.start = x.Start()
	}
	if x.Request != nil {
		e.came = x.Request.End
		e.asked, e.whole = true, x.Request.Complete
	}
	e.end = e.start
	e.until = e.start + r.open
	if x.End.Cause == http1.EndFin || x.End.Cause == http1.EndReset {
		e.until = max(e.start, x.End.Time)
	}
	if x.Response != nil {
		e.end, e.until = x.Response.Start, x.Response.Start
		e.came = max(e.came, x.Response.End)
		e.answered, e.status = true, int32(x.Response.Status)
	}
	e.unanswered, e.lossy = x.Unanswered, x.Lossy
	e.came = max(e.came, e.start, e.end, x.End.Time)
}

// readHead takes what it can from a head. Of an incomplete one that is less:
// what is absent may have been lost, and so may the end of a list.
func (r *Reader) readHead(e *Entry, m *http1.Message) {
	forwarded := 0 // the role of the field that names the clients; X-Forwarded-For if both do
	for i := range m.Fields {
		role, ok := r.roles.of(m.Fields[i].Name)
		switch {
		case !ok:
		case role < 0:
			if forwarded == 0 || role == roleForwardedFor {
				forwarded = role
			}
		case e.values[role] == 0:
			if v := r.value(e, role, m.Fields[i].Value); v != 0 {
				e.values[role] = v
				e.has = e.has.with(role)
			}
		}
	}
	if forwarded < 0 && m.Complete {
		r.readForwarded(e, m, forwarded)
	}
	if m.Method == "" || m.Target == "" || m.StartCut {
		return
	}
	r.buf = append(append(r.buf[:0], m.Method...), ' ')
	r.buf = appendTarget(r.buf, m.Target)
	e.target = r.hash(r.buf)
	if m.Complete {
		r.buf = r.buf[:0]
		for _, v := range e.values[firstTrait:] {
			r.buf = binary.LittleEndian.AppendUint64(r.buf, v)
		}
		e.head = join(e.target, r.hash(r.buf))
		if e.has&traits != 0 && e.values[keyField] != 0 {
			r.buf = append(binary.LittleEndian.AppendUint64(r.buf, e.values[keyField]), m.Method...)
			e.handshake = r.hash(r.buf)
		}
	}
}

// value is the hash of the part of a field value that identifies.
func (r *Reader) value(e *Entry, role int, value string) uint64 {
	f := &headFields[role]
	if f.part != nil {
		value = strings.TrimSpace(f.part(value))
	}
	if value == "" || f.says != trait && placeholder(value) {
		return 0
	}
	if role == keyField && sampleKeys[value] {
		e.sampleKey = true
	}
	return max(1, maphash.String(r.seed, value))
}

func (r *Reader) readConn(e *Entry) {
	conn := e.x.Conn
	if conn == nil {
		return
	}
	e.turned = conn.Turned
	e.client = r.address(conn.Client.Addr())
	if !conn.Whole || e.x.Pairing != http1.PairedByOrder {
		return // the position in the connection is not known
	}
	e.clientPort = join(r.position(conn.Client, e.x.Index), e.target)
	if len(conn.Proxy) > 0 && !conn.Proxy[0].Local {
		e.proxied = join(r.position(conn.Proxy[0].Source, e.x.Index), e.target)
		e.viaProxy = e.proxied != 0
	}
}

func (r *Reader) address(addr netip.Addr) uint64 {
	if !addr.IsValid() {
		return 0
	}
	b := addr.Unmap().WithZone("").As16()
	return r.hash(b[:])
}

// position is the hash of an address with port and a place on its connection.
func (r *Reader) position(ap netip.AddrPort, index int) uint64 {
	if !ap.IsValid() {
		return 0
	}
	b := ap.Addr().Unmap().WithZone("").As16()
	r.buf = append(r.buf[:0], b[:]...)
	r.buf = binary.LittleEndian.AppendUint16(r.buf, ap.Port())
	r.buf = binary.LittleEndian.AppendUint64(r.buf, uint64(index))
	return r.hash(r.buf)
}

func (r *Reader) hash(b []byte) uint64 { return max(1, maphash.Bytes(r.seed, b)) }

// method is empty if it was not seen.
func (e *Entry) method() string {
	if e.x.Request == nil {
		return ""
	}
	return e.x.Request.Method
}

// latest is the entry's end for a comparison with a response at another hop.
func (e *Entry) latest() int64 {
	if !e.answered {
		return math.MaxInt64
	}
	return e.end
}

// move gives the entry's times with another shift.
func (e *Entry) move(shift int64) {
	d := shift - e.shift
	e.shift = shift
	e.start, e.until, e.end = e.start+d, e.until+d, e.end+d
}
