package capture

import (
	"fmt"
	"strconv"
)

// The pcap format: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcap/
// and libpcap's sf-pcap.c, for the variants that came before.
const (
	pcapMicroseconds = 0xa1b2c3d4
	pcapNanoseconds  = 0xa1b23c4d
	// pcapModified is what Alexey Kuznetzov's patched libpcap wrote: each
	// record header has eight more bytes (interface, protocol, packet type).
	pcapModified = 0xa1b2cd34

	pcapHeaderLen         = 24
	pcapRecordLen         = 16
	pcapModifiedRecordLen = 24

	// pcapPlausible is the largest packet that libpcap (MAXIMUM_SNAPLEN) and
	// Wireshark accept in any file. A file may announce a larger snapshot
	// length, up to the largest record that is read at all.
	pcapPlausible = 262144
	maxRecord     = 16 << 20
)

// pcapRecords reads a pcap file.
type pcapRecords struct {
	w         *window
	order     byteOrder
	magic     uint32
	recordLen int    // bytes of a record's header
	perTick   int64  // nanoseconds per unit of a time's second half
	largest   uint32 // plausible length of a packet, bytes
	minor     uint16 // version 2.minor, which decides the order of the two lengths
	iface     []Interface
	begun     bool // the file header is behind
}

// pcapMagic tells whether b begins a pcap file, and in which byte order.
func pcapMagic(b []byte) (magic uint32, order byteOrder, ok bool) {
	if len(b) < 4 {
		return 0, littleEndian, false
	}
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		switch magic := order.uint32(b); magic {
		case pcapMicroseconds, pcapNanoseconds, pcapModified:
			return magic, order, true
		}
	}
	return 0, littleEndian, false
}

// newPcapRecords starts at the file header, which pcapMagic knew, of a file that may have
// to be waited for or is there. A header that is cut short is found by next.
func newPcapRecords(w *window, waits bool) (*pcapRecords, error) {
	r := &pcapRecords{w: w, recordLen: pcapRecordLen, perTick: 1000}
	header := w.peek(pcapHeaderLen)
	r.magic, r.order, _ = pcapMagic(header)
	switch r.magic {
	case pcapNanoseconds:
		r.perTick = 1
	case pcapModified:
		r.recordLen = pcapModifiedRecordLen
	}
	if len(header) < pcapHeaderLen {
		return r, nil
	}
	if err := r.header(header); err != nil {
		return nil, err
	}
	if !waits {
		r.guessRecordLen()
	}
	return r, nil
}

// header reads the file header: magic, version, two unused numbers, snapshot
// length, link type.
func (r *pcapRecords) header(h []byte) error {
	major, minor := r.order.uint16(h[4:]), r.order.uint16(h[6:])
	switch major {
	case 2:
		r.minor = minor
	case 543: // of DG/UX, with the lengths in the old order
		r.minor = 0
	default:
		return fmt.Errorf("it is of pcap version %d.%d, and only version 2 is known", major, minor)
	}
	snapLen := r.order.uint32(h[16:])
	r.largest = max(pcapPlausible, min(snapLen, maxRecord))
	// The upper 16 bits say whether frames end with a checksum (FCS).
	link := LinkType(r.order.uint32(h[20:]))
	r.iface = []Interface{{Link: link, SnapLen: int(min(snapLen, 1<<31-1))}}
	r.w.advance(pcapHeaderLen)
	r.begun = true
	return nil
}

func (r *pcapRecords) interfaces() []Interface { return r.iface }
func (r *pcapRecords) sections() []Section     { return nil }
func (r *pcapRecords) dropped() uint64         { return 0 }

func (r *pcapRecords) next(p *Packet) error {
	offset := r.w.offset()
	if !r.begun {
		return r.w.cut(offset, "its header", int64(len(r.w.peek(pcapHeaderLen))), pcapHeaderLen)
	}
	head := r.w.peek(r.recordLen)
	if len(head) < r.recordLen {
		what := "the header of packet " + strconv.FormatUint(p.Number, 10)
		return r.w.over(what, len(head), r.recordLen)
	}
	captured, length := r.lengths(head)
	if captured > r.largest {
		return broken(offset, "packet %d claims to be %d bytes long, and no packet of this file can be longer than %d", p.Number, captured, r.largest)
	}
	if captured == 0 && length == 0 && r.isHeader(head) {
		return broken(offset, "another pcap file begins after packet %d; join files with mergecap, not with cat", p.Number-1)
	}
	record := r.w.peek(r.recordLen + int(captured))
	if data := len(record) - r.recordLen; data < int(captured) {
		return r.w.cut(offset, "packet "+strconv.FormatUint(p.Number, 10), int64(data), int64(captured))
	}
	p.Time = int64(r.order.uint32(record))*1e9 + int64(r.order.uint32(record[4:]))*r.perTick
	p.Interface, p.Link = 0, r.iface[0].Link
	p.Data = record[r.recordLen:len(record):len(record)]
	p.Length = int(max(length, captured))
	p.Comment = nil
	r.w.advance(len(record))
	return nil
}

// lengths returns how many bytes of the packet are there and how many there
// were on the wire. Files before version 2.3 have them the other way round,
// those of version 2.3 either way.
func (r *pcapRecords) lengths(head []byte) (captured, length uint32) {
	captured, length = r.order.uint32(head[8:]), r.order.uint32(head[12:])
	if r.minor < 3 || r.minor == 3 && captured > length {
		captured, length = length, captured
	}
	return captured, length
}

// isHeader tells whether a record is really the header of another file that
// was appended: its time is then the magic number and the version.
func (r *pcapRecords) isHeader(head []byte) bool {
	return r.order.uint32(head) == r.magic && r.order.uint16(head[4:]) == 2 && r.order.uint16(head[6:]) == 4
}
