package http1

import (
	"slices"
	"strings"
	"unsafe"
)

// Clone copies an exchange into memory of its own, all but the Conn, which
// remains shared.
func (x *Exchange) Clone() *Exchange {
	b := &block{Exchange: *x}
	b.block = nil
	b.Request, b.Response = x.Request.cloneTo(&b.request), x.Response.cloneTo(&b.response)
	b.Informational = slices.Clone(x.Informational)
	for i, m := range b.Informational {
		b.Informational[i] = m.Clone()
	}
	if x.Tunnel != nil {
		t := *x.Tunnel
		b.Tunnel = &t
	}
	return &b.Exchange
}

// Apart gives x in memory of its own: x itself if it has that, or else a clone, and x is
// released. It is for what is kept long while others in the same piece are not.
func (x *Exchange) Apart() *Exchange {
	if x.block == nil {
		return x
	}
	c := x.Clone()
	x.Release()
	return c
}

// Clone copies a message into memory of its own; nil remains nil.
func (m *Message) Clone() *Message { return m.cloneTo(&Message{}) }

func (m *Message) cloneTo(c *Message) *Message {
	if m == nil {
		return nil
	}
	*c = *m
	c.Head = strings.Clone(m.Head)
	c.Method, c.Target = m.within(c.Head, m.Method), m.within(c.Head, m.Target)
	c.Version, c.Reason = m.within(c.Head, m.Version), m.within(c.Head, m.Reason)
	c.Fields, c.Trailers = m.cloneFields(c.Head, m.Fields), m.cloneFields(c.Head, m.Trailers)
	c.Packets = slices.Clone(m.Packets)
	c.Defects = slices.Clone(m.Defects)
	for i, d := range c.Defects {
		c.Defects[i].Note = m.within(c.Head, d.Note)
	}
	return c
}

func (m *Message) cloneFields(head string, fields []Field) []Field {
	fields = slices.Clone(fields)
	for i, f := range fields {
		fields[i] = Field{Name: m.within(head, f.Name), Value: m.within(head, f.Value)}
	}
	return fields
}

// within gives a string that shares the memory of m.Head as one that shares
// that of its copy, and any other as a copy. Only addresses are compared: no
// memory is reached through them.
func (m *Message) within(head, s string) string {
	begin := uintptr(unsafe.Pointer(unsafe.StringData(m.Head))) //nolint:gosec // for comparison only
	at := uintptr(unsafe.Pointer(unsafe.StringData(s)))         //nolint:gosec // as above
	if s == "" || at < begin || at-begin > uintptr(len(m.Head)-len(s)) || len(s) > len(m.Head) {
		return strings.Clone(s)
	}
	return head[at-begin:][:len(s)]
}
