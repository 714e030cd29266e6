package capture

import (
	"math"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	xbpf "golang.org/x/net/bpf"
)

// What a filter for SLL2 packets loads, and where the kernel has it.
func TestFilterForKernel(t *testing.T) {
	raw := func(in xbpf.Instruction) xbpf.RawInstruction {
		made, err := in.Assemble()
		require.NoError(t, err)
		return made
	}
	for _, test := range []struct {
		name     string
		from, to xbpf.Instruction // to is nil if it can't be
	}{
		{"protocol", xbpf.LoadAbsolute{Off: 0, Size: 2}, xbpf.LoadExtension{Num: xbpf.ExtProto}},
		{"interface", xbpf.LoadAbsolute{Off: 4, Size: 4}, xbpf.LoadExtension{Num: xbpf.ExtInterfaceIndex}},
		{"packet type", xbpf.LoadAbsolute{Off: 10, Size: 1}, xbpf.LoadExtension{Num: xbpf.ExtType}},
		{"half of a field", xbpf.LoadAbsolute{Off: 0, Size: 1}, nil},
		{"address", xbpf.LoadAbsolute{Off: 12, Size: 4}, nil},
		{"across the header's end", xbpf.LoadAbsolute{Off: 18, Size: 4}, nil},
		{"first of the packet", xbpf.LoadAbsolute{Off: 20, Size: 1}, xbpf.LoadAbsolute{Off: 0, Size: 1}},
		{"further on", xbpf.LoadAbsolute{Off: 29, Size: 1}, xbpf.LoadAbsolute{Off: 9, Size: 1}},
		{"port", xbpf.LoadIndirect{Off: 22, Size: 2}, xbpf.LoadIndirect{Off: 2, Size: 2}},
		{"behind nothing", xbpf.LoadIndirect{Off: 0, Size: 2}, nil},
		{"IPv4 header length", xbpf.LoadMemShift{Off: 20}, xbpf.LoadMemShift{Off: 0}},
		{"beside the packet", xbpf.LoadExtension{Num: xbpf.ExtVLANTag}, xbpf.LoadExtension{Num: xbpf.ExtVLANTag}},
		{"length", xbpf.LoadExtension{Num: xbpf.ExtLen}, xbpf.LoadExtension{Num: xbpf.ExtLen}},
		{"a constant", xbpf.LoadConstant{Dst: xbpf.RegA, Val: 12}, xbpf.LoadConstant{Dst: xbpf.RegA, Val: 12}},
		{"scratch memory", xbpf.LoadScratch{Dst: xbpf.RegX, N: 1}, xbpf.LoadScratch{Dst: xbpf.RegX, N: 1}},
		{"accept", xbpf.RetConstant{Val: 262144}, xbpf.RetConstant{Val: math.MaxInt32}},
		{"reject", xbpf.RetConstant{Val: 0}, xbpf.RetConstant{Val: 0}},
	} {
		program := []xbpf.RawInstruction{raw(test.from)}
		made, ok := forKernel(program, true, 0)
		assert.Equal(t, test.to != nil, ok, test.name)
		if ok {
			assert.Equal(t, raw(test.to).K, made[0].K, test.name)
			assert.Equal(t, program[0].Op, made[0].Op, "what is beside the packet may be loaded in any size")
		}
		made, ok = forKernel(program, false, 0)
		assert.True(t, ok, "with a link header, nothing is elsewhere")
		if _, isReturn := test.from.(xbpf.RetConstant); !isReturn {
			assert.Equal(t, program, made, test.name)
		}
		assert.Equal(t, raw(test.from), program[0], "it stays as it was given")
	}
	made, _ := forKernel([]xbpf.RawInstruction{raw(xbpf.RetConstant{Val: 1})}, true, 96)
	assert.Equal(t, raw(xbpf.RetConstant{Val: 96}), made[0])
}

// Nothing is left open, whether opening failed, or what was opened was closed.
func TestLiveLeavesNothingOpen(t *testing.T) {
	h := newHost(t)
	h.ip(t, "link", "add", "down0", "type", "veth", "peer", "name", "down1")
	count := func() int {
		files, err := os.ReadDir("/proc/self/fd")
		require.NoError(t, err)
		return len(files)
	}
	h.open(t, LiveOptions{Interface: "lo", Heads: true}) // what the runtime opens at first
	before := count()
	for range 5 {
		l, err := OpenLive(LiveOptions{Interface: AnyInterface, Namespace: h.path(), Heads: true})
		require.NoError(t, err)
		require.NoError(t, l.Close())
		require.ErrorIs(t, l.Next(new(Packet)), os.ErrClosed)
		_, err = OpenLive(LiveOptions{Interface: "down0", Namespace: h.path(), Heads: true})
		require.Error(t, err)
	}
	assert.Equal(t, before, count())
}
