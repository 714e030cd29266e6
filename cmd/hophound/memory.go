package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"

	"github.com/hophound/hophound/analyzer"
)

// Bytes of heap. Below the first there is no need to collect garbage at all;
// above the second, what is in use may grow by an eighth before it is collected
// and not, as Go would have it, to twice itself.
const (
	heapFloor   = 40 << 20
	heapCeiling = 96 << 20

	// smallestHeap is what Go takes for in use if it is less: below it, GOGC is
	// about this (runtime.defaultHeapMinimum).
	smallestHeap = 4 << 20
)

// boundMemory trades time for memory on hosts that are in trouble: small heaps
// are collected seldom, large ones often. Who sets GOGC or GOMEMLIMIT knows
// better (https://go.dev/doc/gc-guide).
func boundMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		afterEachCollection(func() { debug.SetGCPercent(growth(liveHeap())) })
	}
}

// growth is by how many percent the heap may grow beyond what is in use.
func growth(live uint64) int {
	live = max(live, smallestHeap)
	target := max(heapFloor, min(2*live, heapCeiling), live+live/8)
	return int((target - live) * 100 / live)
}

// liveHeap is what was in use after the last collection, in bytes.
func liveHeap() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample[0].Value.Uint64()
}

// afterEachCollection calls do now and after each garbage collection, which a
// finalizer is the only one to be told of.
func afterEachCollection(do func()) {
	type collected struct{ at *byte }
	do()
	var again func(*collected)
	again = func(c *collected) {
		do()
		runtime.SetFinalizer(c, again)
	}
	runtime.SetFinalizer(&collected{at: new(byte)}, again)
}

// largeInput is from how many bytes of captures on the heap is worth a preparation.
const largeInput = 16 << 20

// totalSize is that of all captures whose size is known, in bytes.
func totalSize(inputs []analyzer.Input) (size int64) {
	for _, input := range inputs {
		if file, ok := input.Source.(interface{ Size() int64 }); ok {
			size += max(0, file.Size())
		}
	}
	return size
}
