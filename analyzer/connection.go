package analyzer

import (
	"net/netip"

	"github.com/hophound/hophound/analyzer/diagnose"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
)

// connection is what a feed keeps of a TCP connection.
type connection struct {
	place       *place // nil until it is known which end is the server
	asked       *place // as it was when the connection was admitted
	clientKnown bool
	client      http1.Direction // of requests, if known
	read        bool            // a request was
	opened      bool            // its SYN was seen
	stream      *http1.Stream   // nil until the first byte
	counts      counts          // of this connection alone, until it is closed

	start    int64          // time of its first packet, nanoseconds since the Unix epoch
	spoke    int64          // and of the first with bytes; 0 if there is none. Whoever reads the packets sets it
	a        netip.AddrPort // tcp.Conn.A
	sequence uint32         // of A's first byte
	also     []endpoints    // other sightings of the same connection
	early    *earlyFin      // nil, or an end that was closed before anything was said
}

// earlyFin is a FIN that came before the first byte of a connection.
type earlyFin struct {
	direction tcp.Direction
	at        tcp.Mark
}

// Open finds the place that a connection belongs to: by the hops that were
// asked for or, if none were, by its server.
func (f *feed) Open(c *tcp.Conn) bool {
	state, first := f.admit(c)
	f.setPlace(c, state)
	if first != nil {
		first.alsoSeen(endpointsLike(c, first.sequence))
	}
	return state != nil
}

// admit decides whether a connection is followed: nil if it belongs to no place, or
// is another sighting of the connection first.
func (f *feed) admit(c *tcp.Conn) (state, first *connection) {
	state = &connection{counts: counts{connections: 1}, start: c.Start, opened: c.Opened, a: c.A, sequence: c.Sequence[tcp.Forward]}
	switch {
	case !f.drawing:
		state.place, state.clientKnown, state.client = f.asked(c)
		if state.place == nil {
			return nil, f.copies.passedOver(c)
		}
		state.asked = state.place
	case c.Opened:
		if f.leavesOut(c.B) {
			return nil, nil
		}
		state.clientKnown, state.client = true, http1.FromA
	}
	if first := f.copies.original(c, state, f.drawing); first != nil {
		return nil, first
	}
	c.State = state
	return state, nil
}

// setPlace gives a connection the place of its server, where places are made by
// server and it is known which end that is. A sighting that is passed over makes
// one too.
func (f *feed) setPlace(c *tcp.Conn, state *connection) {
	if !f.drawing || !c.Opened {
		return
	}
	if p := f.placeOf(c.B); state != nil {
		state.place = p
	}
}

// stream gives the HTTP stream of a connection. It is made with the first byte,
// so that a connection that never carries one costs little.
func (f *feed) stream(c *tcp.Conn) *http1.Stream {
	state := c.State.(*connection)
	if state.stream == nil {
		info := http1.ConnInfo{
			ID: c.ID, Source: f.index, A: c.A, B: c.B, Start: c.Start, Whole: c.Opened, Began: began(c),
			ClientKnown: state.clientKnown, Client: state.client, Eager: f.eager, Arena: f.arena,
		}
		state.stream = http1.NewStream(info, http1.Limits{}, func(x *http1.Exchange) { f.take(state, x) })
		if e := state.early; e != nil {
			state.stream.Fin(http1.Direction(e.direction), e.at.Packet, e.at.Time)
		}
	}
	return state.stream
}

// began gives the sequence numbers that a connection is told by; zero if they
// are not known.
func began(c *tcp.Conn) [2]uint32 {
	if key, ok := keyOf(c); ok {
		return key
	}
	return [2]uint32{}
}

// take takes an exchange of a connection.
func (f *feed) take(state *connection, x *http1.Exchange) {
	if state.clientKnown && (x.Conn.Client == state.a) != (state.client == http1.FromA) {
		f.turnRound(state, x)
	}
	if state.place == nil {
		state.place = f.placeOf(x.Conn.Server)
	}
	if len(x.Conn.Also) < len(state.also) {
		x.Conn.Also = state.sightings(x)
	}
	state.place.met(x)
	state.read = state.read || x.Request != nil
	a := arrival{place: state.place, exchange: x}
	if f.reader != nil && a.place.hop != leftOut {
		a.entry = f.reader.Read(a.place.hop, x)
	}
	f.arrived = append(f.arrived, a)
}

