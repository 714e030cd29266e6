// Package doctor examines what a host lets hophound do, and says what to change.
//
// It looks and changes nothing: it reads /proc and /sys, asks the kernel for
// what only a system call tells, and never runs another program.
package doctor

import (
	"io/fs"
	"os"
)

// State is how well something works.
type State string

// The states of a Check.
const (
	Works        State = "works"
	WorksPartly  State = "works partly" // hophound does without it, with less
	DoesNotWork  State = "does not work"
	maxMentioned       = 8 // of anything, in a Detail
)

// Check is one thing that was examined.
type Check struct {
	Name   string `json:"name"` // "kernel", "CAP_NET_RAW"
	State  State  `json:"state"`
	Detail string `json:"detail"`           // what was found
	Remedy string `json:"remedy,omitempty"` // what to do, a command where there is one; empty if nothing needs doing
}

// Feature is a feature of the kernel's eBPF that was tried.
type Feature struct {
	Name          string // "socket filter"
	MinimumKernel string // the first that has it: "5.3"
	Err           error  // nil: works; wraps errors.ErrUnsupported: the kernel lacks it; fs.ErrPermission: not allowed; another: not known
}

// Options say what to examine. The zero value examines this host.
type Options struct {
	Root       fs.FS            // root of the file system that is read; nil is the host's
	Probe      func() []Feature // tries the kernel's eBPF; nil tries nothing, and the report says so
	Executable string           // path of hophound, for the commands in remedies; "" is the running program's
	System     *System          // what only the kernel tells; nil asks it
}

// System is what a host tells only by system calls. A nil func is not asked.
type System struct {
	PacketSocket func() error                // opens an AF_PACKET socket with a TPACKET_V3 ring, and closes it
	Interfaces   func() ([]Interface, error) // of this network namespace
	Clock        func() (Clock, error)
}

// Examine makes all checks, in the order in which people read them. It never
// fails: what cannot be examined is a Check that says so.
func Examine(o Options) []Check {
	if o.Root == nil {
		o.Root = os.DirFS("/")
	}
	if o.System == nil {
		o.System = hostSystem()
	}
	if o.Executable == "" {
		o.Executable, _ = os.Executable() // without it the remedies say "hophound"
	}
	if o.Executable == "" {
		o.Executable = "hophound"
	}
	checks := []Check{kernel(o.Root), packetSocket(o)}
	checks = append(checks, capabilities(o)...)
	checks = append(checks, ebpf(o), btf(o.Root), namespaces(o.Root), interfaces(o.System))
	checks = append(checks, clockSource(o.Root), clockSync(o.System), servers(o.Root), tcpdump(o.Root))
	return checks
}
