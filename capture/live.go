package capture

import (
	"fmt"
	"time"

	"golang.org/x/net/bpf"
)

// AnyInterface is the interface name that captures on all interfaces at once,
// as tcpdump -i any does.
const AnyInterface = "any"

// LiveOptions says what to capture. Only Interface must be given.
type LiveOptions struct {
	Interface string // "eth0", or [AnyInterface]
	Namespace string // path of a network namespace: /run/netns/NAME, /proc/4242/ns/net; empty is the caller's own

	SnapLen     int                  // bytes kept of each packet; 0 keeps all
	Filter      []bpf.RawInstruction // classic BPF for [LiveLink]'s link type; nil lets everything in
	RingBytes   int                  // size of the kernel's buffer; 0 is [DefaultRingBytes]
	Fanout      uint16               // sources with the same group share the connections between them; 0 is no group
	Promiscuous bool                 // also what is not addressed to this host

	Heads     bool     // let eBPF trim everything but heads, where the kernel can
	Ports     []uint16 // servers' ports that Heads looks at; none is every port
	HeadLimit int      // bytes of a head that Heads passes; 0 is its default
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

// HeadCounters counts what the eBPF filter did, in packets: of those it has
// Seen, which were Heads (or what it could not judge) and passed whole, which
// were Trimmed, and which were none of its business.
type HeadCounters struct {
	Seen, Heads, Trimmed, Other uint64
}

// RequiredCapabilities lists the Linux capabilities (capabilities(7)) that
// [OpenLive] needs for o. Heads does without CAP_BPF where CAP_SYS_ADMIN is
// held, and needs the latter before Linux 5.8.
func RequiredCapabilities(o LiveOptions) []string {
	required := []string{"CAP_NET_RAW"}
	if o.Heads {
		required = append(required, "CAP_BPF")
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
