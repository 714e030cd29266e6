package bpf

import (
	"errors"
	"fmt"
	"net/netip"
)

// Options say what a [Heads] lets through. The zero value looks at all TCP
// connections of an Ethernet interface.
type Options struct {
	// Ports are those of the connections to look at, on either side; empty
	// means all.
	Ports []uint16

	// Networks hold the addresses of the connections to look at, on either
	// side; empty means all. At most MaxNetworks.
	Networks []netip.Prefix

	// HeadLimit is how many bytes of one head go up at most; 0 means
	// DefaultHeadLimit.
	HeadLimit int

	// StartLimit is how many bytes go up, per direction, of a connection that
	// cannot be judged; 0 means DefaultStartLimit.
	StartLimit int

	// Cooked tells that packets begin with the IP header: those of a socket of
	// type SOCK_DGRAM, and of SOCK_RAW on an interface without link headers
	// (tun, WireGuard). Otherwise they begin with an Ethernet header.
	Cooked bool

	// OthersHeaders lets the first 96 bytes of packets through that are not
	// looked at: not TCP, other ports, other addresses. Otherwise nothing of
	// them goes up.
	OthersHeaders bool

	// Flows is how many directions of connections are followed at a time; the
	// least recently used is forgotten. It takes about 200 bytes each and
	// cannot be changed by Update. 0 means DefaultFlows.
	Flows int
}

// Defaults and limits of Options.
const (
	DefaultHeadLimit  = 256 << 10 // bytes; that of analyzer/http1
	DefaultStartLimit = 64 << 10  // bytes
	DefaultFlows      = 64 << 10  // directions
	MaxNetworks       = 1024
	MaxHeadLimit      = 256 << 10 // bytes
)

// withDefaults gives the options that are in force.
func (o Options) withDefaults() (Options, error) {
	if o.HeadLimit == 0 {
		o.HeadLimit = DefaultHeadLimit
	}
	if o.StartLimit == 0 {
		o.StartLimit = DefaultStartLimit
	}
	if o.Flows == 0 {
		o.Flows = DefaultFlows
	}
	switch {
	case o.HeadLimit < 0 || o.HeadLimit > MaxHeadLimit:
		return o, fmt.Errorf("head limit of %d bytes: it must be between 1 and %d", o.HeadLimit, MaxHeadLimit)
	case o.StartLimit < 0 || o.StartLimit > 1<<30:
		return o, fmt.Errorf("start limit of %d bytes: it must be between 1 and %d", o.StartLimit, 1<<30)
	case o.Flows < 0 || o.Flows > 1<<24:
		return o, fmt.Errorf("%d flows: there must be between 1 and %d", o.Flows, 1<<24)
	case len(o.Networks) > MaxNetworks:
		return o, fmt.Errorf("%d networks: there can be %d", len(o.Networks), MaxNetworks)
	}
	for _, n := range o.Networks {
		if !n.IsValid() {
			return o, errors.New("a network that is none: use netip.ParsePrefix")
		}
	}
	return o, nil
}

// Counters count what the filter did since it was loaded, on all sockets it is
// attached to.
type Counters struct {
	Seen     uint64 // packets
	Heads    uint64 // heads that began
	Trimmed  uint64 // packets given shorter than they are
	Other    uint64 // packets that were not looked at: not TCP, other ports, other addresses
	Unjudged uint64 // packets given whole because they could not be judged
	Bytes    uint64 // of the packets seen, on the wire
	Copied   uint64 // bytes given
}

// Feature is something the filter needs of the kernel.
type Feature struct {
	Name          string
	MinimumKernel string // "5.3"; where it is younger than what it stands for, that of Linux itself
	Err           error  // nil: works; wraps errors.ErrUnsupported: does not; anything else: cannot be told
}
