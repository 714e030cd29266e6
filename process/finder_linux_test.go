package process

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// TestMain lets the test's binary be the server whose sockets are looked for.
func TestMain(m *testing.M) {
	if address := os.Getenv("PROCESS_TEST_SERVE"); address != "" {
		serve(address)
	}
	os.Exit(m.Run())
}

// serve accepts connections and holds them open until they are closed.
func serve(address string) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("listening")
	for {
		c, err := l.Accept()
		if err != nil {
			os.Exit(1)
		}
		go io.Copy(io.Discard, c)
	}
}

// namespace is a network namespace of the test's own: loopback and nothing else.
type namespace struct {
	path string
	do   chan func()
}

func newNamespace(t *testing.T) *namespace {
	t.Helper()
	n := &namespace{do: make(chan func())}
	ready := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine, and the namespace with it
		ready <- n.unshare()
		for f := range n.do {
			f()
		}
	}()
	require.NoError(t, <-ready, "making a network namespace needs root")
	t.Cleanup(func() { close(n.do) })
	return n
}

func (n *namespace) unshare() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	n.path = fmt.Sprintf("/proc/%d/task/%d/ns/net", os.Getpid(), unix.Gettid())
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq("lo")
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// in runs f in the namespace and waits for it.
func (n *namespace) in(f func()) {
	done := make(chan struct{})
	n.do <- func() { defer close(done); f() }
	<-done
}

// server starts one in the namespace, as user nobody, and gives its process id.
func (n *namespace) server(t *testing.T, address string) int {
	t.Helper()
	command := exec.Command("/proc/self/exe")
	command.Env = append(os.Environ(), "PROCESS_TEST_SERVE="+address)
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := command.StdoutPipe()
	require.NoError(t, err)
	n.in(func() { err = command.Start() })
	require.NoError(t, err)
	t.Cleanup(func() { _ = command.Process.Kill(); _ = command.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "listening\n", line)
	return command.Process.Pid
}

// connect opens a connection in the namespace, from this process.
func (n *namespace) connect(t *testing.T, address string) (conn net.Conn, client, server netip.AddrPort) {
	t.Helper()
	var fd int
	var err error
	to := netip.MustParseAddrPort(address)
	n.in(func() { fd, err = dial(to) })
	require.NoError(t, err)
	file := os.NewFile(uintptr(fd), "")
	defer file.Close()
	conn, err = net.FileConn(file)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn, netip.MustParseAddrPort(conn.LocalAddr().String()), to
}

// dial connects on the calling thread, which net.Dial does not promise.
func dial(to netip.AddrPort) (int, error) {
	if to.Addr().Is4() {
		fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return 0, err
		}
		return fd, unix.Connect(fd, &unix.SockaddrInet4{Addr: to.Addr().As4(), Port: int(to.Port())})
	}
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	return fd, unix.Connect(fd, &unix.SockaddrInet6{Addr: to.Addr().As16(), Port: int(to.Port())})
}

func newFinder(t *testing.T, n *namespace, interval time.Duration) *Finder {
	t.Helper()
	f := NewFinder(Options{Namespaces: []string{n.path}, Interval: interval})
	t.Cleanup(func() { assert.NoError(t, f.Close()) })
	require.NoError(t, f.Err())
	return f
}

// eventually waits until the Finder has an answer that is not a listener's.
func eventually(t *testing.T, f *Finder, local, remote netip.AddrPort) Owner {
	t.Helper()
	var owner Owner
	require.Eventually(t, func() bool {
		var ok bool
		owner, ok = f.Lookup(local, remote)
		return ok && !owner.Listener && owner.PID != 0
	}, 10*time.Second, 10*time.Millisecond)
	return owner
}

func TestBothEndsHaveTheirProcess(t *testing.T) {
	for _, c := range []struct{ listen, connect string }{
		{"127.0.0.1:8080", "127.0.0.1:8080"}, {"[::1]:8080", "[::1]:8080"}, {"[::]:8080", "127.0.0.1:8080"}, {"[::]:8080", "[::1]:8080"},
	} {
		t.Run(c.listen+" from "+c.connect, func(t *testing.T) {
			n := newNamespace(t)
			pid := n.server(t, c.listen)
			_, client, server := n.connect(t, c.connect)
			f := newFinder(t, n, time.Hour) // it is Lookup that asks

			served := eventually(t, f, server, client)
			assert.Equal(t, pid, served.PID)
			assert.Equal(t, "nobody", served.User)
			assert.Equal(t, "exe", served.Command)

			assert.Equal(t, os.Getpid(), eventually(t, f, client, server).PID)
		})
	}
}

