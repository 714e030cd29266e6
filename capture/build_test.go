package capture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The files of these tests are written byte by byte, because what they are
// about is what common writers never write.

// order has both halves of binary's byte orders.
type order interface {
	binary.ByteOrder
	binary.AppendByteOrder
}

// seen is a packet as a reader gave it, with memory of its own.
type seen struct {
	Number    uint64
	Time      int64
	Interface int
	Link      LinkType
	Length    int
	Data      string
	Comment   string
}

// readAll reads src to its end.
func readAll(t testing.TB, src Source) []seen {
	t.Helper()
	var all []seen
	var p Packet
	for {
		err := src.Next(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, seen{p.Number, p.Time, p.Interface, p.Link, p.Length, string(p.Data), string(p.Comment)})
	}
}

// open reads a file that is held in memory.
func open(t testing.TB, file []byte) *File {
	t.Helper()
	f, err := NewFile(bytes.NewReader(file), "test")
	require.NoError(t, err)
	closeAtEnd(t, f)
	return f
}

// closeAtEnd closes c when the test is over.
func closeAtEnd(t testing.TB, c io.Closer) {
	t.Cleanup(func() { assert.NoError(t, c.Close()) })
}

// pcapBuilder writes a pcap file.
type pcapBuilder struct {
	o     order
	magic uint32
	bytes []byte
}

// newPcap begins a file of version 2.4 with the given snapshot length and
// 32-bit link type.
func newPcap(o order, magic, snapLen, link uint32) *pcapBuilder {
	b := &pcapBuilder{o: o, magic: magic}
	b.bytes = o.AppendUint32(b.bytes, magic)
	b.bytes = o.AppendUint16(b.bytes, 2)
	b.bytes = o.AppendUint16(b.bytes, 4)
	b.bytes = append(b.bytes, make([]byte, 8)...)
	b.bytes = o.AppendUint32(b.bytes, snapLen)
	b.bytes = o.AppendUint32(b.bytes, link)
	return b
}

// version overwrites the version in the header.
func (b *pcapBuilder) version(major, minor uint16) *pcapBuilder {
	b.o.PutUint16(b.bytes[4:], major)
	b.o.PutUint16(b.bytes[6:], minor)
	return b
}

// packet appends a record whose lengths may lie.
func (b *pcapBuilder) packet(sec, frac, captured, length uint32, data string) *pcapBuilder {
	for _, v := range []uint32{sec, frac, captured, length} {
		b.bytes = b.o.AppendUint32(b.bytes, v)
	}
	if b.magic == pcapModified {
		b.bytes = append(b.bytes, 2, 0, 0, 0, 8, 0, 4, 0) // eth0, IPv4, outgoing
	}
	b.bytes = append(b.bytes, data...)
	return b
}

// ngBuilder writes a pcapng file. Its byte order may be changed between
// sections.
type ngBuilder struct {
	o     order
	bytes []byte
	ends  []int // where each block ends
}

// block appends a block of any type.
func (b *ngBuilder) block(kind uint32, body []byte) *ngBuilder {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	length := uint32(len(body) + 12)
	b.bytes = b.o.AppendUint32(b.bytes, kind)
	b.bytes = b.o.AppendUint32(b.bytes, length)
	b.bytes = append(b.bytes, body...)
	b.bytes = b.o.AppendUint32(b.bytes, length)
	b.ends = append(b.ends, len(b.bytes))
	return b
}

// words makes the fixed part of a block out of 32-bit numbers.
func (b *ngBuilder) words(values ...uint32) []byte {
	var body []byte
	for _, v := range values {
		body = b.o.AppendUint32(body, v)
	}
	return body
}

// option is an option's code and value.
type option struct {
	code  uint16
	value string
}

func (b *ngBuilder) with(body []byte, opts []option) []byte {
	for len(body)%4 != 0 {
		body = append(body, 0)
	}
	for _, o := range opts {
		body = b.o.AppendUint16(body, o.code)
		body = b.o.AppendUint16(body, uint16(len(o.value)))
		body = append(body, o.value...)
		for len(body)%4 != 0 {
			body = append(body, 0)
		}
	}
	if len(opts) > 0 {
		body = append(body, 0, 0, 0, 0)
	}
	return body
}

// section turns to byte order o and appends a section header.
func (b *ngBuilder) section(o order, opts ...option) *ngBuilder {
	b.o = o
	body := b.words(pcapngByteOrder)
	body = o.AppendUint16(body, 1)
	body = o.AppendUint16(body, 0)
	body = append(body, bytes.Repeat([]byte{0xff}, 8)...)
	return b.block(blockSection, b.with(body, opts))
}

func (b *ngBuilder) iface(link uint16, snapLen uint32, opts ...option) *ngBuilder {
	body := b.o.AppendUint16(nil, link)
	body = b.o.AppendUint16(body, 0)
	body = b.o.AppendUint32(body, snapLen)
	return b.block(blockInterface, b.with(body, opts))
}

func (b *ngBuilder) enhanced(iface uint32, ticks uint64, length uint32, data string, opts ...option) *ngBuilder {
	body := b.words(iface, uint32(ticks>>32), uint32(ticks), uint32(len(data)), length)
	return b.block(blockEnhanced, b.with(append(body, data...), opts))
}

func (b *ngBuilder) simple(length uint32, data string) *ngBuilder {
	return b.block(blockSimplePacket, append(b.words(length), data...))
}

func (b *ngBuilder) obsolete(iface, drops uint16, ticks uint64, length uint32, data string, opts ...option) *ngBuilder {
	body := b.o.AppendUint16(nil, iface)
	body = b.o.AppendUint16(body, drops)
	body = append(body, b.words(uint32(ticks>>32), uint32(ticks), uint32(len(data)), length)...)
	return b.block(blockPacket, b.with(append(body, data...), opts))
}

func (b *ngBuilder) statistics(iface uint32, opts ...option) *ngBuilder {
	return b.block(blockStatistics, b.with(b.words(iface, 0, 0), opts))
}

// number is the value of a 64-bit option.
func (b *ngBuilder) number(v uint64) string { return string(b.o.AppendUint64(nil, v)) }
