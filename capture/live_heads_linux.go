package capture

import (
	"errors"
	"fmt"
	"os"
	"slices"

	xbpf "golang.org/x/net/bpf"
	"golang.org/x/sys/unix"

	"github.com/hophound/hophound/bpf"
)

// heads is the eBPF filter of a socket.
type heads struct {
	*bpf.Heads
	device device
}

// attachHeads attaches the eBPF filter. The classic one, for which a socket
// has no place then, is run on what the other lets in: its bytes begin the
// packet, which is enough for everything but a filter by length.
func (l *Live) attachHeads(o LiveOptions, d device) error {
	var check *xbpf.VM
	if o.Filter != nil {
		if asksLength(o.Filter) {
			return fmt.Errorf("trim packets that are filtered by their length: %w", errors.ErrUnsupported)
		}
		var err error
		if check, err = newCheck(o.Filter); err != nil {
			return err
		}
	}
	trimmer, err := bpf.Load(o.HeadsOptions.forKernel(d))
	if err != nil {
		return orPerfmon(d, err)
	}
	if err := trimmer.Attach(l.socket.fd); err != nil {
		_ = trimmer.Close() // what went wrong before says more
		return err
	}
	l.socket.heads, l.check = &heads{Heads: trimmer, device: d}, check
	return nil
}

// orPerfmon finds that a lack of permission is behind an error which looks like
// the kernel's inability: see [RequiredCapabilities].
func orPerfmon(d device, err error) error {
	if !errors.Is(err, errors.ErrUnsupported) || holdsAny(unix.CAP_PERFMON, unix.CAP_SYS_ADMIN) {
		return err
	}
	return &MissingCapability{
		Doing: "trimming by eBPF on " + d.name, Capability: "CAP_PERFMON",
		Err: fmt.Errorf("%w: without it the kernel is stricter with eBPF programs: %s", unix.EPERM, err.Error()), // as text: it is not about support
	}
}

// holdsAny tells whether one of these capabilities is in force. Where the kernel
// does not say, none is taken to be missing.
func holdsAny(capabilities ...uint) bool {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if unix.Capget(&header, &data[0]) != nil {
		return true
	}
	return slices.ContainsFunc(capabilities, func(c uint) bool { return data[c/32].Effective>>(c%32)&1 == 1 })
}

// forKernel gives the filter's options for the packets of a device.
func (o HeadsOptions) forKernel(d device) bpf.Options {
	return bpf.Options{
		Ports:         o.Ports,
		Networks:      o.Networks,
		HeadLimit:     o.HeadLimit,
		StartLimit:    o.StartLimit,
		OthersHeaders: o.OthersHeaders,
		Flows:         o.Flows,
		Cooked:        d.link != LinkEthernet,
	}
}

// UpdateHeads changes, while it runs, what the eBPF filter lets through; Flows
// stay as they were. It may be called from any goroutine.
//
// Errors: errors.ErrUnsupported if [Live.Way] is another, os.ErrClosed.
func (l *Live) UpdateHeads(o HeadsOptions) error {
	return l.socket.withHeads(func(h *heads) error { return h.Update(o.forKernel(h.device)) })
}

// HeadCounters says what the eBPF filter did so far. It may be called from any
// goroutine.
//
// Errors: errors.ErrUnsupported if [Live.Way] is another, os.ErrClosed.
func (l *Live) HeadCounters() (counts HeadCounters, err error) {
	err = l.socket.withHeads(func(h *heads) error {
		kernel, err := h.Counters()
		counts = HeadCounters(kernel)
		return err
	})
	return counts, err
}

func (s *socket) withHeads(do func(*heads) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.heads == nil:
		return fmt.Errorf("ask the eBPF filter, which is not in use: %w", errors.ErrUnsupported)
	case s.released:
		return os.ErrClosed
	}
	return do(s.heads)
}
