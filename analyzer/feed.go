package analyzer

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"net/netip"
	"runtime"
	"slices"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
)

// feed turns one input into the exchanges of its places. It is a [tcp.Handler]:
// bytes of a connection go to an HTTP stream of their own, and those of
// connections that belong to no place go nowhere.
type feed struct {
	index     int // of the input
	input     Input
	assembler *tcp.Assembler // nil after the end
	streams   tcp.Stats      // of the assembler, at the end
	arena     *http1.Arena   // of all exchanges
	copies    copies
	owners    owners

	eager   bool     // tell of upgrades when they are answered
	places  []*place // as hops were asked for; by server if none was
	drawing bool     // places are made by server: no hops were asked for, or one, and nobody said whose requests are meant
	drawn   bool     // and it is known which hop they are
	single  bool     // as one, because there was no request
	whole   *place   // of the one hop that was asked for so; nil otherwise
	behind  []*place // and those that are no part of it
	ports   portRoles
	byPort  map[uint16]int
	beyond  *place // servers for which there was no place

	packet  capture.Packet
	span    span // of the packets so far
	ahead   bool // packet holds one that is not yet analysed
	idle    bool // or nothing but the time
	ended   bool
	err     error // reading itself went wrong
	skipped map[capture.LinkType]uint64

	trims, trimsKnown bool

	reader    *chain.Reader // nil while the hops are not known, or if there is one only
	arrived   []arrival     // exchanges that were not handed over
	illegible []illegible   // since then
}

// arrival is an exchange that is complete, where it was seen.
type arrival struct {
	place    *place
	exchange *http1.Exchange
	entry    *chain.Entry // if there is a reader
}

// illegible is a connection of which no request could be read.
type illegible struct {
	place *place
	start int64 // nanoseconds since the Unix epoch
}

func newFeed(index int, input Input, options Options) *feed {
	f := &feed{
		index: index, input: input, span: noSpan, drawing: len(input.Hops) == 0, eager: options.Watch != nil,
		skipped: map[capture.LinkType]uint64{}, arena: &http1.Arena{},
	}
	for _, asked := range input.Hops {
		p := newPlace(asked.Index)
		p.name, p.wanted = asked.Name, asked.Server
		f.places = append(f.places, p)
	}
	slices.SortStableFunc(f.places, func(a, b *place) int { // what belongs to no other hop is the last one's
		switch {
		case a.wanted.Any() == b.wanted.Any():
			return 0
		case b.wanted.Any():
			return -1
		}
		return 1
	})
	if sortable(input, options) {
		f.drawing, f.whole = true, f.places[0]
	}
	followed := cmp.Or(options.Connections, DefaultConnections)
	f.assembler = tcp.NewAssembler(f, tcp.Limits{Told: followed, Conns: max(4*DefaultConnections, 4*followed)})
	return f
}

