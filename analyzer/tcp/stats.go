package tcp

import "maps"

// Stats counts what an Assembler was given and what became of it.
type Stats struct {
	Packets  uint64          // packets added
	Segments uint64          // TCP segments among them
	Other    map[Kind]uint64 // the other packets, by what they were

	Conns uint64 // connections met, also those that the Handler passed over

	Truncated  uint64 // segments with fewer payload bytes captured than on the wire
	Duplicates uint64 // segments that brought nothing new: retransmissions, keep-alive probes, copies
	Overlaps   uint64 // segments of which a part was known already
	Conflicts  uint64 // segments with other bytes than came first for the same place; the first ones won
	OutOfOrder uint64 // segments held back because something before them was missing
	Stray      uint64 // segments that can't belong to the connection by their numbers
	Late       uint64 // segments with payload after the connection was closed, or from before its beginning as it was taken to be

	Gaps     uint64 // gaps told
	GapBytes uint64 // bytes in them

	Fragments          uint64 // IP fragments
	FragmentOverlaps   uint64 // those that overlapped others
	DatagramsAbandoned uint64 // fragmented datagrams that never became whole
	SegmentsAbandoned  uint64 // of these, those with TCP in their first fragment

	Limits LimitStats
}

// LimitStats counts how often each limit was hit.
type LimitStats struct {
	Conns      uint64 // connections closed early because too many were remembered
	Told       uint64 // the same because the Handler knew too many
	ConnBytes  uint64 // times bytes were given up for one connection's limit
	TotalBytes uint64 // times bytes were given up for the limit of all
	Datagrams  uint64 // fragmented datagrams given up, for their number or bytes
}

// counters are the Stats that grow with each packet.
type counters struct {
	Stats
	other [kindCount]uint64
}

// Stats gives the counts so far.
func (a *Assembler) Stats() Stats {
	s := a.count.Stats
	s.Other = maps.Collect(func(yield func(Kind, uint64) bool) {
		for k, n := range a.count.other {
			if n > 0 && !yield(Kind(k), n) {
				return
			}
		}
	})
	f := &a.decoder.fragments
	s.Fragments = f.fragments
	s.FragmentOverlaps = f.overlaps
	s.DatagramsAbandoned, s.SegmentsAbandoned = f.abandoned, f.lost
	s.Limits.Datagrams = f.evicted
	return s
}
