package process

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzSocket reads any bytes as the kernel's answer: short ones say nothing, and
// what others say is of one address family and never an IPv4-mapped address.
func FuzzSocket(f *testing.F) {
	answer := make([]byte, answerSize)
	for _, family := range []byte{2, 10} {
		answer[0] = family
		copy(answer[answerID:], "\x0b\xb8\x9c\x40\x0a\x00\x00\x01")
		copy(answer[answerID+remoteAddr:], "\x0a\x00\x00\x02")
		f.Add(append([]byte(nil), answer...))
	}
	copy(answer[answerID+sourceAddr:], "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\xff\xff\x0a\x00\x00\x01")
	f.Add(append([]byte(nil), answer...))
	f.Add(answer[:answerSize-1])
	f.Fuzz(func(t *testing.T, answer []byte) {
		s, ok := parseSocket(answer)
		if !ok {
			require.Zero(t, s)
			return
		}
		require.GreaterOrEqual(t, len(answer), answerSize)
		require.True(t, s.local.Addr().IsValid())
		require.False(t, s.local.Addr().Is4In6())
		if s.remote.IsValid() {
			require.False(t, s.remote.Addr().Is4In6())
			require.NotZero(t, s.remote.Port())
		}
	})
}
