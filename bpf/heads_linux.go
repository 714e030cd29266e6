//go:build amd64 || arm64

package bpf

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/rlimit"
	"golang.org/x/sys/unix"
)

// Heads is the socket filter, loaded. It follows connections per interface, by
// its index: use one Heads for all sockets of a network namespace, and another
// for another namespace. It is safe for concurrent use, but for Close.
type Heads struct {
	objects headsObjects
}

// Load loads the filter into the kernel. The error wraps errors.ErrUnsupported
// if this kernel cannot run it, and fs.ErrPermission if this process may not
// load it, which takes CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN. Without
// CAP_PERFMON alone it wraps errors.ErrUnsupported: the verifier, which then
// forbids some uses of the stack, does not say why it rejects it.
func Load(options Options) (*Heads, error) {
	options, err := options.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("load eBPF filter: %w", err)
	}
	spec, err := loadHeads()
	if err != nil {
		return nil, fmt.Errorf("load eBPF filter: %w", err)
	}
	spec.Maps["flows"].MaxEntries = uint32(options.Flows)
	limited := rlimit.RemoveMemlock() // before Linux 5.11 maps count as locked memory
	h := &Heads{}
	if err := spec.LoadAndAssign(&h.objects, nil); err != nil {
		return nil, fmt.Errorf("load eBPF filter: %w", explain(err, limited))
	}
	if err := h.Update(options); err != nil {
		_ = h.Close()
		return nil, err
	}
	return h, nil
}

// explain tells a kernel that cannot from a process that may not. The verifier
// says EACCES of what it rejects: that is the kernel's inability, not a lack of
// permission.
func explain(err, limited error) error {
	if errors.Is(err, unix.EPERM) {
		if limited != nil {
			return fmt.Errorf("needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN, and on this kernel a higher limit of locked memory (ulimit -l unlimited, or CAP_SYS_RESOURCE): %w", err)
		}
		return fmt.Errorf("needs CAP_BPF and CAP_PERFMON, or CAP_SYS_ADMIN: %w", err)
	}
	for _, f := range needs() {
		if errors.Is(f.Err, errors.ErrUnsupported) {
			return fmt.Errorf("%s (Linux %s): %w", f.Name, f.MinimumKernel, f.Err)
		}
	}
	if _, ok := errors.AsType[*ebpf.VerifierError](err); ok { // as text: EACCES is a permission error to others
		return fmt.Errorf("%w: this kernel's verifier rejects it: %s", errors.ErrUnsupported, err.Error())
	}
	return unsupported(err)
}

// unsupported makes err wrap errors.ErrUnsupported if it means that.
func unsupported(err error) error {
	if errors.Is(err, ebpf.ErrNotSupported) || errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("%w: %w", errors.ErrUnsupported, err)
	}
	return err
}

// Attach makes the socket fd give only what the filter lets through. Do it
// before the socket is bound, so that no packet gets past it. It replaces a
// classic filter. The socket keeps the filter even after Close.
func (h *Heads) Attach(fd int) error {
	if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ATTACH_BPF, h.objects.Heads.FD()); err != nil {
		return fmt.Errorf("attach eBPF filter: %w", unsupported(err))
	}
	return nil
}

// Close lets go of the filter. Sockets it is attached to keep it.
func (h *Heads) Close() error {
	if err := h.objects.Close(); err != nil {
		return fmt.Errorf("close eBPF filter: %w", err)
	}
	return nil
}

// Counters gives the counters as they stand.
func (h *Heads) Counters() (Counters, error) {
	var perCPU []headsCounters
	if err := h.objects.Counters.Lookup(uint32(0), &perCPU); err != nil {
		return Counters{}, fmt.Errorf("read counters of the eBPF filter: %w", err)
	}
	var sum Counters
	for _, c := range perCPU {
		sum.Seen += c.Seen
		sum.Heads += c.Heads
		sum.Trimmed += c.Trimmed
		sum.Other += c.Other
		sum.Unjudged += c.Unjudged
		sum.Bytes += c.Bytes
		sum.Copied += c.Copied
	}
	return sum, nil
}
