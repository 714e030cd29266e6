package filter

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
)

// FuzzCompile: whatever compiles, runs, on any packet, and what the kernel will
// be given is a program that its checker would let through.
func FuzzCompile(f *testing.F) {
	for i, expression := range append(append([]string(nil), expressions...), ethernetExpressions...) {
		f.Add(expression, []byte("\x02\x00\x5e\x00\x00\x01\x02\x00\x5e\x00\x00\x02\x08\x00\x45\x00\x00\x28\x00\x00\x40\x00\x40\x06"), byte(i))
	}
	f.Fuzz(func(t *testing.T, expression string, packet []byte, which byte) {
		link := linkTypes[int(which)%len(linkTypes)]
		program, err := Compile(expression, link)
		require.Equal(t, err != nil, program == nil)
		if err == nil {
			require.LessOrEqual(t, len(program), maxInstructions)
			run(t, machine(t, program), packet)
		}
		onSocket, err := CompileSocket(expression, link)
		require.Equal(t, err != nil, onSocket == nil)
		if err == nil {
			_, whole := bpf.Disassemble(onSocket)
			require.True(t, whole)
		}
	})
}
