package process

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"

	"github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// socket is what the kernel says of one.
type socket struct {
	connection
	inode uint32 // 0 if no process has it open any more
	user  uint32
}

// sockets asks the kernel for those of one network namespace, by sock_diag(7).
type sockets struct{ conn *netlink.Conn }

func openSockets(namespace string) (*sockets, error) {
	config := &netlink.Config{}
	where := "this network namespace"
	if namespace != "" {
		where = namespace
		file, err := os.Open(namespace)
		if err != nil {
			return nil, fmt.Errorf("open network namespace: %w", err)
		}
		defer file.Close()
		config.NetNS = int(file.Fd())
	}
	conn, err := netlink.Dial(unix.NETLINK_INET_DIAG, config)
	if err != nil {
		return nil, fmt.Errorf("ask for the sockets of %s: %w", where, err)
	}
	return &sockets{conn}, nil
}

// States of TCP (net/tcp_states.h) that are asked for: a socket in TIME_WAIT or
// NEW_SYN_RECV belongs to no process.
const (
	timeWait   = 6
	newSynRecv = 12
	wanted     = 0xfff &^ (1<<timeWait | 1<<newSynRecv)
)

// Sizes in bytes, and offsets, of linux/inet_diag.h. struct inet_diag_sockid,
// with the addresses, stands at 8 in the request and at 4 in the answer.
const (
	requestSize  = 56
	answerSize   = 72
	requestID    = 8
	answerID     = 4
	answerUser   = 64
	answerInode  = 68
	sourcePort   = 0
	remotePort   = 2
	sourceAddr   = 4
	remoteAddr   = 20
	cookieOffset = 40
)

// list gives all TCP sockets that a process may have.
func (s *sockets) list() ([]socket, error) {
	var all []socket
	for _, family := range [...]uint8{unix.AF_INET, unix.AF_INET6} {
		answers, err := s.conn.Execute(request(family, nil, netlink.Request|netlink.Dump))
		if err != nil {
			return all, fmt.Errorf("list TCP sockets: %w", err)
		}
		for _, answer := range answers {
			if got, ok := parseSocket(answer.Data); ok {
				all = append(all, got)
			}
		}
	}
	return all, nil
}

// get asks for one connection; the kernel answers with who listens, if there is
// no such connection.
func (s *sockets) get(c connection) (socket, bool) {
	family := uint8(unix.AF_INET6)
	if c.local.Addr().Is4() {
		family = unix.AF_INET
	}
	answers, err := s.conn.Execute(request(family, &c, netlink.Request))
	if err != nil || len(answers) == 0 {
		return socket{}, false
	}
	return parseSocket(answers[0].Data)
}

// request is a struct inet_diag_req_v2, for one connection or for all.
func request(family uint8, c *connection, flags netlink.HeaderFlags) netlink.Message {
	data := make([]byte, requestSize)
	data[0], data[1] = family, unix.IPPROTO_TCP
	binary.NativeEndian.PutUint32(data[4:], wanted)
	if c != nil {
		id := data[requestID:]
		binary.BigEndian.PutUint16(id[sourcePort:], c.local.Port())
		binary.BigEndian.PutUint16(id[remotePort:], c.remote.Port())
		copy(id[sourceAddr:], c.local.Addr().AsSlice())
		copy(id[remoteAddr:], c.remote.Addr().AsSlice())
		copy(id[cookieOffset:], []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}) // INET_DIAG_NOCOOKIE
	}
	return netlink.Message{Header: netlink.Header{Type: unix.SOCK_DIAG_BY_FAMILY, Flags: flags}, Data: data}
}

// parseSocket reads a struct inet_diag_msg.
func parseSocket(data []byte) (socket, bool) {
	if len(data) < answerSize {
		return socket{}, false
	}
	length := 16
	switch data[0] {
	case unix.AF_INET:
		length = 4
	case unix.AF_INET6:
	default:
		return socket{}, false
	}
	id := data[answerID:]
	end := func(address, port int) netip.AddrPort {
		a, _ := netip.AddrFromSlice(id[address : address+length])
		return plain(netip.AddrPortFrom(a, binary.BigEndian.Uint16(id[port:])))
	}
	s := socket{
		connection: connection{local: end(sourceAddr, sourcePort), remote: end(remoteAddr, remotePort)},
		user:       binary.NativeEndian.Uint32(data[answerUser:]),
		inode:      binary.NativeEndian.Uint32(data[answerInode:]),
	}
	if s.remote.Port() == 0 {
		s.remote = netip.AddrPort{} // it listens
	}
	return s, true
}
