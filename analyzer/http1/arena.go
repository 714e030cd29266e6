package http1

import (
	"slices"
	"strings"
)

// Arena is the memory in which the streams of one source make their exchanges.
// It is taken in pieces for many exchanges, so that one costs no allocation of
// its own, and a piece is freed when nobody uses any exchange in it: whoever
// keeps a few of many should keep [Exchange.Clone]s.
//
// The zero value is ready. An Arena is used by one goroutine; its exchanges by
// anyone.
type Arena struct {
	text   strings.Builder // heads, one after the other
	fields []Field         // behind its length is room
	blocks []block         // not used yet
	held   int             // bytes of heads that are not complete, in the streams' own memory
}

// Sizes of the pieces, and what need not find room in one. A piece is of some
// eight exchanges: one that waits long for its partners holds on to so many.
const (
	arenaText   = 8 << 10 // bytes
	arenaFields = 192
	arenaBlocks = 8

	largeText  = arenaText / 4
	fewFields  = 16 // room for as many is worth a look; append moves what is more
	manyFields = arenaFields / 4
)

// string copies bytes.
func (a *Arena) string(b []byte) string {
	if len(b) > largeText {
		return string(b)
	}
	if a.text.Cap()-a.text.Len() < len(b) {
		a.text = strings.Builder{}
		a.text.Grow(arenaText)
	}
	begin := a.text.Len()
	a.text.Write(b)
	return a.text.String()[begin:]
}

// room gives an empty slice to append fields to, which are then kept by keep.
func (a *Arena) room() []Field {
	if cap(a.fields)-len(a.fields) < fewFields {
		a.fields = make([]Field, 0, arenaFields)
	}
	n := len(a.fields)
	return a.fields[n:n:min(cap(a.fields), n+manyFields)]
}

// keep makes sure of fields that were appended to what room gave last. If they
// outgrew it, append has moved them, and the room is free again.
func (a *Arena) keep(fields []Field) []Field {
	n := len(a.fields)
	if len(fields) <= min(cap(a.fields)-n, manyFields) {
		a.fields = a.fields[:n+len(fields)]
	}
	return slices.Clip(fields)
}

// block gives an empty exchange.
func (a *Arena) block() *block {
	if len(a.blocks) == 0 {
		a.blocks = make([]block, arenaBlocks)
	}
	b := &a.blocks[0]
	a.blocks = a.blocks[1:]
	return b
}
