package chain

import "math/bits"

// keys numbers the keys of signals in the order in which they are met. Keys are
// hashes, so that they need no other, and never 0. Its memory is used again.
type keys struct {
	table []uint64 // open addressing, 0 is free; its length is a power of two
	place []int32  // in the same places, the numbers
	count int
}

// reset forgets all keys and makes room for so many.
func (k *keys) reset(most int) {
	size := 1 << bits.Len(uint(2*most))
	if len(k.table) < size || len(k.table) > 8*size {
		k.table, k.place = make([]uint64, size), make([]int32, size)
	} else {
		clear(k.table)
	}
	k.count = 0
}

// number gives the number of a key, the next one if it is new.
func (k *keys) number(key uint64) int {
	i := k.slot(key)
	if k.table[i] == 0 {
		k.table[i], k.place[i] = key, int32(k.count)
		k.count++
	}
	return int(k.place[i])
}

// find gives the number of a key, -1 if it was not met.
func (k *keys) find(key uint64) int {
	if i := k.slot(key); k.table[i] != 0 {
		return int(k.place[i])
	}
	return -1
}

// slot gives where a key stands, or would.
func (k *keys) slot(key uint64) int {
	mask := uint64(len(k.table) - 1)
	i := key & mask
	for k.table[i] != key && k.table[i] != 0 {
		i = (i + 1) & mask
	}
	return int(i)
}
