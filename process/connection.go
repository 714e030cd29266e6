package process

import (
	"net/netip"
	"time"
)

// connection is both ends of one, as this host sees them. A listening socket
// has no remote end.
type connection struct{ local, remote netip.AddrPort }

// entry is what is known of a connection.
type entry struct {
	inode uint32
	user  uint32
	owner Owner
	tries int  // how often its process was looked for
	found bool // owner is final: its process was found, or looked for often enough
}

// maxTries is how often the process of a socket is looked for: a socket may be
// on its way from one process to another, but the files of a process that are
// closed to us stay closed.
const maxTries = 3

// table remembers connections in two generations: a connection that is met
// moves into the younger one; when that is old or full, the elder one is
// forgotten. So whatever was met is kept at least for keep, unless there are
// more than limit/2 others, and never more than limit are kept.
type table struct {
	keep           time.Duration
	limit          int
	younger, elder map[connection]*entry
	begun          time.Time // of the younger generation
}

func newTable(keep time.Duration, limit int) *table {
	return &table{keep: keep, limit: limit, younger: map[connection]*entry{}}
}

// get finds a connection without moving it.
func (t *table) get(c connection) *entry {
	if e := t.younger[c]; e != nil {
		return e
	}
	return t.elder[c]
}

// meet gives the entry of a connection that exists now, made if there is none.
// Another inode means that the endpoints were used again.
func (t *table) meet(c connection, inode, user uint32, now time.Time) *entry {
	t.age(now)
	e := t.get(c)
	if e == nil || e.inode != inode {
		e = &entry{inode: inode, user: user}
	}
	if t.younger[c] == nil && len(t.younger) >= max(1, t.limit/2) {
		t.turn(now)
	}
	t.younger[c] = e
	return e
}

func (t *table) age(now time.Time) {
	if now.Sub(t.begun) >= t.keep {
		t.turn(now)
	}
}

func (t *table) turn(now time.Time) {
	if now.Sub(t.begun) >= 2*t.keep {
		t.younger = nil // nothing was met for so long that these are old too
	}
	t.elder, t.younger, t.begun = t.younger, map[connection]*entry{}, now
}

func (t *table) size() int { return len(t.younger) + len(t.elder) }
