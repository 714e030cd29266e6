package tcp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// What comes after a connection's end is not read, and counted unless it was told
// before.
func TestLate(t *testing.T) {
	const opened = shake + "> A 101 301 GET \n < A 301 104 first \n"
	for _, c := range []struct {
		name   string
		script script
		late   uint64
	}{
		{"nothing", opened + "> R 104", 0},
		{"the server goes on after the client's RST: that is read", opened + "> R 104 \n < A 306 104 second", 0},
		{"with pauses that are short", opened + "> R 104 \n < A 306 104 @400 second \n < A 312 104 @1300 third", 0},
		{"and much later", opened + "> R 104 \n < A 306 104 @9000 second", 1},
		{"of a connection whose beginning was not seen, bytes from before it", "> A 101 301 second \n < A 301 107 OK \n > A 90 303 @500 first", 1},
		{"and a probe", "> A 101 301 second \n < A 301 107 OK \n > A 100 303 @500 x", 0},
		{"both have ended it", opened + "> R 104 \n < R 306 \n < A 306 104 second", 1},
		{"what was told before, sent again", opened + "> R 104 \n < A 301 104 first", 0},
		{"of a connection that was only seen to close, bytes from before that", "< FA 301 104 \n > FA 104 302 \n < A 302 105 \n < A 296 104 @5000 first", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := NewAssembler(new(transcript), Limits{})
			for i, st := range c.script.steps(t) {
				a.Add(st.packet(i + 1))
			}
			a.Close()
			assert.Equal(t, c.late, a.Stats().Late)
		})
	}
}
