package chain

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// Keys are numbered as by a map, whatever was in the table before.
func TestKeysAreNumberedInOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var k keys
	for range 200 {
		most := rng.IntN(300)
		want := map[uint64]int{}
		k.reset(most)
		for range most {
			key := 1 + uint64(rng.IntN(1+most))<<rng.IntN(40) // many that share their last bits
			if rng.IntN(3) == 0 {
				number, known := want[key]
				if !known {
					number = -1
				}
				require.Equal(t, number, k.find(key))
				continue
			}
			if _, known := want[key]; !known {
				want[key] = len(want)
			}
			require.Equal(t, want[key], k.number(key))
		}
		require.Equal(t, len(want), k.count)
	}
}
