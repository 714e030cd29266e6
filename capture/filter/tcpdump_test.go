package filter

import (
	"context"
	"encoding/binary"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What this package refuses, an installed tcpdump compiles, and the reason of
// the refusal is told.
func TestSocketWithTcpdump(t *testing.T) {
	program, why, err := CompileSocketWithTcpdump(context.Background(), "mpls 16", linkEthernet)
	require.NoError(t, err)
	assert.ErrorIs(t, why, ErrUnsupported)
	vm := machine(t, program)
	frame := func(etherType uint16, payload ...byte) []byte {
		packet := binary.BigEndian.AppendUint16(make([]byte, 12), etherType)
		return append(packet, append(payload, make([]byte, 46)...)...)
	}
	const mpls, ip = 0x8847, 0x0800
	assert.NotZero(t, run(t, vm, frame(mpls, 0x00, 0x01, 0x01, 0x40)), "label 16")
	assert.Zero(t, run(t, vm, frame(mpls, 0x00, 0x01, 0x11, 0x40)), "label 17")
	assert.Zero(t, run(t, vm, frame(ip)))

	ours, why, err := CompileSocketWithTcpdump(context.Background(), "vlan and tcp port 80", linkEthernet)
	require.NoError(t, err)
	assert.NoError(t, why, "nobody was asked")
	want, err := CompileSocket("vlan and tcp port 80", linkEthernet)
	require.NoError(t, err)
	assert.Equal(t, want, ours)
}

// These stay refused, although tcpdump compiles them: it would ask the network,
// or make a program that is wrong on a socket.
func TestTcpdumpIsNotAsked(t *testing.T) {
	for expression, says := range map[string]string{
		"host web1":              "names are not looked up",
		"mpls and host web1":     `"web1" may be the name of a host, and names are not looked up`,
		"gateway web1":           "the name of a host would have to be looked up",
		"vlan and mpls":          "the kernel has taken them",
		"ip protochain 6":        "a loop over the headers",
		"ip broadcast":           "the netmask of the interface",
		"mpls and port http":     "",
		"pppoes and proto \\tcp": "",
	} {
		_, _, err := CompileSocketWithTcpdump(context.Background(), expression, linkEthernet)
		if says == "" {
			assert.NoError(t, err, expression)
			continue
		}
		assert.ErrorIs(t, err, ErrUnsupported, expression)
		assert.ErrorContains(t, err, says, expression)
	}
	_, _, err := CompileSocketWithTcpdump(context.Background(), "mpls 16 or pppoes", linkEthernet)
	assert.ErrorContains(t, err, "labels are not looked behind")
	assert.ErrorContains(t, err, "unsupported protocol over mpls", "tcpdump's own words")
	_, _, err = CompileSocketWithTcpdump(context.Background(), "tcp and", linkEthernet)
	require.Error(t, err)
	assert.NotErrorIs(t, err, ErrUnsupported)
}

func TestSocketWithoutTcpdump(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, _, err := CompileSocketWithTcpdump(context.Background(), "mpls", linkEthernet)
	assert.ErrorIs(t, err, ErrUnsupported)
	assert.ErrorIs(t, err, exec.ErrNotFound)
	assert.ErrorContains(t, err, "labels are not looked behind")
	assert.ErrorContains(t, err, "there is no tcpdump here: install it")
	_, why, err := CompileSocketWithTcpdump(context.Background(), "tcp port 80", linkEthernet)
	assert.NoError(t, err)
	assert.NoError(t, why)
}
