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
	tls, http2  uint64 // connections that carry these instead of HTTP/1
	limits      struct{ head, fields, pipeline uint64 }
}

// connection is what a feed keeps of a TCP connection that belongs to a hop.
type connection struct {
	hop         *hop
	clientKnown bool
	client      http1.Direction // of requests, if known
	stream      *http1.Stream   // nil until the first byte
}

// Open finds the hop that a connection belongs to: by its server if that is
// known, and otherwise by whichever end the hop was asked for.
func (f *feed) Open(c *tcp.Conn) bool {
	for _, h := range f.hops {
		state := &connection{hop: h}
		switch {
		case c.Opened && h.Server.Matches(c.B), !c.Opened && !h.Server.Any() && h.Server.Matches(c.B):
			state.clientKnown, state.client = true, http1.FromA
		case !c.Opened && !h.Server.Any() && h.Server.Matches(c.A):
			state.clientKnown, state.client = true, http1.FromB
		case !c.Opened && h.Server.Any():
		default:
			continue
		}
		h.connections++
		c.State = state
		return true
	}
	return false
}

// stream gives the HTTP stream of a connection. It is made with the first byte,
// so that a connection that never carries one costs little.
func (f *feed) stream(c *tcp.Conn) *http1.Stream {
	state := c.State.(*connection)
	if state.stream == nil {
		info := http1.ConnInfo{
			ID: c.ID, A: c.A, B: c.B, Start: c.Start, Whole: c.Opened,
			ClientKnown: state.clientKnown, Client: state.client,
		}
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
	closing := http1.End{Cause: endCause[end.Cause], Time: end.Time, Packet: end.Packet}
	if closing.Cause == http1.EndFin || closing.Cause == http1.EndReset {
		closing.By = state.stream.Side(http1.Direction(end.By))
	}
	state.stream.Close(closing)
	state.hop.count(state.stream)
}

// count takes down what the stream of a closed connection could not read.
func (h *hop) count(stream *http1.Stream) {
	stats := stream.Stats()
	h.unparsed += stats.Bytes.Unparsed
	h.limits.head += uint64(stats.HeadLimit)
	h.limits.fields += uint64(stats.FieldLimit)
	h.limits.pipeline += uint64(stats.PipelineLimit)
	switch stream.Protocol() {
	case http1.ProtocolTLS:
		h.tls++
	case http1.ProtocolHTTP2:
		h.http2++
	}
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
