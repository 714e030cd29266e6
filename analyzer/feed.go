package analyzer

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
)

// feed turns one input into the exchanges of its hops. It is a [tcp.Handler]:
// bytes of a connection go to the HTTP stream of the hop that the connection
// belongs to, and those of connections that belong to no hop go nowhere.
type feed struct {
	input     Input
	hops      []*hop
	assembler *tcp.Assembler

	packet  capture.Packet
	ahead   bool // packet holds one that is not yet analysed
	ended   bool
	err     error // reading itself went wrong
	skipped map[capture.LinkType]uint64

	arrived []arrival // exchanges since the last call of advance
}

// arrival is an exchange that is complete, at its hop.
type arrival struct {
	hop      int
	exchange *http1.Exchange
}

func newFeed(input Input) *feed {
	f := &feed{input: input, skipped: map[capture.LinkType]uint64{}}
	for _, asked := range input.Hops {
		f.hops = append(f.hops, &hop{HopInput: asked})
	}
	f.assembler = tcp.NewAssembler(f, tcp.Limits{})
	return f
}

// next gives the time of the next packet in nanoseconds since the Unix epoch;
// false after the last one.
func (f *feed) next() (int64, bool) {
	for !f.ahead && !f.ended {
		err := f.input.Source.Next(&f.packet)
		switch {
		case err == nil && !f.packet.Link.Supported():
			f.skipped[f.packet.Link]++
		case err == nil:
			f.ahead = true
		default:
			f.end(err)
		}
	}
	return f.packet.Time, f.ahead
}

// end takes the last words of the source and closes what is open.
func (f *feed) end(err error) {
	f.ended = true
	if !errors.Is(err, io.EOF) {
		f.err = fmt.Errorf("read %s after packet %d: %w", f.input.Name, f.input.Source.Stats().Packets, err)
	}
	f.assembler.Close()
}

// advance analyses every packet up to the given time and all those behind them
// that are older.
func (f *feed) advance(until int64) {
	for {
		now, ok := f.next()
		if !ok || now > until {
			return
		}
		f.ahead = false
		f.assembler.Add(&f.packet)
	}
}

// handOver gives the matcher what was found up to the given time. A hop whose
// input has ended is past every time.
func (f *feed) handOver(matcher *chain.Matcher, until int64) {
	for _, a := range f.arrived {
		matcher.Add(a.hop, a.exchange)
	}
	clear(f.arrived)
	f.arrived = f.arrived[:0]
	if f.ended {
		until = math.MaxInt64
	}
	for _, h := range f.hops {
		matcher.Advance(h.Index, until)
	}
}

// unreadable says why nothing of the input could be read; nil if something could.
func (f *feed) unreadable() error {
	if f.input.Source.Stats().Packets == 0 || f.read() > 0 {
		return nil
	}
	for link := range f.skipped {
		return fmt.Errorf("%s holds packets of link type %d (%s), which hophound cannot read: capture on the interface itself or with -i any", f.input.Name, link, link)
	}
	return nil
}

// read counts the packets that were analysed.
func (f *feed) read() uint64 {
	n := f.input.Source.Stats().Packets
	for _, skipped := range f.skipped {
		n -= skipped
	}
	return n
}
