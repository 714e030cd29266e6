package main

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Capabilities that may be kept (capabilities(7)). The kernel's own numbers.
const (
	capReadSearch = capability(unix.CAP_DAC_READ_SEARCH)
	capPtrace     = capability(unix.CAP_SYS_PTRACE)
	capBPF        = capability(unix.CAP_BPF)
)

// capability is the number of one.
type capability uint

func (c capability) String() string {
	switch c {
	case capReadSearch:
		return "CAP_DAC_READ_SEARCH"
	case capPtrace:
		return "CAP_SYS_PTRACE"
	case capBPF:
		return "CAP_BPF"
	}
	return fmt.Sprintf("capability %d", uint(c))
}

// ownerCapabilities are what looking at /proc/PID/fd of other users' processes
// takes: its folder is theirs alone, and its links ask for PTRACE_MODE_READ
// (proc_pid_fd(5), ptrace(2)). Even root needs them for whoever may do more.
func ownerCapabilities() []capability { return []capability{capReadSearch, capPtrace} }

// capabilitySet is a set as the kernel has it: two words of 32 bits.
type capabilitySet [2]uint32

func (s capabilitySet) has(c capability) bool { return s[c/32]>>(c%32)&1 == 1 }

func (s *capabilitySet) add(c capability) { s[c/32] |= 1 << (c % 32) }

// keepOnly gives up, for good and in all threads, every capability but those of
// wanted that this process holds, and forbids that a program it might execute
// has more (PR_SET_NO_NEW_PRIVS). CAP_BPF is kept besides where counters, which
// reads maps of the eBPF filter, does not work without it: before Linux 5.19
// every bpf() takes it if kernel.unprivileged_bpf_disabled is set, since then
// only making maps and programs does (kernel/bpf/syscall.c).
//
// The error wraps errors.ErrUnsupported in a build with cgo, in which not every
// thread is Go's: nothing is given up then.
func keepOnly(wanted []capability, counters func() error) (kept []capability, err error) {
	held, err := permitted()
	if err != nil {
		return nil, err
	}
	var keep capabilitySet
	for _, c := range wanted {
		if held.has(c) {
			keep.add(c)
			kept = append(kept, c)
		}
	}
	if err := prctlAll(unix.PR_SET_NO_NEW_PRIVS, 1); err != nil {
		return nil, fmt.Errorf("forbid new privileges: %w", err)
	}
	if err := setCapabilities(held, keep); err != nil { // not in force, but still to be had
		return nil, err
	}
	if held.has(capBPF) && errors.Is(counters(), fs.ErrPermission) {
		keep.add(capBPF)
		kept = append(kept, capBPF)
	}
	return kept, setCapabilities(keep, keep)
}

// permitted is what this thread, and with it the process, may have in force.
func permitted() (capabilitySet, error) {
	var data [2]unix.CapUserData
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	if err := unix.Capget(&header, &data[0]); err != nil {
		return capabilitySet{}, fmt.Errorf("ask for our capabilities: %w", err)
	}
	return capabilitySet{data[0].Permitted, data[1].Permitted}, nil
}

// setCapabilities sets those of all threads. None is inheritable, and so none
// stays ambient.
func setCapabilities(permitted, effective capabilitySet) error {
	var data [2]unix.CapUserData
	for i := range data {
		data[i].Permitted, data[i].Effective = permitted[i], effective[i]
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	return ofAllThreads("give up capabilities", errno)
}

func prctlAll(option, argument uintptr) error {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, option, argument, 0, 0, 0, 0)
	return ofAllThreads("prctl", errno)
}

// ofAllThreads is the error of a system call in all threads.
func ofAllThreads(doing string, errno syscall.Errno) error {
	if errno == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", doing, errno) // ENOTSUP is errors.ErrUnsupported
}
