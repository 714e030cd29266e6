package capture

import (
	"fmt"
	"net/netip"
	"time"

	xbpf "golang.org/x/net/bpf"

	"github.com/hophound/hophound/bpf"
)

// AnyInterface is the interface name that captures on all interfaces at once,
// as tcpdump -i any does.
const AnyInterface = "any"

// LiveOptions says what to capture. Only Interface must be given.
type LiveOptions struct {
	Interface string // "eth0", or [AnyInterface]
	Namespace string // path of a network namespace: /run/netns/NAME, /proc/4242/ns/net; empty is the caller's own

	SnapLen     int                   // bytes kept of each packet; 0 keeps all
	Filter      []xbpf.RawInstruction // classic BPF for [LiveLink]'s link type; nil lets everything in
	RingBytes   int                   // size of the kernel's buffer; 0 is [DefaultRingBytes]
	Fanout      uint16                // sources with the same group share the connections between them; 0 is no group
	Promiscuous bool                  // also what is not addressed to this host
	Idle        time.Duration         // after which Next returns ErrIdle if no packet came; 0 waits for ever

	Heads        bool // let eBPF trim everything but heads, where the kernel can
	HeadsOptions HeadsOptions
}

// HeadsOptions says what the eBPF filter lets through of what an interface
// sees. What that leaves of a packet is said by package bpf. The zero value
// looks at all TCP connections.
type HeadsOptions struct {
	Ports         []uint16       // of connections, on either side; none is every port
	Networks      []netip.Prefix // of addresses, on either side; none is every address
	HeadLimit     int            // bytes of one head; 0 is the filter's default
	StartLimit    int            // bytes of a direction that can't be judged; 0 is the filter's default
	OthersHeaders bool           // also the first 96 bytes of packets that are none of these connections'; otherwise nothing of them
	Flows         int            // directions of connections followed at a time; 0 is the filter's default
}

const (
	// DefaultRingBytes holds half a second of a full 250 Mbit/s.
	DefaultRingBytes = 16 << 20

	// ringDelay is how long the kernel keeps a packet to itself, waiting for
	// more to hand over at once.
	ringDelay = 50 * time.Millisecond
)

// The ways of [Live.Way].
const (
	WayHeads   = "eBPF filter"
	WayClassic = "classic BPF filter"
	WayNone    = "no filter"
)

// HeadCounters counts what the eBPF filter did.
type HeadCounters struct {
	Seen     uint64 // packets
	Heads    uint64 // heads that began
	Trimmed  uint64 // packets given shorter than they are
	Other    uint64 // packets that were not looked at: not TCP, other ports, other addresses
	Unjudged uint64 // packets given whole because they could not be judged
	Bytes    uint64 // of the packets seen, on the wire
	Copied   uint64 // bytes given
}

// Probe tries what the eBPF filter needs of this kernel and this process, and
// leaves nothing behind.
func Probe() []bpf.Feature { return bpf.Probe() }

// RequiredCapabilities lists the Linux capabilities (capabilities(7)) that
// [OpenLive] needs for o. Where CAP_SYS_ADMIN is held, Heads does without CAP_BPF
// and CAP_PERFMON, and before Linux 5.8 it needs the former. CAP_PERFMON is for
// the kernel's verifier, which rejects the eBPF filter without it: it then
// forbids some uses of the stack (kernel/bpf/verifier.c, allow_ptr_leaks).
func RequiredCapabilities(o LiveOptions) []string {
	required := []string{"CAP_NET_RAW"}
	if o.Heads {
		required = append(required, "CAP_BPF", "CAP_PERFMON")
	}
	if o.Namespace != "" {
		required = append(required, "CAP_SYS_ADMIN")
	}
	return required
}

// MissingCapability is the error of something that the kernel does not permit.
// It is an [io/fs.ErrPermission].
type MissingCapability struct {
	Doing      string // "capturing on eth0"
	Capability string // "CAP_NET_RAW"
	Err        error  // what the kernel said
}

// Error says what needs which capability.
func (e *MissingCapability) Error() string {
	return fmt.Sprintf("%s needs %s: %v", e.Doing, e.Capability, e.Err)
}

// Unwrap gives what the kernel said.
func (e *MissingCapability) Unwrap() error { return e.Err }
