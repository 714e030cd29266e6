package capture

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestOpenLiveErrors(t *testing.T) {
	h := newHost(t)
	h.ip(t, "link", "add", "down0", "type", "veth", "peer", "name", "down1")
	for _, test := range []struct {
		options LiveOptions
		is      error
		says    string
	}{
		{LiveOptions{Interface: "eth9", Namespace: h.path()}, unix.ENODEV, "capture on eth9: no such interface (there are lo down1 down0)"},
		{LiveOptions{Interface: "down0", Namespace: h.path()}, unix.ENETDOWN, "capture on down0: the interface is down"},
		{LiveOptions{Interface: "", Namespace: h.path()}, unix.ENODEV, `capture on ""`},
		{LiveOptions{Interface: "averyveryverylongname", Namespace: h.path()}, unix.ENODEV, "1 to 15 bytes"},
		{LiveOptions{Interface: "lo", Namespace: "/run/netns/hophound-none"}, os.ErrNotExist, "enter network namespace /run/netns/hophound-none: there is no such namespace (in /run/netns are: "},
		{LiveOptions{Interface: "lo", Namespace: "/proc/4194305/ns/net"}, os.ErrNotExist, "no process 4194305 runs here"}, // one more than PID_MAX_LIMIT
		{LiveOptions{Interface: "lo", Namespace: "/dev/null"}, unix.EINVAL, "it is not one"},
	} {
		_, err := OpenLive(test.options)
		assert.ErrorIs(t, err, test.is)
		assert.ErrorContains(t, err, test.says)
	}
}

// A namespace is found by name, by path and by a process in it, and the
// threads that were there are back.
func TestLiveNamespaces(t *testing.T) {
	h := newHost(t)
	sleep := exec.Command("ip", "netns", "exec", string(h), "sleep", "1000")
	require.NoError(t, sleep.Start())
	t.Cleanup(func() {
		_ = sleep.Process.Kill()
		_ = sleep.Wait()
	})
	require.Eventually(t, func() bool { return sameNamespace(t, h.path(), fmt.Sprintf("/proc/%d/ns/net", sleep.Process.Pid)) },
		5*time.Second, 10*time.Millisecond)
	for _, where := range []string{
		"netns:" + string(h) + "/lo",
		"netns:" + h.path() + "/lo",
		fmt.Sprintf("pid:%d/lo", sleep.Process.Pid),
	} {
		name, live, err := ParseLive(where)
		require.NoError(t, err)
		require.True(t, live)
		path, err := name.Namespace()
		require.NoError(t, err)
		link, err := LiveLink(name.Interface, path)
		require.NoError(t, err)
		assert.Equal(t, LinkEthernet, link)
		l, err := OpenLive(LiveOptions{Interface: name.Interface, Namespace: path})
		require.NoError(t, err)
		h.datagrams(t, 1, 77)
		assert.NotEmpty(t, rest(t, l), where)
		require.NoError(t, l.Close())
		assert.ErrorIs(t, l.Next(new(Packet)), os.ErrClosed)
	}
	list, err := LiveInterfaces(h.path())
	require.NoError(t, err)
	require.Len(t, list, 1)
	assert.Equal(t, net.FlagUp|net.FlagLoopback|net.FlagRunning, list[0].Flags)

	threads, err := os.ReadDir("/proc/self/task")
	require.NoError(t, err)
	for _, thread := range threads {
		assert.True(t, sameNamespace(t, "/proc/self/ns/net", "/proc/self/task/"+thread.Name()+"/ns/net"))
	}
}

func sameNamespace(t *testing.T, a, b string) bool {
	first, err := os.Stat(a)
	require.NoError(t, err)
	second, err := os.Stat(b)
	if err != nil {
		return os.IsNotExist(err) // a thread that has just ended
	}
	return os.SameFile(first, second)
}

// Without privileges the error names the capability. The test runs itself as
// nobody.
func TestOpenLiveWithoutPrivileges(t *testing.T) {
	if os.Getenv("HOPHOUND_TEST_NOBODY") != "" {
		_, err := OpenLive(LiveOptions{Interface: "lo"})
		missing := (*MissingCapability)(nil)
		require.ErrorIs(t, err, os.ErrPermission)
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, "CAP_NET_RAW", missing.Capability)
		assert.EqualError(t, err, "capturing on lo needs CAP_NET_RAW: operation not permitted")
		_, err = OpenLive(LiveOptions{Interface: "lo", Namespace: "/proc/self/ns/net"})
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, "CAP_SYS_ADMIN", missing.Capability)
		_, err = OpenLive(LiveOptions{Interface: "lo", Namespace: "/proc/1/ns/net"})
		require.ErrorAs(t, err, &missing)
		assert.Equal(t, "CAP_SYS_PTRACE", missing.Capability)
		return
	}
	self, err := os.ReadFile("/proc/self/exe")
	require.NoError(t, err)
	dir, err := os.MkdirTemp("/tmp", "hophound-nobody") // that of t.TempDir is root's alone
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	require.NoError(t, os.WriteFile(dir+"/capture.test", self, 0o755))
	cmd := exec.Command(dir+"/capture.test", "-test.run", "^"+t.Name()+"$", "-test.v")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "HOPHOUND_TEST_NOBODY=1")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	assert.NoError(t, err, "%s", out)
	assert.Contains(t, string(out), "--- PASS")
}

func TestRequiredCapabilities(t *testing.T) {
	given, err := json.Marshal([][]string{
		RequiredCapabilities(LiveOptions{}),
		RequiredCapabilities(LiveOptions{Heads: true}),
		RequiredCapabilities(LiveOptions{Namespace: "/run/netns/web"}),
	})
	require.NoError(t, err)
	assert.JSONEq(t, `[["CAP_NET_RAW"], ["CAP_NET_RAW", "CAP_BPF", "CAP_PERFMON"], ["CAP_NET_RAW", "CAP_SYS_ADMIN"]]`, string(given))
}
