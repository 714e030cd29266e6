package main

import (
	"errors"
	"io"
	"math"
	"strconv"

	"github.com/hophound/hophound/analyzer/http1"
	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
)

// reading is what hophound finds in a capture.
type reading struct {
	messages []*message
	stats    tcp.Stats
	streams  map[http1.Protocol]int
	unread   map[capture.LinkType]uint64 // packets of link types that are not read
	damage   []capture.Damage
}

// readCapture reads a capture file as the analysis does, but for finding out
// which hop a connection belongs to.
func readCapture(path string) (*reading, error) {
	f, err := capture.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := &reading{streams: map[http1.Protocol]int{}, unread: map[capture.LinkType]uint64{}}
	a := tcp.NewAssembler(&streams{reading: r}, tcp.Limits{})
	for {
		var p capture.Packet
		err := f.Next(&p)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if !p.Link.Supported() {
			r.unread[p.Link]++
			continue
		}
		a.Add(&p)
	}
	a.Close()
	r.stats, r.damage = a.Stats(), f.Stats().Damage
	return r, nil
}

// streams gives the bytes of each connection to an HTTP stream.
type streams struct{ reading *reading }

// Open is part of tcp.Handler, like all that follows.
func (s *streams) Open(c *tcp.Conn) bool {
	info := http1.ConnInfo{ID: c.ID, A: c.A, B: c.B, Start: c.Start, Whole: c.Opened, ClientKnown: c.Opened}
	c.State = http1.NewStream(info, http1.Limits{}, func(x *http1.Exchange) { s.take(x) })
	return true
}

// Chunk gives bytes on.
func (s *streams) Chunk(c *tcp.Conn, d tcp.Direction, ch tcp.Chunk) {
	c.State.(*http1.Stream).Write(http1.Direction(d), ch.Data, ch.Packet, ch.Time)
}

// Gap gives a gap on.
func (s *streams) Gap(c *tcp.Conn, d tcp.Direction, g tcp.Gap) {
	c.State.(*http1.Stream).Skip(http1.Direction(d), g.Length, g.Packet, g.Time)
}

// Fin gives the end of a direction on.
func (s *streams) Fin(c *tcp.Conn, d tcp.Direction, at tcp.Mark) {
	c.State.(*http1.Stream).Fin(http1.Direction(d), at.Packet, at.Time)
}

// Close ends a connection's stream.
func (s *streams) Close(c *tcp.Conn, e tcp.End) {
	stream := c.State.(*http1.Stream)
	stream.Close(http1.End{Cause: http1.EndLost, Packet: e.Packet, Time: e.Time})
	s.reading.streams[stream.Protocol()]++
}

// take takes down the messages of an exchange.
func (s *streams) take(x *http1.Exchange) {
	s.add(x.Request)
	for _, m := range x.Informational {
		s.add(m)
	}
	s.add(x.Response)
}

func (s *streams) add(m *http1.Message) {
	if m == nil {
		return
	}
	ours := &message{
		method: m.Method, target: m.Target, version: m.Version,
		packet: m.Packets[len(m.Packets)-1], until: m.Packets[len(m.Packets)-1],
	}
	if m.Framing != http1.FramingNone {
		ours.until = math.MaxUint64 // tshark tells of a message when its content is complete
	}
	if m.Status != 0 {
		ours.status = strconv.Itoa(m.Status)
	}
	for _, f := range m.Fields {
		ours.fields = append(ours.fields, field{f.Name, f.Value})
	}
	s.reading.messages = append(s.reading.messages, ours)
}
