package bench

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// epoch is when every capture begins.
var epoch = time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)

const (
	endOfTime = math.MaxInt64
	batch     = 1 << 15 // packets that are put in order and written at a time
)

// capture is the capture file of one hop. Packets come in as connections make
// them, a connection's own in order, and go out in the order of their times.
type capture struct {
	file    io.WriteCloser
	waiting []packet
	enough  int // number of waiting packets that are worth a flush
	serial  uint64
	buffer  []byte
	faults  faults
	written HopSummary
}

// faults is what goes wrong on the way into a capture.
type faults struct {
	loss, reorder float64
	random        *rand.Rand
}

func newCapture(f io.WriteCloser, o Options, hop int) *capture {
	c := &capture{file: f, enough: batch, faults: faults{
		loss: o.Loss, reorder: o.Reorder,
		random: rand.New(rand.NewPCG(o.Seed, 1+uint64(hop))),
	}}
	c.buffer = appendFileHeader(c.buffer)
	return c
}

// add takes a packet that is to be written when its time has come.
func (c *capture) add(p packet) {
	c.serial++
	p.serial = c.serial
	c.waiting = append(c.waiting, p)
}

// full tells that a flush is worth its work.
func (c *capture) full() bool { return len(c.waiting) >= c.enough }

// flush writes the packets from before the time until, in order.
func (c *capture) flush(until int64) error {
	slices.SortFunc(c.waiting, func(a, b packet) int {
		if a.time != b.time {
			return int(min(max(a.time-b.time, -1), 1))
		}
		return int(int64(a.serial) - int64(b.serial))
	})
	n, _ := slices.BinarySearchFunc(c.waiting, until, func(p packet, t int64) int {
		return int(min(max(p.time-t, -1), 1))
	})
	c.swap(c.waiting[:n])
	for i := range c.waiting[:n] {
		c.write(&c.waiting[i])
		if len(c.buffer) >= 1<<20 {
			if err := c.spill(); err != nil {
				return err
			}
		}
	}
	c.waiting = slices.Delete(c.waiting, 0, n)
	c.enough = max(batch, 2*len(c.waiting))
	return nil
}

// swap lets some segments come after the next one of their burst. Times stay
// where they are: it is the packets that overtake each other.
func (c *capture) swap(packets []packet) {
	if c.faults.reorder == 0 {
		return
	}
	for i := range packets {
		p := &packets[i]
		if !p.more || c.faults.random.Float64() >= c.faults.reorder {
			continue
		}
		for j := i + 1; j < min(len(packets), i+64); j++ {
			q := &packets[j]
			if q.conn == p.conn && q.from == p.from {
				*p, *q = *q, *p
				p.time, q.time = q.time, p.time
				q.more = false // once is enough
				c.written.Reordered++
				break
			}
		}
	}
}

// write appends a packet to the buffer, unless the capture misses it.
func (c *capture) write(p *packet) {
	if c.faults.loss > 0 && c.faults.random.Float64() < c.faults.loss {
		c.written.Lost++
		return
	}
	start := len(c.buffer)
	c.buffer = append(c.buffer, make([]byte, recordHeader)...)
	c.buffer = p.appendTo(c.buffer)
	length := len(c.buffer) - start - recordHeader
	at := epoch.UnixNano() + p.time
	header := c.buffer[start:]
	binary.LittleEndian.PutUint32(header, uint32(at/1e9))
	binary.LittleEndian.PutUint32(header[4:], uint32(at%1e9/1e3))
	binary.LittleEndian.PutUint32(header[8:], uint32(length))
	binary.LittleEndian.PutUint32(header[12:], uint32(length))
	c.written.Packets++
	c.written.Bytes += int64(length)
}

// spill writes the buffer to the file.
func (c *capture) spill() error {
	if _, err := c.file.Write(c.buffer); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	c.buffer = c.buffer[:0]
	return nil
}

// close writes what is left and closes the file.
func (c *capture) close() error {
	spilled := c.spill()
	if err := c.file.Close(); err != nil && spilled == nil {
		return fmt.Errorf("close capture: %w", err)
	}
	return spilled
}

const recordHeader = 16

// appendFileHeader appends the header of a pcap file of Ethernet frames with
// times in microseconds (draft-ietf-opsawg-pcap §4).
func appendFileHeader(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, 0xa1b2c3d4)
	b = binary.LittleEndian.AppendUint16(b, 2)
	b = binary.LittleEndian.AppendUint16(b, 4)
	b = append(b, make([]byte, 8)...)
	b = binary.LittleEndian.AppendUint32(b, 262144)
	return binary.LittleEndian.AppendUint32(b, 1)
}
