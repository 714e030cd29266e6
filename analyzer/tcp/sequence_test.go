package tcp

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// shake is how most connections begin: the client's first byte is 101, the
// server's 301.
const shake = `
	> S  100
	< SA 300 101
	> A  101 301
`

// sequences says what is told of segments that are in order, repeated, early,
// late or lost.
var sequences = []conversation{
	{
		name:   "request and response",
		script: shake + "> A 101 301 GET \n < A 301 104 OK \n > FA 104 303 \n < FA 303 105 \n > A 105 304",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < OK
			6 > fin
			7 < fin
			7 close fin by >`,
	},
	{
		name:   "the same bytes again are told once",
		script: shake + "> A 101 301 GET \n > A 101 301 GET \n > A 101 301 GETx \n > A 103 301 Txy",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			6 > x
			7 > y
			7 close capture`,
	},
	{
		name:   "segments that changed places",
		script: shake + "> A 107 301 ghi \n > A 104 301 def \n > A 101 301 abc",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			6 > abc
			5 > def
			4 > ghi
			6 close capture`,
	},
	{
		name:   "overlaps that wait: the first bytes win",
		script: shake + "> A 103 301 CDEF \n > A 105 301 xxxxG \n > A 101 301 abccc",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			6 > ab
			4 > CDEF
			5 > xxG
			6 close capture`,
	},
	{
		name:   "other bytes for what was told already: the first ones win",
		script: shake + "> A 101 301 GET \n < A 301 104 first \n < A 301 104 other \n < A 306 104 more",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			5 < first
			7 < more
			7 close capture`,
	},
	{
		name: "segments that are late by more than any window: the last comes first",
		script: shake + "> A 65636 301 end \n > A 50101 301 " + script(repeat('c', 15535)) + "\n > A 20101 301 " + script(repeat('b', 30000)) +
			"\n > A 101 301 " + script(repeat('a', 20000)),
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			7 > ` + repeat('a', 20000) + `
			6 > ` + repeat('b', 30000) + `
			5 > ` + repeat('c', 15535) + `
			4 > end
			7 close capture`,
	},
	{
		name:   "a hole that nothing fills is a gap at the end",
		script: shake + "> A 101 301 abc \n > A 107 301 ghi",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > abc
			5 > gap 3 lost
			5 > ghi
			5 close capture`,
	},
	{
		name:   "a hole that was acknowledged is a gap after a second",
		script: shake + "> A 101 301 abc \n > A 107 301 ghi \n < A 301 110 @100 \n < A 301 110 @1099 \n < A 301 110 @1100 \n > A 110 301 jkl",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > abc
			5 > gap 3 lost
			5 > ghi
			9 > jkl
			9 close capture`,
	},
	{
		name:   "a hole that was not acknowledged is filled within ten seconds",
		script: shake + "> A 107 301 ghi \n < A 301 101 @9999 \n > A 101 301 abcdef",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			6 > abcdef
			4 > ghi
			6 close capture`,
	},
	{
		name:   "a hole that was not acknowledged is a gap after ten seconds",
		script: shake + "> A 107 301 ghi \n < A 301 101 @10000 \n > A 101 301 abcdef",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > gap 6 lost
			4 > ghi
			6 close capture`,
	},
	{
		name:   "of a hole, only what was acknowledged is given up",
		script: shake + "> A 107 301 ghi \n < A 301 103 \n < A 301 103 @1000 \n > A 103 301 cdef @3000",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > gap 2 lost
			7 > cdef
			4 > ghi
			7 close capture`,
	},
	{
		name:   "bytes that were acknowledged but never came are a gap at the end",
		script: shake + "> A 101 301 GET \n < A 301 104 \n > A 104 351",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > GET
			6 < gap 50 lost
			6 close capture`,
	},
	{
		name:   "a response that was captured before its request waits for it",
		script: shake + "< A 301 104 OK \n > A 101 301 GET",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			5 > GET
			4 < OK
			5 close capture`,
	},
	{
		name:   "a response to a request that never comes: the request is a gap",
		script: shake + "< A 301 104 OK \n < A 303 104 !! @1000",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > gap 3 lost
			4 < OK
			5 < !!
			5 close capture`,
	},
	{
		name:   "both at once: a hole in the request, a response that acknowledges it",
		script: shake + "> A 101 301 aa \n > A 105 301 cc \n < A 301 107 OK \n > A 107 303 dd",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > aa
			5 > gap 2 lost
			5 > cc
			6 < OK
			7 > dd
			7 close capture`,
	},
	{
		name:   "sequence numbers wrap",
		script: "> S 4294967293 \n < SA 4294967295 4294967294 \n > A 4294967294 0 abcd \n > A 2 0 ef \n < A 0 4 OK",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			3 > abcd
			4 > ef
			5 < OK
			5 close capture`,
	},
	{
		name:   "segments that change places where numbers wrap",
		script: "> S 4294967293 \n < SA 4294967295 4294967294 \n > A 2 0 ef \n > A 4294967294 0 abcd",
		want: `open 10.0.0.1:1000 > 10.0.0.2:80
			4 > abcd
			3 > ef
			4 close capture`,
	},
}

func TestSequences(t *testing.T) { playAll(t, sequences) }

// conversation is a script and what is told of it.
type conversation struct {
	name   string
	script script
	want   string
}

func playAll(t *testing.T, conversations []conversation) {
	for _, c := range conversations {
		t.Run(c.name, func(t *testing.T) {
			got, _ := play(t, c.script, Limits{})
			assert.Equal(t, told(c.want), got)
		})
	}
}
