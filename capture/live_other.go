//go:build !linux

package capture

import (
	"errors"
	"fmt"
	"net"
)

// Live is a [Source] of what passes an interface. Only Linux has it.
type Live struct{}

func errLive() error {
	return fmt.Errorf("capture live, which only Linux can: %w", errors.ErrUnsupported)
}

// OpenLive fails with errors.ErrUnsupported: only Linux captures.
func OpenLive(LiveOptions) (*Live, error) { return nil, errLive() }

// LiveLink fails with errors.ErrUnsupported: only Linux captures.
func LiveLink(iface, namespace string) (LinkType, error) { return 0, errLive() }

// LiveInterfaces fails with errors.ErrUnsupported: only Linux captures.
func LiveInterfaces(namespace string) ([]net.Interface, error) { return nil, errLive() }

// Namespace fails with errors.ErrUnsupported: only Linux has namespaces.
func (n LiveName) Namespace() (string, error) { return "", errLive() }

// Next fails: there is no Live here.
func (l *Live) Next(*Packet) error { return errLive() }

// Interfaces is empty: there is no Live here.
func (l *Live) Interfaces() []Interface { return nil }

// Stats is empty: there is no Live here.
func (l *Live) Stats() Stats { return Stats{} }

// Stop does nothing: there is no Live here.
func (l *Live) Stop() {}

// Close does nothing: there is no Live here.
func (l *Live) Close() error { return nil }

// Way is empty: there is no Live here.
func (l *Live) Way() string { return "" }

// WhyNotHeads is nil: there is no Live here.
func (l *Live) WhyNotHeads() error { return nil }

// HeadCounters fails: there is no Live here.
func (l *Live) HeadCounters() (HeadCounters, error) { return HeadCounters{}, errLive() }

// UpdateHeads fails: there is no Live here.
func (l *Live) UpdateHeads(HeadsOptions) error { return errLive() }
