package capture

// Three variants of pcap have headers of their own before each packet and say
// nothing of it in the file's header (wiretap/libpcap.c of Wireshark).
const (
	pcapNokiaRecordLen   = 20 // four bytes of Nokia's
	pcapRedHatRecordLen  = 24 // of libpcap with a patch of April 1999 (Red Hat 6.1)
	pcapSuSERecordLen    = 28 // of September 1999 (SuSE 6.3)
	pcapGuessOn          = 64 << 10
	pcapGuessLeast       = 2                 // records that have to fit
	pcapGuessMostSeconds = 30 * 24 * 60 * 60 // between packets that stand beside each other
)

// guessRecordLen finds out how long the packets' headers are, by the first of the file,
// if they cannot be as long as the magic number says. Of what may be written only now,
// nothing is guessed: more than the first packet would have to be waited for, and
// nobody writes such files any more.
func (r *pcapRecords) guessRecordLen() {
	b := r.w.peek(pcapGuessOn)
	if _, ok := r.follow(b, r.recordLen, false); ok {
		return
	}
	others := []int{pcapRedHatRecordLen, pcapNokiaRecordLen}
	if r.magic == pcapModified {
		others = []int{pcapSuSERecordLen}
	}
	for _, n := range others {
		if records, ok := r.follow(b, n, true); ok && records >= pcapGuessLeast {
			r.recordLen = n
			return
		}
	}
}

// follow goes from record to record through b, as if their headers had that
// length, and counts them. ok tells that each could be one, and if strictly so,
// that each has a time and lengths as a packet has.
func (r *pcapRecords) follow(b []byte, recordLen int, strict bool) (records int, ok bool) {
	before := uint32(0)
	for len(b) >= recordLen {
		seconds, fraction := r.order.uint32(b), r.order.uint32(b[4:])
		captured, length := r.lengths(b)
		switch {
		case captured > r.largest:
			return records, false
		case !strict:
		case captured == 0, captured > length, length > pcapPlausible, int64(fraction)*r.perTick >= 1e9,
			records > 0 && max(seconds, before)-min(seconds, before) > pcapGuessMostSeconds:
			return records, false
		}
		before = seconds
		records++
		b = b[min(recordLen+int(captured), len(b)):]
	}
	return records, true
}
