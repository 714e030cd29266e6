package capture

import (
	"fmt"
	"strconv"
)

// The pcapng format: https://datatracker.ietf.org/doc/draft-ietf-opsawg-pcapng/
const (
	blockSection       = 0x0a0d0d0a // the same in both byte orders
	blockInterface     = 1
	blockPacket        = 2 // obsolete, still met
	blockSimplePacket  = 3
	blockStatistics    = 5
	blockEnhanced      = 6
	blockJournal       = 9          // an entry of systemd's journal
	blockSysdig        = 0x204      // an event of sysdig's, a system call
	blockSysdig2       = 0x216      // version 2
	blockSysdig2Large  = 0x221      // version 2 with longer lengths
	blockCustom        = 0x00000bad // of some vendor
	blockCustomLocal   = 0x40000bad // the same, not to be copied to other files
	pcapngByteOrder    = 0x1a2b3c4d
	minBlockLen        = 12 // type, length, length
	minSectionBlockLen = 28

	// maxBlock is the largest block whose content is read, as in libpcap and
	// Wireshark. One that is skipped may be of any length.
	maxBlock = 16 << 20

	// maxDescribed limits how many sections and interfaces a file may have,
	// because what is known of them is kept.
	maxDescribed = 16384
)

// pcapngRecords reads a pcapng file.
type pcapngRecords struct {
	w       *window
	order   byteOrder // of the current section
	begun   bool      // the first section header is behind
	first   int       // index of the current section's first interface
	ifaces  []Interface
	clocks  []clock // one per interface
	drops   []drops // one per interface
	secs    []Section
	comment []byte // for a packet with several comments
	joined  bool   // comment is what the packet that is read points to
}

// drops counts what was lost on one interface. The statistics block gives a
// total, the packets the loss since the packet before; a writer may use both.
type drops struct{ total, summed uint64 }

func newPcapngRecords(w *window) (*pcapngRecords, error) {
	r := &pcapngRecords{w: w}
	head := w.peek(16)
	if len(head) < 16 {
		return r, nil // next finds out
	}
	if _, err := sectionByteOrder(head); err != nil {
		return nil, err
	}
	return r, r.checkVersion(head)
}

// sectionByteOrder reads the byte-order magic of a section header block.
func sectionByteOrder(head []byte) (byteOrder, error) {
	for _, order := range []byteOrder{littleEndian, bigEndian} {
		if order.uint32(head[8:]) == pcapngByteOrder {
			return order, nil
		}
	}
	return littleEndian, fmt.Errorf("it begins like pcapng, but its byte-order magic is % x", head[8:12])
}

func (r *pcapngRecords) checkVersion(head []byte) error {
	order, err := sectionByteOrder(head)
	if err != nil {
		return err
	}
	if major := order.uint16(head[12:]); major != 1 {
		return fmt.Errorf("it is of pcapng version %d.%d, and only version 1 is known", major, order.uint16(head[14:]))
	}
	return nil
}

func (r *pcapngRecords) interfaces() []Interface { return r.ifaces }
func (r *pcapngRecords) sections() []Section     { return r.secs }

func (r *pcapngRecords) dropped() uint64 {
	var n uint64
	for _, d := range r.drops {
		n += max(d.total, d.summed)
	}
	return n
}

func (r *pcapngRecords) next(p *Packet) error {
	for {
		head := r.w.peek(8)
		if len(head) < 8 {
			return r.w.over("the header of "+place(p), len(head), 8)
		}
		kind := r.order.uint32(head)
		if !r.begun && kind != blockSection {
			return broken(r.w.offset(), "no section header is there") // recognise saw one
		}
		given, err := r.block(kind, p)
		if given || err != nil {
			return err
		}
	}
}

// place names the block that could hold the next packet.
func place(p *Packet) string {
	return "the block after packet " + strconv.FormatUint(p.Number-1, 10)
}

