package capture

import (
	"encoding/binary"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// filledRing is a ring as the kernel leaves it: each block ours and holding
// so many packets of 200 bytes.
func filledRing(blocks, packets int) ring {
	r := ring{mem: make([]byte, blocks*minBlockBytes), block: minBlockBytes}
	for at := 0; at < len(r.mem); at += r.block {
		block := r.mem[at : at+r.block]
		const first, mac, size = 48, 128, 384
		binary.NativeEndian.PutUint32(block[12:], uint32(packets))
		binary.NativeEndian.PutUint32(block[16:], first)
		for i := range packets {
			frame := block[first+i*size:]
			*(*unix.Tpacket3Hdr)(unsafe.Pointer(&frame[0])) = unix.Tpacket3Hdr{
				Next_offset: size, Sec: 1, Nsec: uint32(i), Snaplen: 200, Len: 1514, Mac: mac,
			}
			binary.NativeEndian.PutUint32(frame[unix.SizeofTpacket3Hdr+4:], uint32(at/r.block+1)) // interface
			frame[mac] = byte(i)
		}
		r.give(at)
	}
	return r
}

func (r *ring) give(at int) {
	atomic.StoreUint32((*uint32)(unsafe.Pointer(&r.mem[at+8])), unix.TP_STATUS_USER)
}

// giveNext makes the block after the one that is read ours.
func (r *ring) giveNext() { r.give((r.at + r.block) % len(r.mem)) }

func (r *ring) ours(at int) bool {
	return atomic.LoadUint32((*uint32)(unsafe.Pointer(&r.mem[at+8])))&unix.TP_STATUS_USER != 0
}

// A block is given back when it is left, not before: its last packet is still
// being read.
func TestRingKeepsBlocksUntilLeft(t *testing.T) {
	r := filledRing(2, 3)
	for i := range 3 {
		header, frame := r.next()
		require.NotNil(t, header)
		assert.Equal(t, uint32(i), header.Nsec)
		assert.Equal(t, byte(i), frame[header.Mac])
		assert.True(t, r.ours(0))
	}
	header, _ := r.next()
	require.NotNil(t, header)
	assert.False(t, r.ours(0), "given back")
	assert.True(t, r.ours(minBlockBytes))
	_, _ = r.next()
	_, _ = r.next()
	header, _ = r.next()
	assert.Nil(t, header, "the kernel has both")
	r.give(0)
	header, _ = r.next()
	assert.NotNil(t, header)
}

// Blocks without packets, which old kernels hand over, are passed by.
func TestRingEmptyBlocks(t *testing.T) {
	r := filledRing(3, 0)
	binary.NativeEndian.PutUint32(r.mem[2*minBlockBytes+12:], 1)
	*(*unix.Tpacket3Hdr)(unsafe.Pointer(&r.mem[2*minBlockBytes+48])) = unix.Tpacket3Hdr{Snaplen: 7}
	header, _ := r.next()
	require.NotNil(t, header)
	assert.Equal(t, uint32(7), header.Snaplen)
}

// liveOn reads a ring without a socket.
func liveOn(r ring, d device) *Live {
	return &Live{what: d.name, cooked: d.cooked, ring: r, ifaces: newInterfaceTable(d, 0, WayNone), socket: &socket{fd: -1}}
}

// BenchmarkLiveNext measures what a packet costs once the kernel has put it
// into the ring: one operation is one packet.
func BenchmarkLiveNext(b *testing.B) {
	for name, d := range map[string]device{
		"ethernet": {name: "eth0", index: 1, link: LinkEthernet},
		"any":      {name: AnyInterface, link: LinkLinuxSLL2, cooked: true},
	} {
		b.Run(name, func(b *testing.B) {
			const blocks, packets = 4, 300
			l := liveOn(filledRing(blocks, packets), d)
			var p Packet
			b.ReportAllocs()
			for b.Loop() {
				l.ring.giveNext()
				if err := l.Next(&p); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "packets/s")
		})
	}
}

// A packet costs no allocation.
func TestLiveNextDoesNotAllocate(t *testing.T) {
	const packets = 300
	l := liveOn(filledRing(2, packets), device{name: AnyInterface, link: LinkLinuxSLL2, cooked: true})
	var p Packet
	read := func() {
		for range 2 * packets {
			l.ring.giveNext()
			if err := l.Next(&p); err != nil {
				t.Fatal(err)
			}
		}
	}
	read() // meets the interfaces
	assert.Len(t, l.Interfaces(), 3, "any, and one per block")
	assert.Zero(t, testing.AllocsPerRun(100, read))
}

// Interfaces that come and go for days do not fill the memory.
func TestLiveInterfacesAreLimited(t *testing.T) {
	d := device{name: AnyInterface, link: LinkLinuxSLL2, cooked: true}
	table := newInterfaceTable(d, 0, WayNone)
	s := &socket{fd: -1}
	for index := range int32(maxInterfaces + 100) {
		var from linkAddr
		binary.NativeEndian.PutUint32(from[4:], uint32(index+1))
		place, link := table.of(s, &from)
		assert.Equal(t, LinkLinuxSLL2, link)
		if index < maxInterfaces-1 {
			assert.Equal(t, int(index+1), place)
		} else {
			assert.Zero(t, place)
		}
	}
	assert.Len(t, table.all, maxInterfaces)
	assert.Equal(t, "if1", table.all[1].Name, "one that is gone is known by its index")
}
