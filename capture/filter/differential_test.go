package filter

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
)

// expressions is what people write, and what is easily got wrong. Every one of
// them must give the verdicts of tcpdump on every link type.
var expressions = []string{
	"", "ip", "ip6", "arp", "rarp", "tcp", "udp", "sctp", "icmp", "icmp6", "igmp", "pim", "vrrp", "carp", "igrp", "ah", "esp",
	"host 10.0.0.1", "src host 10.0.0.1", "dst host 10.0.0.1", "src 10.0.0.1", "dst 10.0.0.1", "src or dst 10.0.0.1", "src and dst 10.0.0.1",
	"ip host 10.0.0.1", "arp host 10.0.0.1", "rarp host 10.0.0.1", "host 10.0.0.1 or 192.168.1.1", "host 10.0.0.1 and not 10.0.0.2", "host 10", "host 10.1",
	"host 2001:db8::1", "src host ::1", "ip6 host 2001:db8::2", "dst 2001:db8::1 or 2001:db8::2", "host ::ffff:10.0.0.1",
	"net 10", "net 10.1", "net 192.168.1", "net 10.0.0.0/8", "src net 10.1.0.0/16", "dst net 192.168.1.1/32", "net 0.0.0.0/0", "net 10.0.0.0/31",
	"net 10.0.0.0 mask 255.0.0.0", "net 10.0.0.1", "net 10.0.0.0 mask 255.255", "net 2001:db8::/32", "src net 2001:db8:8000::/33", "net ::/0", "net 2001:db8::/127", "ip6 net 2001:db8::1",
	"port 80", "tcp port 80", "udp port 53", "sctp port 80", "src port 443", "dst port 443", "tcp src port 80", "tcp dst port 80", "udp src or dst port 53", "src and dst port 80",
	"port 80 or 443", "port 80 or 443 or 8080", "port (80 or 443)", "tcp port 80 or 443", "not port 80 or 443", "port 80 and not 443", "port 80 or not (443 or 53)", "!port 22 && !port 53",
	"port http", "port https", "tcp port domain", "port ssh or http", "port domain", "udp port domain", "port http-alt", "port 0120", "port 0x50",
	"portrange 80-443", "tcp portrange 443-80", "udp src portrange 50-60", "portrange 80", "portrange 0-65535", "portrange ssh-http",
	"proto 6", "ip proto 6", "ip6 proto 17", "proto 6 or 17", `proto \udp`, `ip proto \tcp or \udp`, "ether proto 0x86dd", `ether proto \arp`, `ip6 proto \icmp`,
	"tcp[tcpflags] & tcp-syn != 0", "tcp[tcpflags] & (tcp-syn|tcp-fin|tcp-rst) != 0", "tcp[tcpflags] == tcp-syn", "tcp[13] = 18", "tcp[13] & 2 = 2", "tcp[0:2] = 80",
	"tcp[((tcp[12:1] & 0xf0) >> 2):4] = 0x47455420", "tcp port 80 and (((ip[2:2] - ((ip[0]&0xf)<<2)) - ((tcp[12]&0xf0)>>2)) != 0)", "tcp[20:4] = 0x48545450",
	"udp[0:2] = 53 or udp[2:2] = 53", "icmp[icmptype] = icmp-echo", "icmp[0] != 8", "icmp6[icmp6type] > 100", "ip[8] < 64", "ip[6:2] & 0x1fff != 0", "ip[0] & 0xf > 5", "ip6[6] = 6", "arp[6:2] = 2",
	"ip[2:2] > ip[4:2]", "ip[8] + ip[9] >= 70", "ip[8] * 2 - 1 > 50", "ip[8] / 3 = 7", "ip[8] % 4 = 1", "ip[8] ^ 0xff > 200", "ip[8] << 2 > 100", "-ip[8] > 0xffffff80", "ip and 100 / ip[1] > 2", "ip[8] | 1 = ip[8]",
	"tcp[ip[1] & 15] > 128", "ip[ip[0] & 0xf] = tcp[3]", "1 + 2 ^ 3 = ip[0] & 2", "ip[8] * 2 % 3 + 4 > 9", "ip[8] - ip[9] - ip[1] > 5", "(ip[8] & 1) = 1", "((ip[8]) + (1)) > 20", "udp[ip[8]:2] > 5",
	"less 80", "greater 80", "len > 100", "len <= 60", "length != 70", "port 80 or 443 = len", "len - 14 >= ip[2:2]",
	"tcp and port 80 or udp and port 53", "tcp and (port 80 or port 443) and not host 10.0.0.2", "not arp and not icmp", "not (tcp or udp)", "not not tcp", "! ( ! tcp )",
	"host 10.0.0.1 and port 80 and tcp[tcpflags] & tcp-syn != 0", "(tcp port 80 and (host 10.0.0.1 or host 2001:db8::1)) or arp", "tcp or udp or icmp or icmp6 or arp", "port 80 and host 10.0.0.1 or 10.0.0.2",
	"ip multicast", "ip6 multicast", "ip and not ip multicast", "tcp port 80 and 1 = 1", "tcp or 1 = 2",
	"ip host 10.0.0.1 and tcp src port 80 or ip6", "udp and not port 53", "ip and tcp and dst port 8080", "tcp dst port 8080 or tcp src port 8080",
}

