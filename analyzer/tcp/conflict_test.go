package tcp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Of different bytes for one place the first win, and that there were others is
// counted.
func TestConflicts(t *testing.T) {
	const opened = shake + "> A 101 301 GET \n < A 301 104 first \n"
	for _, c := range []struct {
		name      string
		script    script
		conflicts uint64
	}{
		{"the same again", opened + "< A 301 104 first", 0},
		{"the same and more", opened + "< A 301 104 firstmore", 0},
		{"a part of the same", opened + "< A 303 104 rst", 0},
		{"other bytes", opened + "< A 301 104 other", 1},
		{"other bytes and more", opened + "< A 301 104 othermore", 1},
		{"the request's other bytes, after the response", opened + "> A 101 301 PUT", 1},
		{"other bytes, before and after", shake + "> A 101 301 GET \n < A 301 104 a1 \n > A 104 303 GETGET \n > A 104 303 PUTPUT \n > A 101 303 GETPUTPUT", 2},
		{"what waits", shake + "> A 105 301 held \n > A 105 301 hold", 1},
		{"a part of what waits", shake + "> A 105 301 held \n > A 107 301 xxx", 1},
		{"what waits, the same", shake + "> A 105 301 held \n > A 103 301 abheldmore", 0},
		{"a keep-alive probe with any byte", opened + "< A 305 104 x", 0},
		{"a keep-alive probe for a turn of one byte", shake + "> A 101 301 G \n > A 101 301 x", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := NewAssembler(new(transcript), Limits{})
			for i, st := range c.script.steps(t) {
				a.Add(st.packet(i + 1))
			}
			a.Close()
			assert.Equal(t, c.conflicts, a.Stats().Conflicts)
		})
	}
}
