//go:build !linux

package main

// largePages leaves it to the system what pages it has.
func largePages(int) {}
