package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"unsafe"

	xbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// Parts of classic BPF instructions (linux/bpf_common.h).
const (
	opReturn  = 0x06 // return the constant K
	opLoadLen = 0x80 // length of the packet, into A
	opLenToX  = 0x81 // the same, into X

	// Load from offset K of the packet into A.
	opLoadWord = 0x20
	opLoadHalf = 0x28
	opLoadByte = 0x30

	classMask = 0x07
	classLD   = 0x00
	classLDX  = 0x01
	modeMask  = 0xe0
	modeABS   = 0x20
	modeIND   = 0x40
	modeMSH   = 0xa0

	// What is not in the packet is loaded from these offsets (linux/filter.h).
	adOffset    = uint32(math.MaxUint32 - 0x1000 + 1) // SKF_AD_OFF, -0x1000
	adProtocol  = adOffset + 0
	adKind      = adOffset + 4
	adInterface = adOffset + 8
)

// attach chooses the way and attaches its filter.
func (l *Live) attach(o LiveOptions, d device) error {
	if o.Heads {
		err := l.attachHeads(o, d)
		switch {
		case err == nil:
			l.way = WayHeads
			return nil
		case errors.As(err, new(*MissingCapability)):
			return err
		case errors.Is(err, fs.ErrPermission):
			return &MissingCapability{Doing: "trimming by eBPF on " + d.name, Capability: "CAP_BPF", Err: err}
		case !errors.Is(err, errors.ErrUnsupported):
			return err
		}
		l.why = err
	}
	return l.attachPlain(o)
}

// attachPlain attaches the classic filter, or one that only cuts packets.
func (l *Live) attachPlain(o LiveOptions) error {
	l.way = WayNone
	program := o.Filter
	if program == nil {
		if o.SnapLen <= 0 {
			return nil
		}
		program = []xbpf.RawInstruction{{Op: opReturn, K: math.MaxUint32}}
	}
	program, ok := forKernel(program, l.cooked, o.SnapLen)
	err := errors.ErrUnsupported
	if ok {
		err = attachClassic(l.socket.fd, program)
	}
	switch {
	case err == nil && o.Filter != nil:
		l.way = WayClassic
	case err == nil || o.Filter == nil && errors.Is(err, errors.ErrUnsupported):
	case errors.Is(err, errors.ErrUnsupported):
		l.check, err = newCheck(o.Filter)
		return err
	default:
		return fmt.Errorf("attach the classic BPF filter: %w", err)
	}
	return nil
}

// newCheck makes a filter that we run ourselves.
func newCheck(program []xbpf.RawInstruction) (*xbpf.VM, error) {
	instructions, whole := xbpf.Disassemble(program)
	if !whole {
		return nil, fmt.Errorf("run the filter outside of the kernel: it has an instruction not known here: %w", errors.ErrUnsupported)
	}
	vm, err := xbpf.NewVM(instructions)
	if err != nil {
		return nil, fmt.Errorf("run the filter outside of the kernel: %w: %w", err, errors.ErrUnsupported)
	}
	return vm, nil
}

// asksLength tells whether a filter looks at the length of packets.
func asksLength(program []xbpf.RawInstruction) bool {
	for _, in := range program {
		if in.Op == opLoadLen || in.Op == opLenToX {
			return true
		}
	}
	return false
}

// forKernel makes of a filter for packets as we give them one for packets as
// the kernel has them: cut to snapLen bytes (0: whole), and if cooked, without
// SLL2 header, whose fields are loaded from elsewhere, as libpcap does. Lengths
// are then those without that header, as they are for libpcap. ok is false if
// that can't be.
func forKernel(program []xbpf.RawInstruction, cooked bool, snapLen int) (made []xbpf.RawInstruction, ok bool) {
	made = make([]xbpf.RawInstruction, len(program))
	for i, in := range program {
		switch {
		case in.Op == opReturn && in.K != 0:
			in.K = math.MaxInt32
			if snapLen > 0 {
				in.K = uint32(snapLen)
			}
		case cooked && loads(in.Op):
			if in.K, ok = withoutHeader(in); !ok {
				return nil, false
			}
		}
		made[i] = in
	}
	return made, true
}

// loads tells whether an instruction loads from the packet.
func loads(op uint16) bool {
	switch op & modeMask {
	case modeABS, modeIND:
		return op&classMask == classLD
	case modeMSH:
		return op&classMask == classLDX
	}
	return false
}

// withoutHeader is where the kernel has what an SLL2 packet has where in loads
// it from.
func withoutHeader(in xbpf.RawInstruction) (uint32, bool) {
	switch {
	case in.K > math.MaxInt32: // not in the packet at all
		return in.K, true
	case in.K >= sll2Len:
		return in.K - sll2Len, true
	}
	for _, field := range [...]struct {
		load xbpf.RawInstruction
		from uint32
	}{
		{xbpf.RawInstruction{Op: opLoadHalf, K: 0}, adProtocol},
		{xbpf.RawInstruction{Op: opLoadWord, K: 4}, adInterface},
		{xbpf.RawInstruction{Op: opLoadByte, K: 10}, adKind},
	} {
		if in.Op == field.load.Op && in.K == field.load.K {
			return field.from, true
		}
	}
	return 0, false
}

// attachClassic replaces the socket's filter.
func attachClassic(fd int, program []xbpf.RawInstruction) error {
	kernel := unix.SockFprog{
		Len:    uint16(len(program)),
		Filter: (*unix.SockFilter)(unsafe.Pointer(unsafe.SliceData(program))), // the same four fields
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &kernel)
}
