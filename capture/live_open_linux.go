package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// OpenLive begins to capture. Nothing is captured that the filter does not let
// in, or that passed another interface: the socket hears nothing until the
// filter and the ring are in place.
//
// The filter is, in this order: eBPF if o.Heads is set, a classic BPF program,
// none; a step down is taken only where the kernel does not support something,
// never for a lack of permission, and [Live.Way] tells. o.Filter holds in any
// case: what the kernel can't run is run on the packets that it gives.
//
// On [AnyInterface], and on interfaces whose link header is not known here,
// packets have an SLL2 header (LINKTYPE_LINUX_SLL2).
//
// Errors: [MissingCapability]; one that wraps ENODEV for an interface, or
// fs.ErrNotExist for a namespace, that is not there; ENETDOWN for an interface
// that is down.
func OpenLive(o LiveOptions) (l *Live, err error) {
	err = inNamespace(o.Namespace, func() error {
		d, err := lookUp(o.Interface)
		if err != nil {
			return err
		}
		l, err = openDevice(o, d)
		return err
	})
	return l, err
}

// openDevice captures on a device of the thread's network namespace.
func openDevice(o LiveOptions, d device) (*Live, error) {
	kind := unix.SOCK_RAW
	if d.cooked {
		kind = unix.SOCK_DGRAM
	}
	// Protocol 0: until it is bound, the socket hears nothing.
	fd, err := unix.Socket(unix.AF_PACKET, kind|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, openError(d, err)
	}
	s, err := newSocket(fd, d.name)
	if err != nil {
		return nil, openError(d, err)
	}
	l := &Live{what: d.name, cooked: d.cooked, snap: o.SnapLen, idle: o.Idle, socket: s}
	if err := l.setUp(o, d); err != nil {
		l.socket.release()
		return nil, openError(d, err)
	}
	l.socket.giveBackWith(l)
	return l, nil
}

// newSocket gives a socket that does not block to Go's network poller, which
// owns it from now on.
func newSocket(fd int, name string) (*socket, error) {
	file := os.NewFile(uintptr(fd), name)
	poll, err := file.SyscallConn()
	if err == nil {
		err = file.SetReadDeadline(time.Time{}) // fails if it cannot be waited for
	}
	if err != nil {
		_ = file.Close() // what went wrong says more
		return nil, fmt.Errorf("wait for packets: %w", err)
	}
	return &socket{fd: fd, file: file, poll: poll}, nil
}

// setUp makes the ring, attaches the filter, and only then binds.
func (l *Live) setUp(o LiveOptions, d device) error {
	fd := l.socket.fd
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3); err != nil {
		return fmt.Errorf("choose TPACKET_V3: %w", err)
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_RESERVE, headroom); err != nil {
		return fmt.Errorf("reserve room before packets: %w", err)
	}
	if d.loopback {
		// Spares half of the ring; before Linux 4.20 fill does it alone.
		_ = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1)
	}
	size := o.RingBytes
	if size == 0 {
		size = DefaultRingBytes
	}
	var err error
	if l.ring, err = newRing(fd, size); err != nil {
		return err
	}
	l.socket.mem = l.ring.mem
	if err := l.attach(o, d); err != nil {
		return err
	}
	l.ifaces = newInterfaceTable(d, o.SnapLen, l.way)
	return l.bind(o, d)
}

// bind begins to hear the device.
func (l *Live) bind(o LiveOptions, d device) error {
	fd := l.socket.fd
	everything := binary.NativeEndian.Uint16([]byte{0, unix.ETH_P_ALL}) // in network byte order
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: int(d.index)}); err != nil {
		return fmt.Errorf("bind: %w", err)
	}
	if errno, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR); err == nil && errno == int(unix.ENETDOWN) {
		return fmt.Errorf("the interface is down: %w", unix.ENETDOWN)
	}
	if o.Promiscuous && d.index != 0 {
		join := unix.PacketMreq{Ifindex: d.index, Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &join); err != nil {
			return fmt.Errorf("make it promiscuous: %w", err)
		}
	}
	if o.Fanout != 0 {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_FANOUT, int(o.Fanout)|unix.PACKET_FANOUT_HASH<<16); err != nil {
			return fmt.Errorf("join fanout group %d: %w", o.Fanout, err)
		}
	}
	return nil
}

// newInterfaceTable begins with the device that was asked for.
func newInterfaceTable(d device, snapLen int, way string) interfaceTable {
	t := interfaceTable{all: []Interface{{Name: d.name, Comment: way, Link: d.link, SnapLen: snapLen}}}
	if d.index == 0 {
		t.byIndex = map[int32]int{}
	}
	return t
}

// openError says which device it was, and what it takes.
func openError(d device, err error) error {
	missing := (*MissingCapability)(nil)
	switch {
	case errors.As(err, &missing):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &MissingCapability{Doing: "capturing on " + d.name, Capability: "CAP_NET_RAW", Err: err}
	}
	return fmt.Errorf("capture on %s: %w", d.name, err)
}