// TestClosedConnectionsAreKnown: rounds met the connection while it was open.
func TestClosedConnectionsAreKnown(t *testing.T) {
	n := newNamespace(t)
	pid := n.server(t, "127.0.0.1:8080")
	f := newFinder(t, n, 10*time.Millisecond)
	conn, client, server := n.connect(t, "127.0.0.1:8080")
	require.Eventually(t, func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		there, here := f.known.get(connection{server, client}), f.known.get(connection{client, server})
		return there != nil && there.found && here != nil && here.found
	}, 10*time.Second, 10*time.Millisecond)
	require.NoError(t, conn.Close())
	time.Sleep(100 * time.Millisecond) // some rounds without it

	owner, ok := f.Lookup(server, client)
	require.True(t, ok)
	assert.Equal(t, pid, owner.PID)
	assert.False(t, owner.Listener)
	owner, ok = f.Lookup(client, server)
	require.True(t, ok)
	assert.Equal(t, os.Getpid(), owner.PID)
}

// TestListenerAnswersForAConnectionNeverMet and nobody does for a client's end.
func TestListenerAnswersForAConnectionNeverMet(t *testing.T) {
	for _, listen := range []string{"127.0.0.1:8080", "[::]:8080"} {
		n := newNamespace(t)
		pid := n.server(t, listen)
		f := newFinder(t, n, 10*time.Millisecond)
		server, client := netip.MustParseAddrPort("127.0.0.1:8080"), netip.MustParseAddrPort("127.0.0.1:4242")
		require.Eventually(t, func() bool { _, ok := f.Lookup(server, client); return ok }, 10*time.Second, 10*time.Millisecond)
		owner, _ := f.Lookup(server, client)
		assert.Equal(t, pid, owner.PID)
		assert.True(t, owner.Listener)
		_, ok := f.Lookup(client, server)
		assert.False(t, ok)
	}
}

func TestNamespacesAreApart(t *testing.T) {
	a, b := newNamespace(t), newNamespace(t)
	a.server(t, "127.0.0.1:8080")
	_, client, server := a.connect(t, "127.0.0.1:8080")
	eventually(t, newFinder(t, a, time.Hour), server, client)
	_, ok := newFinder(t, b, time.Hour).Lookup(server, client)
	assert.False(t, ok)
}

func TestAMissingNamespaceIsTold(t *testing.T) {
	f := NewFinder(Options{Namespaces: []string{"/run/netns/there-is-none"}})
	defer f.Close()
	assert.ErrorIs(t, f.Err(), os.ErrNotExist)
	_, ok := f.Lookup(netip.MustParseAddrPort("127.0.0.1:1"), netip.MustParseAddrPort("127.0.0.1:2"))
	assert.False(t, ok)
}

// TestManyConnections: hundreds at once, each with its process.
func TestManyConnections(t *testing.T) {
	n := newNamespace(t)
	pid := n.server(t, "127.0.0.1:8080")
	f := newFinder(t, n, 20*time.Millisecond)
	var clients []netip.AddrPort
	server := netip.MustParseAddrPort("127.0.0.1:8080")
	for range 300 {
		_, client, _ := n.connect(t, "127.0.0.1:8080")
		clients = append(clients, client)
	}
	for _, client := range clients {
		assert.Equal(t, pid, eventually(t, f, server, client).PID)
	}
	assert.True(t, strings.HasPrefix(n.path, "/proc/"))
}

// A panic while it looks ends neither the program nor the watching, and is told.
func TestFinderSurvivesPanics(t *testing.T) {
	f := &Finder{known: newTable(time.Minute, 10), sockets: []*sockets{nil}}
	f.round()
	require.EqualError(t, f.Err(), "look whose sockets there are: internal error (runtime.errorString)")
	f.sockets = nil
	f.round()
}
