package analyzer

import (
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
)

// hop counts what a feed sees of one hop.
type hop struct {
	HopInput
	connections uint64
	exchanges   uint64
	gaps        uint64
	gapBytes    uint64
	unparsed    uint64
}

// connection is what a feed keeps of a TCP connection that belongs to a hop.
type connection struct {
	hop    *hop
	client http1.Client
	stream *http1.Stream // nil until the first byte
}

// Open finds the hop that a connection belongs to: by its server if that is
// known, and otherwise by whichever end the hop was asked for.
func (f *feed) Open(c *tcp.Conn) bool {
	for _, h := range f.hops {
		client := http1.ClientUnknown
		switch {
		case h.Server.Matches(c.B) && (c.Opened || !h.Server.Any()):
			client = http1.ClientA
		case c.Opened:
			continue
		case h.Server.Any():
		case h.Server.Matches(c.A):
			client = http1.ClientB
		default:
			continue
		}
		h.connections++
		c.State = &connection{hop: h, client: client}
		return true
	}
	return false
}

// stream gives the HTTP stream of a connection. It is made with the first byte,
// so that a connection that never carries one costs little.
func (f *feed) stream(c *tcp.Conn) *http1.Stream {
	state := c.State.(*connection)
	if state.stream == nil {
		info := http1.Info{ID: c.ID, A: c.A, B: c.B, Start: c.Start, Whole: c.Opened, Client: state.client}
		state.stream = http1.NewStream(info, http1.Limits{}, func(x *http1.Exchange) {
			state.hop.exchanges++
			f.arrived = append(f.arrived, arrival{hop: state.hop.Index, exchange: x})
		})
	}
	return state.stream
}

// Chunk, Gap, Fin and Close hand the events of a connection to its stream.
func (f *feed) Chunk(c *tcp.Conn, d tcp.Direction, chunk tcp.Chunk) {
	f.stream(c).Write(http1.Direction(d), chunk.Data, chunk.Packet, chunk.Time)
}

// Gap is part of tcp.Handler.
func (f *feed) Gap(c *tcp.Conn, d tcp.Direction, gap tcp.Gap) {
	h := c.State.(*connection).hop
	h.gaps++
	h.gapBytes += gap.Length
	f.stream(c).Skip(http1.Direction(d), gap.Length, gap.Packet, gap.Time)
}

// Fin is part of tcp.Handler.
func (f *feed) Fin(c *tcp.Conn, d tcp.Direction, at tcp.Mark) {
	if state := c.State.(*connection); state.stream != nil {
		state.stream.Fin(http1.Direction(d), at.Packet, at.Time)
	}
}

// Close is part of tcp.Handler.
func (f *feed) Close(c *tcp.Conn, end tcp.End) {
	state := c.State.(*connection)
	if state.stream == nil {
		return
	}
	state.stream.Close(http1.Closing{
		Cause: endCause[end.Cause], By: http1.Direction(end.By), Packet: end.Packet, Time: end.Time,
	})
	state.hop.unparsed += state.stream.Unparsed()
}

// endCause is how the end of a connection looks to the exchanges on it.
var endCause = map[tcp.EndCause]http1.EndCause{
	tcp.EndCapture: http1.EndOpen,
	tcp.EndFin:     http1.EndFin,
	tcp.EndReset:   http1.EndReset,
	tcp.EndReused:  http1.EndLost,
	tcp.EndIdle:    http1.EndLost,
	tcp.EndLimit:   http1.EndLost,
}