// ethernetExpressions ask for what only Ethernet has.
var ethernetExpressions = []string{
	"vlan", "vlan 1", "vlan 2 and tcp port 80", "vlan and vlan", "vlan and vlan 3 and host 10.0.0.1", "vlan and port 80 or 443", "not vlan", "vlan (2)", "tcp or vlan and tcp",
	"ether broadcast", "broadcast", "ether multicast", "multicast", "ether host 02:00:5e:00:00:01", "ether dst 2:0:5e:0:0:1", "ether src 02-00-5e-00-00-02", "ether host 0200.5e00.0002",
	"ether[0] & 1 = 0", "ether[12:2] = 0x0800 and tcp", "ether proto 0x88cc", "link[6] = 2", "ether host 02005e000001",
}

var linkTypes = []int{linkEthernet, linkRaw, linkLinuxSLL, linkLinuxSLL2}

// expressionsFor says which of them tcpdump takes for a link type.
func expressionsFor(link int) []string {
	switch link {
	case linkEthernet:
		return append(append([]string(nil), expressions...), ethernetExpressions...)
	case linkLinuxSLL:
		return append([]string{"inbound", "outbound and tcp"}, expressions...)
	case linkLinuxSLL2:
		return append([]string{"inbound", "outbound and tcp", "ifindex 1", "ifindex 2 and port 80"}, expressions...)
	}
	return expressions
}

// TestVerdictsEqualTcpdumps runs our program and tcpdump's side by side.
func TestVerdictsEqualTcpdumps(t *testing.T) {
	frames := append(captured(t, 3), invented(6000)...)
	require.Greater(t, len(frames), 6500)
	for _, link := range linkTypes {
		t.Run(linkNames[link], func(t *testing.T) {
			for _, expression := range expressionsFor(link) {
				compareVerdicts(t, expression, link, frames)
			}
		})
	}
}

// TestRandomExpressions joins primitives at random: what binds to what, which
// qualifier an id inherits, and what stands behind a VLAN tag.
func TestRandomExpressions(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	frames := append(captured(t, 40), invented(1500)...)
	for range 250 {
		compareVerdicts(t, randomExpression(random, 3), linkEthernet, frames)
	}
}

func randomExpression(random *rand.Rand, depth int) string {
	expression := randomTerm(random, depth)
	for range random.IntN(3) {
		expression += pick(random, " and ", " or ", " && ", " || ") + pick(random, "", "", "not ") + randomTerm(random, depth-1)
	}
	return expression
}

func randomTerm(random *rand.Rand, depth int) string {
	if depth > 0 && random.IntN(4) == 0 {
		return pick(random, "(", "! (", "not(") + randomExpression(random, depth-1) + ")"
	}
	return pick(random, "tcp", "udp", "ip6", "arp", "icmp", "vlan", "vlan 1",
		"port 80 or 443", "tcp port 443 or not 80", "udp dst port 53", "src port (80 or 22)", "portrange 80-8080", "port 80 or (443 or 53 and 22)",
		"host 10.0.0.1 or 10.0.0.2", "src 10.1.2.3", "net 192.168.0.0/16", "host 2001:db8::1 or ::1", "dst net 2001:db8:8000::/34", "src or dst host 10.0.0.2",
		"ip[8] & 3 != 1", "tcp[13] & 0x12 = 2", "tcp[13] > ip[8]", "ip[2:2] - 20 < 64", "icmp6[0] & 1 = 1", "(ip[1] + ip[8]) * 2 > 300", "ip[0] & 0xf != 5",
		"less 70", "greater 90", "len = 74", "ip proto 6 or 17", "ether[0] & 1 = 1", "ip multicast")
}

// TestCutPackets: where a field is missing, a program ends with no match. Which
// missing field it comes upon depends on the order in which it looks; libpcap's
// optimiser changes that order where fields are shared, as in port 80 or 443,
// and there a packet that is cut within its ports may be judged otherwise.
func TestCutPackets(t *testing.T) {
	frames := cut(invented(3000))
	for _, expression := range []string{
		"ip", "tcp", "udp", "arp", "icmp6", "host 10.0.0.1", "src host 10.0.0.1", "net 10.0.0.0/8", "host 2001:db8::1", "tcp port 80", "udp port 53", "port 80", "portrange 80-443",
		"tcp[13] & 2 != 0", "icmp6[0] = 128", "ip[8] > 60", "vlan", "vlan 1", "not arp", "len > 50", "ether host 02:00:5e:00:00:01",
		"tcp port 80 or arp", "not port 80", "vlan and tcp port 80", "host 10.0.0.1 and tcp port 80",
	} {
		compareVerdicts(t, expression, linkEthernet, frames)
	}
}

