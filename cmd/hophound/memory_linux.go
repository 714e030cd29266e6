package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// largePages has the kernel back the heap with large pages where it is set to do so
// for whoever asks (Documentation/admin-guide/mm/transhuge.rst: "madvise"). What waits
// for its partners is spread over so much memory that most of the time goes to finding
// where small pages are.
//
// Go asks for none. But it keeps the addresses it once had, and with them what
// was asked for them: so the heap grows once to that many bytes, none of which is touched.
func largePages(bytes int) {
	heap := make([]byte, bytes)
	_ = unix.Madvise(heap, unix.MADV_HUGEPAGE) // an advice
	runtime.KeepAlive(heap)
	runtime.GC()
}
