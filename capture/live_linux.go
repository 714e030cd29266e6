package capture

import (
	"errors"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	xbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Live is a [Source] of what passes an interface: an AF_PACKET socket and the
// ring it shares with the kernel (TPACKET_V3, packet(7) and the kernel's
// Documentation/networking/packet_mmap.rst).
//
// Next, Interfaces and the memory of packets belong to one goroutine; Stats,
// Stop and Close may be called from any.
type Live struct {
	what   string // "eth0", for messages
	cooked bool   // packets come without a link header; one is made for them
	snap   int    // bytes, 0 is no limit
	idle   time.Duration
	way    string
	why    error    // why way is not the eBPF filter that was asked for
	check  *xbpf.VM // filter that the kernel does not run; nil if there is none

	socket *socket
	ring   ring
	ifaces interfaceTable
	last   uint64 // number of the packet last given
	wary   bool   // the interface has been down: it may go for good and not be told again
	done   error  // what Next returns from now on

	counts struct{ packets, bytes, truncated atomic.Uint64 }

	stopped, closed atomic.Bool
}

// Next fills p with the next packet and waits for it if there is none; see
// [Source]. p.Data lies in the ring and holds until the next call. A packet
// is handed over at most some 50 ms after it passed, earlier when many do.
//
// Errors: [ErrIdle] when nothing came for LiveOptions.Idle; io.EOF after
// [Live.Stop], once all that was captured is given; os.ErrClosed after Close;
// one that wraps ENETDOWN when the interface was removed, after the packets
// that it still had.
func (l *Live) Next(p *Packet) error {
	for {
		if l.closed.Load() {
			l.socket.release()
			return os.ErrClosed
		}
		if l.done != nil {
			return l.done
		}
		header, frame := l.ring.next()
		if header == nil {
			switch err := l.wait(); {
			case errors.Is(err, ErrIdle):
				p.Time = time.Now().UnixNano() - int64(ringDelay) // what passed before was given
				return err
			case err != nil:
				l.done = err
			}
			continue
		}
		if l.fill(p, header, frame) {
			l.count(p)
			return nil
		}
	}
}

// count numbers a packet that is given.
func (l *Live) count(p *Packet) {
	l.last++
	p.Number = l.last
	l.counts.packets.Add(1)
	l.counts.bytes.Add(uint64(p.Length))
	if p.Truncated() {
		l.counts.truncated.Add(1)
	}
}

// fill turns a frame of the ring into a packet; false means that nobody wants it.
func (l *Live) fill(p *Packet, header *unix.Tpacket3Hdr, frame []byte) bool {
	from := linkAddress(frame)
	if from.loopedBack() {
		return false
	}
	start, length := int(header.Mac), int(header.Len)
	end := start + int(header.Snaplen)
	if l.cooked {
		start -= sll2Len
		length += sll2Len
		from.cook(frame[start:])
	}
	if l.check != nil {
		if n, err := l.check.Run(frame[start:end]); err != nil || n == 0 {
			return false
		}
	}
	if header.Status&unix.TP_STATUS_VLAN_VALID != 0 && restoreTag(frame, start, end, l.cooked, header) {
		start -= vlanTagLen
		length += vlanTagLen
	}
	if l.snap > 0 {
		end = min(end, start+l.snap)
	}
	p.Time = int64(header.Sec)*int64(time.Second) + int64(header.Nsec)
	p.Interface, p.Link = l.ifaces.of(l.socket, from)
	p.Length, p.Data, p.Comment = length, frame[start:end:end], nil
	return true
}

// Interfaces lists the interfaces met so far; see [Source]. The first is the
// one that was asked for: drops, which the kernel counts for the whole source,
// are its own. On [AnyInterface] the others follow as packets of theirs come.
func (l *Live) Interfaces() []Interface { return l.ifaces.all }

// Stats says what was given, and what the kernel dropped because the ring was
// full. It may be called from any goroutine.
func (l *Live) Stats() Stats {
	return Stats{
		Packets:   l.counts.packets.Load(),
		Bytes:     l.counts.bytes.Load(),
		Truncated: l.counts.truncated.Load(),
		Trimmed:   l.way == WayHeads && l.snap == 0,
		Dropped:   l.socket.dropped(),
	}
}

// Way tells how packets are chosen: [WayHeads], [WayClassic] or [WayNone].
func (l *Live) Way() string { return l.way }

// WhyNotHeads tells why the eBPF filter that was asked for is not the way that
// is used; nil if it is, or was not asked for.
func (l *Live) WhyNotHeads() error { return l.why }

// Stop ends capturing, not reading: Next gives what the ring still holds and
// then io.EOF. It may be called from any goroutine and more than once.
func (l *Live) Stop() {
	if !l.stopped.Swap(true) {
		l.socket.quiet()
	}
}

// Close ends the source at once. It may be called from any goroutine and more
// than once; a Next that waits returns os.ErrClosed. The packet given last
// stays readable: the ring is given back by the next call of Next, or with l
// itself.
func (l *Live) Close() error {
	if !l.closed.Swap(true) {
		l.socket.quiet()
	}
	return nil
}

// socket holds what must be given back to the kernel.
type socket struct {
	fd      int             // AF_PACKET socket, not blocking
	file    *os.File        // owns fd
	poll    syscall.RawConn // of file, to wait for packets
	limited bool            // a wait has an end
	heads   *heads          // nil if the filter is another
	mem     []byte          // the ring

	mu       sync.Mutex
	released bool
	drops    uint64
}

// quiet lets no more packets in, counts what was dropped, and wakes Next.
func (s *socket) quiet() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return
	}
	_ = attachClassic(s.fd, []xbpf.RawInstruction{{Op: opReturn, K: 0}}) // else Next still ends, with packets more
	s.countDrops()
	s.awake()
}

// release gives everything back; it may be called more than once.
func (s *socket) release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.released {
		return
	}
	s.released = true
	s.countDrops()
	if s.mem != nil {
		_ = unix.Munmap(s.mem)
	}
	_ = s.file.Close()
	if s.heads != nil {
		_ = s.heads.Close()
	}
}

// dropped is how many packets the kernel had no room for.
func (s *socket) dropped() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.released {
		s.countDrops()
	}
	return s.drops
}

// countDrops adds what was dropped since it was last asked: asking sets the
// kernel's counters to zero.
func (s *socket) countDrops() {
	stats, err := unix.GetsockoptTpacketStatsV3(s.fd, unix.SOL_PACKET, unix.PACKET_STATISTICS)
	if err == nil {
		s.drops += uint64(stats.Drops)
	}
}

// giveBackWith gives the socket back when l is forgotten without a last Next.
func (s *socket) giveBackWith(l *Live) { runtime.AddCleanup(l, (*socket).release, s) }
