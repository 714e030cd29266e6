package main

import (
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What the heap is asked for stays with its addresses when it has shrunk and grows
// again, and costs no memory until then.
func TestLargePagesAreAskedFor(t *testing.T) {
	if _, err := os.Stat("/sys/kernel/mm/transparent_hugepage"); err != nil {
		largePages(64 << 20) // a kernel without any: nothing happens
		return
	}
	before := advised(t)
	largePages(64 << 20)
	assert.GreaterOrEqual(t, advised(t)-before, 60)
	used := make([]byte, 32<<20)
	assert.GreaterOrEqual(t, advised(t)-before, 60, "in use again")
	runtime.KeepAlive(used)
}

// advised is how much of the address space large pages were asked for, in MiB: the
// flag hg (Documentation/filesystems/proc.rst).
func advised(t *testing.T) (size int) {
	t.Helper()
	maps, err := os.ReadFile("/proc/self/smaps")
	require.NoError(t, err)
	kilobytes := 0
	for line := range strings.Lines(string(maps)) {
		name, value, _ := strings.Cut(line, ":")
		words := strings.Fields(value)
		switch name {
		case "Size":
			kilobytes = 0
			for _, digit := range words[0] {
				kilobytes = kilobytes*10 + int(digit-'0')
			}
		case "VmFlags":
			for _, flag := range words {
				if flag == "hg" {
					size += kilobytes
				}
			}
		}
	}
	return size >> 10
}
