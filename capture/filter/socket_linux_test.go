package filter

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

// TestKernelGivesTheVerdictsOfFiles sends frames over a veth and lets the kernel
// run our programs: what a socket lets in is what Compile's program takes of the
// same frame in a file, although the tag is elsewhere.
func TestKernelGivesTheVerdictsOfFiles(t *testing.T) {
	frames := wholeFrames(invented(500))
	for _, expression := range []string{
		"", "tcp", "port 80 or 443", "host 10.0.0.1", "host 2001:db8::1", "arp", "not arp", "tcp[tcpflags] & tcp-syn != 0",
		"vlan", "not vlan", "vlan 1", "vlan 2 and tcp", "vlan and port 80 or 443", "vlan and vlan", "vlan and vlan 3 and ip", "vlan and not vlan", "vlan and ether proto 0x86dd", "vlan 0 or vlan 1",
	} {
		inFile, err := Compile(expression, linkEthernet)
		require.NoError(t, err)
		onSocket, err := CompileSocket(expression, linkEthernet)
		require.NoError(t, err)
		vm := machine(t, inFile)
		kernel := sendThrough(t, onSocket, frames)
		for i, f := range frames {
			if !strings.Contains(expression, "vlan") {
				f = untagged(f) // as for tcpdump: who does not ask for a tag does not see one that is beside the packet
			}
			packet := f.as(linkEthernet)
			if !assert.Equal(t, run(t, vm, packet) > 0, kernel[i], "%s: % x", expression, packet) {
				break
			}
		}
	}
}

// firstNumber keeps our frames apart from what the kernel may send itself.
const firstNumber = 0x686f7000

// wholeFrames numbers frames by their last four bytes, which no filter looks at.
func wholeFrames(frames []frame) []frame {
	for i := range frames {
		frames[i].payload = binary.BigEndian.AppendUint32(append(frames[i].payload, make([]byte, 60)...), firstNumber+uint32(i))
	}
	return frames
}

// untagged takes the tag off that the kernel takes off.
func untagged(f frame) frame {
	if f.etherType == etherVLAN || f.etherType == etherSVLAN {
		return frame{binary.BigEndian.Uint16(f.payload[2:]), f.payload[4:]}
	}
	return f
}

// sendThrough tells which frames came through a filter on a socket at the other
// end of a veth, in a namespace of the test's own.
func sendThrough(t *testing.T, program []bpf.RawInstruction, frames []frame) map[int]bool {
	t.Helper()
	namespace := fmt.Sprintf("hophound-filter-%d", os.Getpid())
	ip := func(arguments ...string) {
		out, err := exec.Command("ip", arguments...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	ip("netns", "add", namespace)
	defer ip("netns", "del", namespace)
	ip("-n", namespace, "link", "add", "left", "type", "veth", "peer", "name", "right")
	ip("-n", namespace, "link", "set", "left", "up")
	ip("-n", namespace, "link", "set", "right", "up")

	through := map[int]bool{}
	failed := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		failed <- transmit("/run/netns/"+namespace, program, frames, through)
	}()
	require.NoError(t, <-failed)
	return through
}

func transmit(namespace string, program []bpf.RawInstruction, frames []frame, through map[int]bool) error {
	file, err := os.Open(namespace)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return err
	}
	for _, name := range []string{"left", "right"} {
		if err := running(name); err != nil {
			return err
		}
	}
	sender, err := openOn("left", nil)
	if err != nil {
		return err
	}
	defer unix.Close(sender)
	witness, err := openOn("right", []bpf.RawInstruction{{Op: 6, K: wholePacket}})
	if err != nil {
		return err
	}
	defer unix.Close(witness)
	filtered, err := openOn("right", program)
	if err != nil {
		return err
	}
	defer unix.Close(filtered)
	for _, f := range frames {
		if _, err := unix.Write(sender, f.as(linkEthernet)); err != nil {
			return err
		}
	}
	seen := map[int]bool{}
	for end := time.Now().Add(10 * time.Second); len(seen) < len(frames); {
		if time.Now().After(end) {
			return fmt.Errorf("only %d of %d frames arrived", len(seen), len(frames))
		}
		receive(witness, len(frames), seen)
	}
	time.Sleep(10 * time.Millisecond)
	receive(filtered, len(frames), through)
	return nil
}

// running waits until an interface carries packets: the kernel lets them through
// some time after it was set up.
func running(name string) error {
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		known, err := net.InterfaceByName(name)
		if err != nil {
			return err
		}
		if known.Flags&net.FlagRunning != 0 {
			return nil
		}
	}
	return fmt.Errorf("%s does not come up", name)
}

// openOn opens a packet socket on an interface; without program it only sends.
func openOn(name string, program []bpf.RawInstruction) (int, error) {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	protocol := 0
	if program != nil {
		protocol = unix.ETH_P_ALL
		filter := make([]unix.SockFilter, len(program))
		for i, raw := range program {
			filter[i] = unix.SockFilter{Code: raw.Op, Jt: raw.Jt, Jf: raw.Jf, K: raw.K}
		}
		if err := unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20); err != nil {
			return 0, err
		}
		if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}); err != nil {
			return 0, err
		}
	}
	known, err := net.InterfaceByName(name)
	if err != nil {
		return 0, err
	}
	return fd, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: uint16(protocol)<<8 | uint16(protocol)>>8, Ifindex: known.Index})
}

// receive takes all packets that wait, and notes their numbers.
func receive(fd, count int, seen map[int]bool) {
	buffer := make([]byte, 2048)
	for {
		n, _, err := unix.Recvfrom(fd, buffer, unix.MSG_DONTWAIT)
		if err != nil {
			return
		}
		if i := int(binary.BigEndian.Uint32(buffer[n-4:n])) - firstNumber; i >= 0 && i < count {
			seen[i] = true
		}
	}
}
