package http1

// nameSet is a set of field names. Of the names that it knows it tells exactly
// whether they are in it, of others only whether there are any. The zero value
// tells nothing.
type nameSet uint64

// unknownName stands for all names that nameSet does not know.
const (
	unknownName  = 0
	unknownNames = nameSet(1 << unknownName)
)

// knownNames are those that are asked for, and those that are met most often: what
// is known to be a name need not be checked to be a token. 63 of them at most.
var knownNames = []string{
	"Connection", "Upgrade", "Host", "Origin", "Expect", "Via", "Server", "Date", "Location", "Keep-Alive",
	"Content-Length", "Transfer-Encoding", "Content-Type", "Content-Encoding", "TE", "Trailer",
	"Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol", "Sec-WebSocket-Extensions", "Sec-WebSocket-Accept",
	"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Port", "X-Forwarded-Host", "X-Forwarded-Server", "X-Forwarded-Scheme",
	"X-Forwarded-Ssl", "X-Real-IP", "Forwarded", "X-Request-Id", "X-Correlation-Id", "X-Amzn-Trace-Id", "traceparent",
	"User-Agent", "Accept", "Accept-Encoding", "Accept-Language", "Cookie", "Set-Cookie", "Authorization", "Referer",
	"Cache-Control", "Pragma", "ETag", "Last-Modified", "Vary", "Age", "Expires", "If-None-Match", "If-Modified-Since",
	"X-Runtime", "X-Frame-Options", "X-Content-Type-Options", "Strict-Transport-Security",
}

// The names that framing and upgrades are told by.
var (
	nameContentLength    = known("Content-Length")
	nameTransferEncoding = known("Transfer-Encoding")
	nameConnection       = known("Connection")
	namesOfUpgrades      = known("Upgrade") | known("Sec-WebSocket-Key") | known("Sec-WebSocket-Version")
	namesOfWebSocket     = namesOfUpgrades | known("Sec-WebSocket-Protocol") | known("Sec-WebSocket-Extensions")
)

// nameTable finds the number of a known name, from 1, by nameHash.
var nameTable = func() (table [1 << nameBits]struct {
	name, lower string
	number      uint8
}) {
	for i, name := range knownNames {
		lower := []byte(name)
		for k, c := range lower {
			if isLetter(c) {
				lower[k] = c | 0x20
			}
		}
		at := &table[nameHash(name)]
		if at.number != 0 {
			panic("http1: " + name + " and " + at.name + " have the same hash")
		}
		at.name, at.lower, at.number = name, string(lower), uint8(i+1)
	}
	return table
}()

// nameBits is how many bits nameHash has.
const nameBits = 8

// nameHash is the same for spellings of a name of two letters or more that differ
// in case only, as the sixth bit of a letter is its case. The factors were
// searched for: with them no two known names have the same hash.
func nameHash(name string) uint {
	const noCase = 0x1f
	n := uint(len(name))
	first, before, last := uint(name[0]&noCase), uint(name[n-2]&noCase), uint(name[n-1]&noCase)
	return (n + 2*first + 19*before + last) & (1<<nameBits - 1)
}

// numberOf gives the number of a known name, in any case; unknownName of others.
func numberOf(name string) uint {
	if len(name) < 2 {
		return unknownName
	}
	at := &nameTable[nameHash(name)]
	if at.number != 0 && (name == at.name || name == at.lower || sameName(name, at.name)) {
		return uint(at.number)
	}
	return unknownName
}

// known is the set of one known name.
func known(name string) nameSet {
	n := numberOf(name)
	if n == unknownName {
		panic("http1: " + name + " is no known name")
	}
	return 1 << n
}

func (s *nameSet) add(name string) { *s |= 1 << numberOf(name) }

// mayHave tells whether a name may be in the set.
func (s nameSet) mayHave(name string) bool { return s == 0 || s>>numberOf(name)&1 != 0 }

// mayHaveAny tells whether any of a set of known names may be in s.
func (s nameSet) mayHaveAny(of nameSet) bool { return s == 0 || s&of != 0 }

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
