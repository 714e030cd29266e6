//go:build amd64 || arm64

package bpf

import (
	"errors"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
)

// Probe tries what the filter needs of the kernel, each for itself, and the
// filter last.
func Probe() []Feature {
	h, err := Load(Options{Flows: 1024})
	if err == nil {
		err = h.Close()
	}
	return append(needs(), Feature{Name: "eBPF filter for heads", MinimumKernel: "5.6", Err: err})
}

// needs tries the parts. Versions are for people; what counts is the trial.
func needs() []Feature {
	parts := []Feature{
		{"eBPF socket filters", "3.19", features.HaveProgramType(ebpf.SocketFilter)},
		{"eBPF LRU hash maps", "4.10", features.HaveMapType(ebpf.LRUHash)},
		{"eBPF longest prefix maps", "4.11", features.HaveMapType(ebpf.LPMTrie)},
		{"eBPF reading of packets", "4.5", features.HaveProgramHelper(ebpf.SocketFilter, asm.FnSkbLoadBytes)},
		{"eBPF bounded loops", "5.3", features.HaveBoundedLoops()},
	}
	for i := range parts {
		if err := parts[i].Err; err != nil && !errors.Is(err, errors.ErrUnsupported) {
			parts[i].Err = unsupported(err)
		}
	}
	return parts
}
