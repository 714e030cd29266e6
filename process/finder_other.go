//go:build !linux

package process

import (
	"errors"
	"fmt"
	"net/netip"
)

// Finder finds nothing here: only Linux has sock_diag.
type Finder struct{}

// NewFinder gives a Finder that finds nothing.
func NewFinder(Options) *Finder { return &Finder{} }

// Lookup finds nothing.
func (*Finder) Lookup(local, remote netip.AddrPort) (Owner, bool) { return Owner{}, false }

// Err wraps errors.ErrUnsupported.
func (*Finder) Err() error {
	return fmt.Errorf("find the processes of sockets: %w", errors.ErrUnsupported)
}

// Close does nothing.
func (*Finder) Close() error { return nil }