// TestRightOperandsAreOfTheirProtocol is where libpcap is not followed: it
// forgets the condition that an accessor brings if that stands on the right.
func TestRightOperandsAreOfTheirProtocol(t *testing.T) {
	frames := append(captured(t, 3), invented(2000)...)
	compareVerdicts(t, "100 / ip[1] > 2", linkEthernet, frames, "ip and 100 / ip[1] > 2")
	compareVerdicts(t, "1 + tcp[13] > 5", linkEthernet, frames, "tcp[0] >= 0 and 1 + tcp[13] > 5")
}

// compareVerdicts holds our program of an expression against tcpdump's, of the
// same expression or of those given.
func compareVerdicts(t *testing.T, expression string, link int, frames []frame, instead ...string) {
	t.Helper()
	theirs, err := CompileWithTcpdump(context.Background(), append(instead, expression)[0], link)
	if err != nil && strings.Contains(err.Error(), "rejects all packets") {
		theirs = []bpf.RawInstruction{{Op: 6}} // ret #0
	} else {
		require.NoError(t, err, expression)
	}
	ours, err := Compile(expression, link)
	if err != nil && strings.Contains(err.Error(), "rejects all packets") {
		ours = []bpf.RawInstruction{{Op: 6}}
	} else {
		require.NoError(t, err, expression)
	}
	us, them := machine(t, ours), machine(t, theirs)
	matched := 0
	for i, f := range frames {
		packet := f.as(link)
		want, got := run(t, them, packet), run(t, us, packet)
		if want > 0 {
			matched++
		}
		if !assert.Equal(t, want > 0, got > 0, "%s: packet %d: % x", expression, i, packet) {
			return
		}
	}
	t.Logf("%-60s %5d of %d packets, %d instructions (tcpdump: %d)", expression, matched, len(frames), len(ours), len(theirs))
}

func machine(t testing.TB, program []bpf.RawInstruction) *bpf.VM {
	t.Helper()
	instructions, ok := bpf.Disassemble(program)
	require.True(t, ok)
	for i, ins := range instructions {
		if _, negates := ins.(bpf.NegateA); negates { // which this machine lacks
			instructions[i] = bpf.ALUOpConstant{Op: bpf.ALUOpMul, Val: 0xffffffff}
		}
	}
	vm, err := bpf.NewVM(instructions)
	require.NoError(t, err)
	return vm
}

func run(t testing.TB, vm *bpf.VM, packet []byte) int {
	t.Helper()
	verdict, err := vm.Run(packet)
	require.NoError(t, err)
	return verdict
}

// TestTcpdumpRefusesToo holds those errors against tcpdump that are about the
// expression and not about this package.
func TestTcpdumpRefusesToo(t *testing.T) {
	for _, expression := range []string{
		"10.0.0.1", "80", "tcp or 80", "(port 80) or 443", "port 99999", "host 10.0.0.0/8", "net 10.0.0.1/8", "net 10.0.0.0/33", "tcp host 10.0.0.1", "ip6 host 10.0.0.1", "ip host ::1",
		"udp port http", "src tcp port 80", "port", "host", "tcp port", "and", "tcp and", "not", "(tcp", "tcp)", "()", "tcp[13", "tcp[13] & 2", "tcp[1:3] = 1", "ip[1] / 0 = 1", "ip[1] << 32 = 1",
		"host 10.0.0.300", "port 80-443", "tcp proto 6", "ether broadcast 1", "tcp udp", "vlan 4096", "arp broadcast", "TCP", "tcp && || udp", "port -1", "host 1.2.3.4.5", "portrange 80-99999", "$", "ether", "tcp[tcpflags]",
		"ah[0] = 1", "1 = 2", "ip and arp", "vlan and ip and ip6", "len", "4294967296 = len", "089 = len", "ether proto 2001:db8::1", "net 2001:db8::1/32", "port 10.0.0.1", "host 02:00:5e:00:00:01", "ip proto foo",
		"host 10.0.0.1 or (10.0.0.2 and port 80)",
	} {
		_, theirs := CompileWithTcpdump(context.Background(), expression, linkEthernet)
		require.Error(t, theirs, expression)
		_, ours := Compile(expression, linkEthernet)
		if assert.Error(t, ours, expression) {
			t.Logf("%-30s\n\tours    %v\n\ttcpdump %v", expression, ours, theirs)
		}
	}
}

// TestUnsupportedIsSaid lists what tcpdump can and this package cannot.
func TestUnsupportedIsSaid(t *testing.T) {
	for _, expression := range []string{
		"host web1", "net backend", "ip protochain 6", "mpls", "pppoes", "geneve", "llc", "stp", "ether proto 42", "iso", "atalk", "byte 4 = 1", "gateway web1", "ip broadcast", "src host web1.example.com",
	} {
		_, err := Compile(expression, linkEthernet)
		require.Error(t, err, expression)
		assert.ErrorIs(t, err, ErrUnsupported, expression)
		t.Log(err)
	}
	_, err := Compile("tcp", 105)
	assert.ErrorIs(t, err, ErrUnsupported)
}
