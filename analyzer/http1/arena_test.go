package http1

import (
	"iter"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzArena lets three connections take turns in one arena, as those of a
// capture do, and keeps clones of what they give out, and of every third
// exchange nothing else: it is released. Each must give out what it does alone;
// what was given out must not change when others go on, in memory that was used
// before; and a clone says the same with no byte of the arena.
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
		var given, clones [3][]*Exchange // given: nil if it was released
		var told [3][]string             // when they were given out
		for i := range streams {
			info := whole
			info.Arena = shared
			streams[i] = NewStream(info, Limits{}, func(x *Exchange) {
				given[i] = append(given[i], x)
				clones[i] = append(clones[i], x.Clone())
				told[i] = append(told[i], full(x))
			})
		}
		for whose, e := range takeTurns(said, turns) {
			before := len(given[whose])
			packets[whose] = append(packets[whose], e)
			feed(streams[whose], e, uint64(len(packets[whose])))
			for k := before; k < len(given[whose]); k++ {
				if k%3 == 0 {
					given[whose][k].Release()
					given[whose][k] = nil
				}
			}
			shared.Reuse(shared.Released(nil))
		}
		for i, s := range streams {
			s.Close(End{})
			alone, _ := play(whole, Limits{}, packets[i], End{})
			require.Equal(t, fulls(alone), strings.Join(told[i], ""))
			for k, x := range given[i] {
				require.Equal(t, told[i][k], full(clones[i][k]))
				if x != nil {
					require.Equal(t, told[i][k], full(x), "what was given out changed")
					requireApart(t, x, clones[i][k])
				}
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
