package http1

// nameSet is a set of field names that may say yes to a name that is not in
// it, but never no to one that is (a Bloom filter with one hash of 6 bits).
type nameSet uint64

func (s *nameSet) add(name string) { *s |= nameBit(name) }

func (s nameSet) mayHave(name string) bool { return s == 0 || s&nameBit(name) != 0 }

// nameBit is the same for spellings of a name that differ in case only, as the
// sixth bit of a letter is its case.
func nameBit(name string) nameSet {
	if name == "" {
		return 1
	}
	const noCase = 0x1f
	first, last := name[0]&noCase, name[len(name)-1]&noCase
	return 1 << ((uint(len(name))*7 + uint(first)*3 + uint(last)) & 63)
}

// sameName tells whether two field names differ in case only (RFC 9110 §5.1).
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if x, y := a[i], b[i]; x != y && (x^y != 0x20 || !isLetter(x)) {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
