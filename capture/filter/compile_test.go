package filter

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
)

// TestLongExpressions need jumps farther than a conditional one reaches.
func TestLongExpressions(t *testing.T) {
	for _, count := range []int{10, 50, 100, 400, 4000} {
		ports := make([]string, count)
		for i := range ports {
			ports[i] = fmt.Sprint(1000 + 2*i)
		}
		program, err := Compile("tcp dst port "+strings.Join(ports, " or "), linkEthernet)
		if count > 1000 {
			assert.ErrorContains(t, err, "4096")
			continue
		}
		require.NoError(t, err)
		vm := machine(t, program)
		for port := 998; port < 1002+2*count; port++ {
			packet := segment(uint16(port))
			wanted := port%2 == 0 && port >= 1000 && port < 1000+2*count
			assert.Equal(t, wanted, run(t, vm, packet) > 0, "port %d of %d ports", port, count)
		}
	}
}

// segment is an Ethernet frame with a TCP segment to that port.
func segment(port uint16) []byte {
	ip := make([]byte, 40)
	ip[0], ip[9] = 0x45, protocolTCP
	binary.BigEndian.PutUint16(ip[22:], port)
	return frame{etherType: etherIP, payload: ip}.as(linkEthernet)
}

func TestDeepExpressionsEnd(t *testing.T) {
	for _, expression := range []string{
		strings.Repeat("(", 5000) + "tcp" + strings.Repeat(")", 5000),
		strings.Repeat("not ", 5000) + "tcp",
		"port " + strings.Repeat("(", 5000) + "80" + strings.Repeat(")", 5000),
		strings.Repeat("ip[", 5000) + "0" + strings.Repeat("]", 5000) + " = 1",
		strings.Repeat("- ", 5000) + "1 = 1",
		"1 ^ " + strings.Repeat("2 ^ ", 5000) + "1 = len",
		strings.Repeat("(", 70000),
	} {
		_, err := Compile(expression, linkEthernet)
		assert.Error(t, err)
	}
}

func TestAPacketThatMatchesIsTakenWhole(t *testing.T) {
	for _, expression := range []string{"", "tcp"} {
		program, err := Compile(expression, linkEthernet)
		require.NoError(t, err)
		assert.Equal(t, wholePacket, run(t, machine(t, program), segment(80)))
	}
}

// TestFieldsAreFetchedOnce looks at the code of a filter that people use.
func TestFieldsAreFetchedOnce(t *testing.T) {
	program, err := Compile("tcp dst port 80 or 443", linkEthernet)
	require.NoError(t, err)
	loads := map[bpf.Instruction]int{}
	for _, raw := range program {
		switch ins := raw.Disassemble().(type) {
		case bpf.LoadAbsolute, bpf.LoadIndirect, bpf.LoadMemShift:
			loads[ins]++
		}
	}
	for ins, times := range loads {
		assert.LessOrEqual(t, times, 4, "%v", ins) // for each port once with IPv6 and once with IPv4
	}
	assert.LessOrEqual(t, len(program), 32)
}

func TestOnSocketsTheTagIsBesideThePacket(t *testing.T) {
	program, err := CompileSocket("vlan 5 and tcp", linkEthernet)
	require.NoError(t, err)
	var asked []bpf.Extension
	for _, raw := range program {
		if load, ok := raw.Disassemble().(bpf.LoadExtension); ok {
			asked = append(asked, load.Num)
		}
	}
	assert.Equal(t, []bpf.Extension{bpf.ExtVLANTagPresent, bpf.ExtVLANTag}, asked)

	inFile, err := Compile("tcp port 80", linkEthernet)
	require.NoError(t, err)
	onSocket, err := CompileSocket("tcp port 80", linkEthernet)
	require.NoError(t, err)
	assert.Equal(t, inFile, onSocket, "without vlan there is nothing to ask")
}

func BenchmarkCompile(b *testing.B) {
	for b.Loop() {
		if _, err := Compile("tcp port 80 or 443 and not host 10.0.0.1", linkEthernet); err != nil {
			b.Fatal(err)
		}
	}
}
