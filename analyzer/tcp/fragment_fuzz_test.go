package tcp

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzFragments cuts a segment into IP fragments as a string of bytes says, and
// then captures them in an order of its choice, some of them several times. Once
// all are there the segment is what it was, and before that there is none.
func FuzzFragments(f *testing.F) {
	f.Add([]byte{}, []byte{}, false)
	f.Add([]byte{1, 2, 3, 250, 9}, []byte("any order"), false)
	f.Add([]byte{7, 7}, []byte{2, 1, 0, 0x81, 0x80, 0x82}, true)
	f.Fuzz(func(t *testing.T, cuts, order []byte, ipv6 bool) {
		const size, unit = 480, 8
		text := bytes.Repeat([]byte("0123456789abcdefghijklmnopqrstuv"), size/32)
		c := cutting{payload: build(t, tcpSYN, raw(text...)), id: 7, ipv6: ipv6}
		var packets [][]byte
		for from, i := 0, 0; from < len(c.payload); i++ {
			to := len(c.payload)
			if i < len(cuts) {
				to = min(to, from+unit*(1+int(cuts[i]%32)))
			}
			packets = append(packets, c.fragment(t, from, to))
			from = to
		}
		var captured []int
		for _, o := range order[:min(len(order), 100)] {
			captured = append(captured, int(o)%len(packets))
		}
		for i := range packets { // what the order leaves out comes at the end
			if !slices.Contains(captured, i) {
				captured = append(captured, i)
			}
		}
		d := newFragmentDecoder()
		missing := map[int]bool{}
		for i := range packets {
			missing[i] = true
		}
		whole := 0
		for _, i := range captured {
			delete(missing, i)
			payload, kind := addRaw(d, packets[i])
			if kind != KindTCP {
				continue
			}
			require.Empty(t, missing, "a segment out of some of its fragments")
			require.Equal(t, string(text), payload)
			whole++
		}
		require.Positive(t, whole)
	})
}
