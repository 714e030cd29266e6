package http1

import (
	"iter"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzArena lets three connections take turns in one arena, as those of a
// capture do, and keeps clones of what they give out. Each must give out what it
// does alone; what was given out must not change when others go on; and a clone
// says the same with no byte of the arena.
//
// turns holds a byte per packet: whose it is, from which end, and its length.
func FuzzArena(f *testing.F) {
	for i, c := range conversations {
		var a, b string
		for _, e := range c.events {
			if e.from == FromA {
				a += e.data
			} else {
				b += e.data
			}
		}
		f.Add([]byte(a), []byte(b), []byte{byte(i), 0xfb, 0x90, byte(i * 29), 0x0d, 0xfe})
	}
	f.Fuzz(func(t *testing.T, a, b, turns []byte) {
		if len(a)+len(b) > 1<<14 {
			return
		}
		said := [3][2]string{{string(a), string(b)}, {string(b), string(a)}, {ws + string(a), switching + string(b)}}
		var packets [3][]event
		shared := &Arena{}
		var streams [3]*Stream
		var given, clones [3][]*Exchange
		var told [3]string // when they were given out
		for i := range streams {
			info := whole
			info.Arena = shared
			streams[i] = NewStream(info, Limits{}, func(x *Exchange) {
				given[i] = append(given[i], x)
				clones[i] = append(clones[i], x.Clone())
				told[i] += full(x)
			})
		}
		for whose, e := range takeTurns(said, turns) {
			packets[whose] = append(packets[whose], e)
			feed(streams[whose], e, uint64(len(packets[whose])))
		}
		for i, s := range streams {
			s.Close(End{})
			alone, _ := play(whole, Limits{}, packets[i], End{})
			require.Equal(t, fulls(alone), told[i])
			require.Equal(t, told[i], fulls(given[i]), "what was given out changed")
			require.Equal(t, told[i], fulls(clones[i]))
			for k := range given[i] {
				requireApart(t, given[i][k], clones[i][k])
			}
		}
	})
}

// takeTurns cuts what is said on three connections into packets, in the order
// that turns says, and gives what is left at the end.
func takeTurns(said [3][2]string, turns []byte) iter.Seq2[int, event] {
	return func(yield func(whose int, e event) bool) {
		for i := 0; i < len(turns) || said != [3][2]string{}; i++ {
			turn, n := byte(i), 1<<14
			if i < len(turns) {
				turn = turns[i]
				n = 1 + int(turn>>2)
			}
			whose, from := int(turn)%3, Direction(turn>>1&1)
			data := said[whose][from]
			data, said[whose][from] = data[:min(n, len(data))], data[min(n, len(data)):]
			if data != "" && !yield(whose, event{from: from, data: data}) {
				return
			}
		}
	}
}