// next gives the time of the next packet in nanoseconds since the Unix epoch;
// false after the last one.
func (f *feed) next() (int64, bool) {
	for !f.ahead && !f.ended {
		err := f.input.Source.Next(&f.packet)
		switch {
		case errors.Is(err, capture.ErrIdle):
			f.ahead, f.idle = true, true
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
	if !errors.Is(err, io.EOF) && !errors.Is(err, fs.ErrClosed) {
		if path := new(fs.PathError); errors.As(err, &path) { // which says once more what was read
			err = path.Err
		}
		f.err = fmt.Errorf("read %s after packet %d: %w", f.input.Name, f.input.Source.Stats().Packets, err)
	}
	f.assembler.Close()
	f.streams = f.assembler.Stats()
	f.assembler, f.copies = nil, copies{} // thousands of inputs may have ended
}

// advance analyses every packet up to the given time and all those behind them
// that are older, or fewer if they hold more exchanges than most.
func (f *feed) advance(until int64, most int) {
	for n := 1; len(f.arrived) < most; n++ {
		now, ok := f.next()
		if !ok || now > until {
			return
		}
		f.analyse()
		if n%turn == 0 {
			runtime.Gosched()
		}
	}
}

// turn is after how many packets another input has its turn: where there are more
// inputs than cores, the last one is not to begin when the others have ended.
const turn = 256

// analyse takes the packet that was read ahead, or the time.
func (f *feed) analyse() {
	if f.idle {
		f.assembler.Flush(f.packet.Time)
	} else {
		if f.packet.Comment != nil {
			f.owners.learn(f.packet.Comment)
		}
		f.span.first, f.span.last = min(f.span.first, f.packet.Time), max(f.span.last, f.packet.Time)
		f.assembler.Add(&f.packet)
	}
	f.ahead, f.idle = false, false
}

// collect analyses packets until so many exchanges have arrived, or all.
func (f *feed) collect(exchanges int) {
	for len(f.arrived) < exchanges {
		if _, ok := f.next(); !ok {
			return
		}
		f.analyse()
	}
}

// trimmed tells whether packets are cut short on purpose. The source is asked
// once: it knows by its first packet, and asking a live one is a system call.
func (f *feed) trimmed() bool {
	if !f.trimsKnown {
		f.trimsKnown, f.trims = true, f.input.Source.Stats().Trimmed
	}
	return f.trims
}

// batch is what was found in an input up to a time.
type batch struct {
	exchanges []arrival   // of hops
	illegible []illegible // of hops
	hops      []int       // that are past that time, as far as this input shows them
	until     int64       // nanoseconds since the Unix epoch

	// What comes back when they were matched.
	released http1.Released
	used     chain.Used
}

// clear forgets what is in a batch, and keeps its memory for the next.
func (b *batch) clear() {
	clear(b.exchanges)
	b.exchanges, b.illegible, b.hops = b.exchanges[:0], b.illegible[:0], b.hops[:0]
}

// handOver moves into an empty batch what was found up to the given time. A hop
// whose input has ended is past every time.
func (f *feed) handOver(b *batch, until int64) {
	f.moveTo(b)
	b.until = until
	if now, ok := f.next(); !ok {
		b.until = math.MaxInt64
		f.arena.Close()
	} else if now < until {
		b.until = now
	}
	for _, p := range f.places {
		if p.hop != leftOut {
			b.hops = append(b.hops, p.hop)
		}
	}
}

// moveTo moves what was found into an empty batch.
func (f *feed) moveTo(b *batch) {
	b.exchanges, f.arrived = f.arrived, b.exchanges
	b.exchanges = slices.DeleteFunc(b.exchanges, func(a arrival) bool { return a.place.hop == leftOut })
	b.illegible, f.illegible = f.illegible, b.illegible
	b.illegible = slices.DeleteFunc(b.illegible, func(c illegible) bool { return c.place.hop == leftOut })
}

// placed takes down which hop of a drawn chain a place is, so that servers
// that are met later on the same port find theirs.
func (f *feed) placed(p *place, hop int) {
	p.hop = hop
	if f.byPort == nil {
		f.byPort = map[uint16]int{}
	}
	if known, ok := f.byPort[p.server.Port()]; ok && known != hop {
		hop = leftOut // the port does not tell
	}
	f.byPort[p.server.Port()] = hop
}

// hopOf gives the hop of a server that is met after the chain was drawn.
func (f *feed) hopOf(server netip.AddrPort) int {
	if f.single {
		return 0
	}
	if hop, ok := f.byPort[server.Port()]; ok {
		return hop
	}
	return leftOut
}

// unreadable says why nothing of the input could be read; nil if something could.
func (f *feed) unreadable() error {
	n := f.input.Source.Stats().Packets
	var link capture.LinkType
	for l, skipped := range f.skipped {
		n -= skipped
		link = max(link, l)
	}
	if n > 0 || len(f.skipped) == 0 {
		return nil
	}
	return fmt.Errorf("%s %w %d (%s), which hophound cannot read: capture on the interface itself or with -i any", f.input.Name, ErrLinkType, link, link)
}

// ErrLinkType is what [Run] says of an input whose packets begin with headers
// that cannot be read. Its text follows the input's name, and a number follows.
var ErrLinkType = errors.New("holds packets of link type")
