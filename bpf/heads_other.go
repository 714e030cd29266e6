//go:build !linux || !(amd64 || arm64)

package bpf

import (
	"errors"
	"fmt"
	"runtime"
)

// Heads is the socket filter; there is none on this system.
type Heads struct{}

var errNone = fmt.Errorf("eBPF filter on %s/%s: %w", runtime.GOOS, runtime.GOARCH, errors.ErrUnsupported)

// Load returns an error that wraps errors.ErrUnsupported.
func Load(Options) (*Heads, error) { return nil, errNone }

// Attach returns an error that wraps errors.ErrUnsupported.
func (*Heads) Attach(int) error { return errNone }

// Update returns an error that wraps errors.ErrUnsupported.
func (*Heads) Update(Options) error { return errNone }

// Counters returns an error that wraps errors.ErrUnsupported.
func (*Heads) Counters() (Counters, error) { return Counters{}, errNone }

// Close does nothing.
func (*Heads) Close() error { return nil }

// Probe gives the one feature that is missing.
func Probe() []Feature {
	return []Feature{{Name: "eBPF socket filter", MinimumKernel: "5.10", Err: errNone}}
}
