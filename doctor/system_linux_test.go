package doctor

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestThisHost examines the host that the test runs on, as root.
func TestThisHost(t *testing.T) {
	require.Zero(t, os.Geteuid(), "capture needs root")
	byName := map[string]Check{}
	for _, c := range Examine(Options{}) {
		t.Logf("%+v", c)
		assert.NotEmpty(t, c.Detail, c.Name)
		byName[c.Name] = c
	}
	for _, name := range []string{"kernel", "packet socket", "CAP_NET_RAW", "interfaces"} {
		assert.Equal(t, Works, byName[name].State, byName[name].Detail)
	}
	var kernel unix.Utsname
	require.NoError(t, unix.Uname(&kernel))
	assert.Equal(t, "Linux "+unix.ByteSliceToString(kernel.Release[:]), byName["kernel"].Detail)
	_, err := exec.LookPath("tcpdump")
	assert.Equal(t, err == nil, byName["tcpdump"].State == Works)
}

// TestAnUnprivilegedProcess gives its capabilities up, on a thread of its own.
func TestAnUnprivilegedProcess(t *testing.T) {
	results := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var none [2]unix.CapUserData
		if err := unix.Capset(&header, &none[0]); err != nil {
			results <- err
			return
		}
		results <- tryPacketSocket()
	}()
	err := <-results
	require.ErrorIs(t, err, os.ErrPermission)
	c := packetSocket(Options{System: &System{PacketSocket: func() error { return err }}})
	assert.Equal(t, DoesNotWork, c.State)
	assert.Contains(t, c.Remedy, "CAP_NET_RAW")
}

// TestOffloads holds what we read against what ethtool switches, on a veth of
// the test's own namespace.
func TestOffloads(t *testing.T) {
	name := fmt.Sprintf("hophound-doctor-%d", os.Getpid())
	run := func(arguments ...string) {
		t.Helper()
		out, err := exec.Command("ip", arguments...).CombinedOutput()
		require.NoError(t, err, string(out))
	}
	run("netns", "add", name)
	t.Cleanup(func() { _ = exec.Command("ip", "netns", "del", name).Run() })
	run("-n", name, "link", "add", "left", "type", "veth", "peer", "name", "right")
	run("-n", name, "link", "set", "left", "up")

	type answer struct {
		before, after []Interface
		err           error
	}
	answers := make(chan answer)
	go func() {
		runtime.LockOSThread() // never unlocked
		var a answer
		defer func() { answers <- a }()
		namespace, err := os.Open("/run/netns/" + name)
		if err != nil {
			a.err = err
			return
		}
		defer namespace.Close()
		if a.err = unix.Setns(int(namespace.Fd()), unix.CLONE_NEWNET); a.err != nil {
			return
		}
		if a.before, a.err = listInterfaces(); a.err != nil {
			return
		}
		if a.err = switchOff("left", unix.ETHTOOL_STSO); a.err != nil {
			return
		}
		a.after, a.err = listInterfaces()
	}()
	a := <-answers
	require.NoError(t, a.err)
	before, after := find(t, a.before, "left"), find(t, a.after, "left")
	assert.True(t, before.Up)
	assert.Contains(t, before.Offloads, "tcp-segmentation-offload")
	assert.NotContains(t, after.Offloads, "tcp-segmentation-offload")
	assert.Contains(t, after.Offloads, "generic-segmentation-offload")
	assert.False(t, find(t, a.after, "lo").Up, "that of a new namespace is down")
}

func find(t *testing.T, all []Interface, name string) Interface {
	t.Helper()
	for _, i := range all {
		if i.Name == name {
			return i
		}
	}
	require.Fail(t, "no such interface", name)
	return Interface{}
}

func switchOff(name string, command uint32) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	ethtoolValue(fd, name, command) // its data is 0: off
	return nil
}
