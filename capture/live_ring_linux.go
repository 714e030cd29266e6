package capture

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

const (
	blockBytes    = 512 << 10 // holds the largest GSO packet of 64 KiB eight times
	minBlockBytes = 128 << 10
	minBlocks     = 2

	// headroom is kept free by the kernel before each packet for the header
	// of a cooked one and a VLAN tag.
	headroom = 32
)

// ring is the buffer that the kernel fills with packets, a block at a time. A
// block belongs either to the kernel or to us, as its status says.
type ring struct {
	mem    []byte
	block  int // bytes of a block
	at     int // offset of the block that is read
	held   bool
	left   uint32 // packets of the block that are still to be read
	offset int    // of the next one, in the block
}

// newRing asks the kernel for a ring of about size bytes.
func newRing(fd, size int) (ring, error) {
	block := blockBytes
	for block > minBlockBytes && size < 4*block {
		block /= 2
	}
	blocks := max(size/block, minBlocks)
	const frame = 2048 // V3 packs packets of any size; this must only divide a block
	request := unix.TpacketReq3{
		Block_size:     uint32(block),
		Block_nr:       uint32(blocks),
		Frame_size:     frame,
		Frame_nr:       uint32(block / frame * blocks),
		Retire_blk_tov: uint32(ringDelay.Milliseconds()),
	}
	if err := unix.SetsockoptTpacketReq3(fd, unix.SOL_PACKET, unix.PACKET_RX_RING, &request); err != nil {
		return ring{}, fmt.Errorf("make a ring of %d bytes: %w", block*blocks, err)
	}
	mem, err := unix.Mmap(fd, 0, block*blocks, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return ring{}, fmt.Errorf("map a ring of %d bytes: %w", block*blocks, err)
	}
	return ring{mem: mem, block: block}, nil
}

// next gives the next packet's header, and its frame: all memory of the block
// from that header on. The packet given before is gone with the call. nil
// means that the kernel has no more packets for us yet.
func (r *ring) next() (*unix.Tpacket3Hdr, []byte) {
	for r.left == 0 {
		if r.held {
			r.leave()
		}
		if !r.ready() {
			return nil, nil
		}
		head := r.head()
		r.held, r.left, r.offset = true, head.Num_pkts, int(head.Offset_to_first_pkt)
	}
	frame := r.mem[r.at+r.offset : r.at+r.block]
	header := (*unix.Tpacket3Hdr)(unsafe.Pointer(&frame[0]))
	r.offset += int(header.Next_offset)
	r.left--
	return header, frame
}

// ready tells whether the kernel has handed the block over that is next.
func (r *ring) ready() bool {
	return atomic.LoadUint32(&r.head().Block_status)&unix.TP_STATUS_USER != 0
}

// head is the header of the block that is read.
func (r *ring) head() *unix.TpacketHdrV1 {
	desc := (*unix.TpacketBlockDesc)(unsafe.Pointer(&r.mem[r.at]))
	return (*unix.TpacketHdrV1)(unsafe.Pointer(&desc.Hdr))
}

// leave gives the block back to the kernel and goes on to the one after it.
func (r *ring) leave() {
	atomic.StoreUint32(&r.head().Block_status, unix.TP_STATUS_KERNEL)
	r.held = false
	r.at = (r.at + r.block) % len(r.mem)
}
