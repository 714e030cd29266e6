//go:build !linux

package main

import "errors"

// capability is a Linux one: nothing elsewhere.
type capability string

func (c capability) String() string { return string(c) }

func ownerCapabilities() []capability { return nil }

// keepOnly does nothing: where there is no live capture, nothing is opened that
// takes privileges.
func keepOnly([]capability, func() error) ([]capability, error) {
	return nil, errors.ErrUnsupported
}
