package main

import (
	"net/netip"
	"strings"

	"github.com/hophound/hophound/analyzer/tcp"
	"github.com/hophound/hophound/capture"
	"github.com/hophound/hophound/process"
)

// annotator says, on the packet with which a connection begins to carry data,
// which processes of this host have its ends.
type annotator struct {
	finder    *process.Finder
	assembler *tcp.Assembler
	comment   []byte // for the packet that is being added
}

func newAnnotator(finder *process.Finder) *annotator {
	a := &annotator{finder: finder}
	a.assembler = tcp.NewAssembler(a, tcp.Limits{})
	return a
}

// annotate gives the comment for a packet, nil if there is none. It is valid
// until the next call.
func (a *annotator) annotate(p *capture.Packet) []byte {
	a.comment = nil
	a.assembler.Add(p)
	return a.comment
}

// Open is part of tcp.Handler: nothing more than a connection's ends is wanted.
func (a *annotator) Open(c *tcp.Conn) bool {
	var parts []string
	for _, end := range [][2]netip.AddrPort{{c.A, c.B}, {c.B, c.A}} {
		if owner, ok := a.finder.Lookup(end[0], end[1]); ok {
			parts = append(parts, end[0].String()+" is "+describeOwner(owner))
		}
	}
	a.comment = []byte(strings.Join(parts, "; "))
	return false
}

// Chunk is part of tcp.Handler and never called, like the rest.
func (a *annotator) Chunk(*tcp.Conn, tcp.Direction, tcp.Chunk) {}

// Gap is part of tcp.Handler.
func (a *annotator) Gap(*tcp.Conn, tcp.Direction, tcp.Gap) {}

// Fin is part of tcp.Handler.
func (a *annotator) Fin(*tcp.Conn, tcp.Direction, tcp.Mark) {}

// Close is part of tcp.Handler.
func (a *annotator) Close(*tcp.Conn, tcp.End) {}
