//go:build poison

package http1

// poisoned has released exchanges overwritten and never used again.
const poisoned = true