// turnRound moves a connection to the place of the end that answers its
// requests, which is not the one that was called. If that is no hop's server,
// what it answers goes to a place that has no part in the chain.
func (f *feed) turnRound(state *connection, x *http1.Exchange) {
	state.clientKnown = false
	if state.place = nil; f.drawing {
		return
	}
	for _, p := range f.places {
		if p.wanted.Matches(x.Conn.Server) {
			state.place = p
			return
		}
	}
	state.place = newPlace(leftOut)
}

// speaks notes when the first bytes came.
func (state *connection) speaks(time int64) {
	if state.spoke == 0 {
		state.spoke = time
	}
}

// Chunk, Gap, Fin and Close hand the events of a connection to its stream.
func (f *feed) Chunk(c *tcp.Conn, d tcp.Direction, chunk tcp.Chunk) {
	c.State.(*connection).speaks(chunk.Time)
	f.stream(c).Write(http1.Direction(d), chunk.Data, chunk.Packet, chunk.Time)
}

// Gap is part of tcp.Handler.
func (f *feed) Gap(c *tcp.Conn, d tcp.Direction, gap tcp.Gap) {
	f.gap(c, d, gap, f.isUnwanted(gap))
}

// isUnwanted tells of a gap that nobody wanted its bytes.
func (f *feed) isUnwanted(gap tcp.Gap) bool { return gap.Cause == tcp.GapTruncated && f.trimmed() }

func (f *feed) gap(c *tcp.Conn, d tcp.Direction, gap tcp.Gap, unwanted bool) {
	f.stream(c).Skip(http1.Direction(d), gap.Length, gap.Packet, gap.Time)
	if unwanted {
		return
	}
	count := &c.State.(*connection).counts
	count.gaps++
	count.gapBytes += gap.Length
}

// Fin is part of tcp.Handler.
func (f *feed) Fin(c *tcp.Conn, d tcp.Direction, at tcp.Mark) {
	state := c.State.(*connection)
	if state.stream == nil { // it may still carry something, from the other end
		state.early = &earlyFin{d, at}
		return
	}
	state.stream.Fin(http1.Direction(d), at.Packet, at.Time)
}

// Close is part of tcp.Handler.
func (f *feed) Close(c *tcp.Conn, end tcp.End) {
	f.copies.closed(c, c.State.(*connection))
	f.closed(c, end)
}

func (f *feed) closed(c *tcp.Conn, end tcp.End) {
	state := c.State.(*connection)
	carried := state.stream != nil
	if carried {
		state.stream.Close(ending(state.stream, end))
		state.counts.read(state.stream)
		state.stream.Recycle()
		state.stream = nil
	}
	if state.place == nil { // no request told which end is the server
		state.place = f.placeOf(c.B)
	}
	if carried && !state.read && state.place.illegible <= diagnose.MaxIllegible { // one more says that there are too many
		state.place.illegible++
		f.illegible = append(f.illegible, illegible{state.place, c.Start})
	}
	state.place.add(state.counts)
}

// ending is how the end of a connection looks to the exchanges on it.
func ending(stream *http1.Stream, end tcp.End) http1.End {
	e := http1.End{Cause: endCause[end.Cause], Time: end.Time, Packet: end.Packet}
	if e.Cause == http1.EndFin || e.Cause == http1.EndReset {
		e.By = stream.Side(http1.Direction(end.By))
	}
	return e
}

var endCause = map[tcp.EndCause]http1.EndCause{
	tcp.EndCapture: http1.EndOpen,
	tcp.EndFin:     http1.EndFin,
	tcp.EndReset:   http1.EndReset,
	tcp.EndReused:  http1.EndLost,
	tcp.EndIdle:    http1.EndLost,
	tcp.EndLimit:   http1.EndLost,
}
