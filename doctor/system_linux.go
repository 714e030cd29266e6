package doctor

import (
	"fmt"
	"net"
	"os"
	"runtime"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

func hostSystem() *System {
	return &System{PacketSocket: tryPacketSocket, Interfaces: listInterfaces, Clock: readClock}
}

// tryPacketSocket opens a socket for no protocol, so that no packet gets in.
func tryPacketSocket() error {
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	err = unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_VERSION, unix.TPACKET_V3)
	return os.NewSyscallError("setsockopt PACKET_VERSION", err)
}

func listInterfaces() ([]Interface, error) {
	all, err := net.Interfaces()
	if err != nil {
		return nil, fmt.Errorf("list interfaces: %w", err)
	}
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	defer unix.Close(fd)
	listed := make([]Interface, len(all))
	for i, known := range all {
		listed[i] = Interface{Name: known.Name, Up: known.Flags&net.FlagUp != 0, Offloads: offloads(fd, known.Name)}
	}
	return listed, nil
}

// offloads asks by SIOCETHTOOL (netdevice(7), linux/ethtool.h). Interfaces
// that do not answer have none.
func offloads(fd int, name string) []string {
	var on []string
	for _, offload := range [...]struct {
		command uint32
		name    string
	}{
		{unix.ETHTOOL_GGRO, "generic-receive-offload"},
		{unix.ETHTOOL_GGSO, "generic-segmentation-offload"},
		{unix.ETHTOOL_GTSO, "tcp-segmentation-offload"},
	} {
		if ethtoolValue(fd, name, offload.command) {
			on = append(on, offload.name)
		}
	}
	return on
}

// ethtoolValue reads one struct ethtool_value.
func ethtoolValue(fd int, name string, command uint32) bool {
	if len(name) >= unix.IFNAMSIZ {
		return false
	}
	value := struct{ command, data uint32 }{command: command}
	request := struct { // struct ifreq
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [24 - unsafe.Sizeof(uintptr(0))]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request)))
	runtime.KeepAlive(&value)
	return errno == 0 && value.data != 0
}

// readClock asks and sets nothing: no mode is given.
func readClock() (Clock, error) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return Clock{}, os.NewSyscallError("adjtimex", err)
	}
	return Clock{
		Synchronised: state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0,
		MaxError:     time.Duration(t.Maxerror) * time.Microsecond,
	}, nil
}