// block uses up one block. It tells whether that gave a packet.
func (r *pcapngRecords) block(kind uint32, p *Packet) (given bool, err error) {
	offset := r.w.offset()
	if kind == blockSection {
		if err := r.turnToSection(offset); err != nil {
			return false, err
		}
	}
	switch kind {
	case blockSection, blockInterface, blockStatistics, blockPacket, blockSimplePacket, blockEnhanced:
	case blockJournal, blockSysdig, blockSysdig2, blockSysdig2Large, blockCustom, blockCustomLocal:
		p.Number++ // Wireshark shows them between the packets and numbers them too
		return false, r.skipBlock(offset, kind)
	default:
		return false, r.skipBlock(offset, kind)
	}
	body, err := r.body(offset, kind, p)
	if err != nil {
		return false, err
	}
	switch kind {
	case blockSection:
		return false, r.section(offset, body)
	case blockInterface:
		return false, r.iface(offset, body)
	case blockStatistics:
		return false, r.statistics(offset, body)
	case blockSimplePacket:
		return true, r.simplePacket(offset, body, p)
	}
	return true, r.packet(offset, kind, body, p)
}

// turnToSection sets the byte order of the section that begins here: it is
// needed to read even the block's length.
func (r *pcapngRecords) turnToSection(offset int64) error {
	head := r.w.peek(16)
	if len(head) < 16 {
		return r.w.cut(offset, "a section header", int64(len(head)), minSectionBlockLen)
	}
	order, err := sectionByteOrder(head)
	if err == nil {
		err = r.checkVersion(head)
	}
	if err != nil {
		return broken(offset, "a section header cannot be read: %v", err)
	}
	r.order, r.begun = order, true
	return nil
}

// blockLen reads a block's length and rounds it up to the four bytes that
// blocks are aligned to: some writers forget the padding's length.
func (r *pcapngRecords) blockLen(offset int64, kind uint32) (said uint32, padded int64, err error) {
	said = r.order.uint32(r.w.peek(8)[4:])
	if said < minBlockLen {
		return 0, 0, broken(offset, "a block of type %#x claims to be %d bytes long, and the shortest possible is %d", kind, said, minBlockLen)
	}
	return said, (int64(said) + 3) &^ 3, nil
}

// body uses up the block that begins here and returns what stands between its
// two lengths. It is valid until the next peek.
func (r *pcapngRecords) body(offset int64, kind uint32, p *Packet) ([]byte, error) {
	said, padded, err := r.blockLen(offset, kind)
	if err != nil {
		return nil, err
	}
	if padded > maxBlock {
		return nil, broken(offset, "%s claims to be %d bytes long, and the longest possible is %d", place(p), said, maxBlock)
	}
	block := r.w.peek(int(padded))
	if int64(len(block)) < padded {
		return nil, r.w.cut(offset, place(p), int64(len(block)), padded)
	}
	if err := r.checkTrailer(offset, kind, said, block[padded-4:]); err != nil {
		return nil, err
	}
	r.w.advance(len(block))
	return block[8 : padded-4], nil
}

// skipBlock uses up a block that is of no interest here, without holding it.
func (r *pcapngRecords) skipBlock(offset int64, kind uint32) error {
	said, padded, err := r.blockLen(offset, kind)
	if err != nil {
		return err
	}
	what := fmt.Sprintf("a block of type %#x", kind)
	if n := r.w.skip(padded - 4); n < padded-4 {
		return r.w.cut(offset, what, n, padded)
	}
	trailer := r.w.peek(4)
	if len(trailer) < 4 {
		return r.w.cut(offset, what, padded-4+int64(len(trailer)), padded)
	}
	if err := r.checkTrailer(offset, kind, said, trailer); err != nil {
		return err
	}
	r.w.advance(4)
	return nil
}

// checkTrailer compares the length at a block's end with the one at its start.
func (r *pcapngRecords) checkTrailer(offset int64, kind, said uint32, trailer []byte) error {
	if again := r.order.uint32(trailer); again != said && again != (said+3)&^3 {
		return broken(offset, "a block of type %#x says at its start that it is %d bytes long, and at its end %d", kind, said, again)
	}
	return nil
}
