//go:build !poison

package http1

// poisoned is for tests alone: see poison_on.go.
const poisoned = false
