//go:build !unix

package main

import (
	"errors"
	"fmt"
)

func becomeUser(name string) error {
	return fmt.Errorf("become user %s: %w", name, errors.ErrUnsupported)
}

func onCountSignal(func()) (stop func()) { return func() {} }
