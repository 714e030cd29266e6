package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// inNamespace calls do in the network namespace at path, on a thread that is
// in it for that time only; in the caller's own if path is empty. Sockets that
// do opens stay in that namespace.
func inNamespace(path string, do func() error) error {
	if path == "" {
		return do()
	}
	done := make(chan error)
	go func() { done <- visit(path, do) }()
	return <-done
}

// visit locks its thread. If there is no way back for the thread, it stays
// locked, and ends with its goroutine.
func visit(path string, do func() error) error {
	runtime.LockOSThread()
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return fmt.Errorf("remember our own network namespace: %w", err)
	}
	defer func() { _ = home.Close() }()
	there, err := os.Open(path)
	if err != nil {
		runtime.UnlockOSThread()
		return namespaceError(path, err)
	}
	defer func() { _ = there.Close() }()
	if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
		runtime.UnlockOSThread()
		return namespaceError(path, err)
	}
	err = do()
	if unix.Setns(int(home.Fd()), unix.CLONE_NEWNET) == nil {
		runtime.UnlockOSThread()
	}
	return err
}

func namespaceError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		capability := "CAP_SYS_ADMIN"
		if pathError := (*fs.PathError)(nil); errors.As(err, &pathError) {
			capability = "CAP_SYS_PTRACE" // what /proc/PID/ns of another user's process asks for
		}
		return &MissingCapability{Doing: "entering network namespace " + path, Capability: capability, Err: err}
	case errors.Is(err, fs.ErrNotExist):
		return noNamespace(path, err)
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("enter network namespace %s: it is not one: %w", path, err)
	}
	return fmt.Errorf("enter network namespace %s: %w", path, err)
}

// noNamespace says which namespaces there are instead, or that the process ended.
func noNamespace(path string, err error) error {
	if pid, ok := strings.CutPrefix(path, "/proc/"); ok {
		return fmt.Errorf("enter network namespace %s: no process %s runs here: %w", path, strings.TrimSuffix(pid, "/ns/net"), err)
	}
	var names []string
	entries, _ := os.ReadDir(filepath.Dir(path)) // what can't be listed is not
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if len(names) == 0 {
		names = []string{"none"}
	}
	return fmt.Errorf("enter network namespace %s: there is no such namespace (in %s are: %s): %w", path, filepath.Dir(path), strings.Join(names, " "), err)
}

// LiveInterfaces lists the interfaces of the network namespace at path (empty:
// the caller's own).
func LiveInterfaces(namespace string) (list []net.Interface, err error) {
	err = inNamespace(namespace, func() error {
		list, err = net.Interfaces()
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	return list, nil
}

// LiveLink is the link type that packets of an interface have when captured by
// [OpenLive], for which a filter must be compiled.
func LiveLink(iface, namespace string) (link LinkType, err error) {
	err = inNamespace(namespace, func() error {
		d, err := lookUp(iface)
		link = d.link
		return err
	})
	return link, err
}

// device is an interface to capture on.
type device struct {
	name     string
	index    int32 // 0 is any
	loopback bool
	link     LinkType
	cooked   bool
}

// lookUp finds an interface in the thread's network namespace.
func lookUp(name string) (device, error) {
	if name == AnyInterface {
		return device{name: name, link: LinkLinuxSLL2, cooked: true}, nil
	}
	if len(name) == 0 || len(name) >= unix.IFNAMSIZ {
		return device{}, fmt.Errorf("capture on %q: names of interfaces have 1 to %d bytes: %w", name, unix.IFNAMSIZ-1, unix.ENODEV)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return device{}, fmt.Errorf("look up %s: %w", name, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var request ifreqIndex
	copy(request.name[:], name)
	if err := request.ask(fd, unix.SIOCGIFINDEX); err != nil {
		return device{}, noInterface(name, err)
	}
	d := device{name: name, index: request.index}
	if err := request.ask(fd, unix.SIOCGIFHWADDR); err != nil {
		return device{}, noInterface(name, err)
	}
	hardware := *(*uint16)(unsafe.Pointer(&request.index)) // sa_family of the address that overlays it
	d.loopback = hardware == unix.ARPHRD_LOOPBACK
	link, ok := linkOf(hardware)
	d.link, d.cooked = link, !ok
	return d, nil
}

// noInterface says which interfaces there are instead.
func noInterface(name string, err error) error {
	if !errors.Is(err, unix.ENODEV) {
		return fmt.Errorf("look up %s: %w", name, err)
	}
	list, _ := net.Interfaces() // what can't be listed is not
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].Name
	}
	return fmt.Errorf("capture on %s: no such interface (there are %s): %w", name, strings.Join(names, " "), err)
}

// ifreqIndex is struct ifreq (netdevice(7)) with an interface index in it.
type ifreqIndex struct {
	name  [unix.IFNAMSIZ]byte
	index int32
	_     [20]byte
}

func (r *ifreqIndex) ask(fd int, what uintptr) error {
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), what, uintptr(unsafe.Pointer(r)))
	if errno != 0 {
		return errno
	}
	return nil
}
