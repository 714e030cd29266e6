package capture

import (
	"encoding/binary"
	"strconv"

	"golang.org/x/sys/unix"
)

const (
	sll2Len    = 20 // https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
	vlanTagLen = 4  // IEEE 802.1Q: protocol identifier and control information
	macsLen    = 12 // the two addresses that begin an Ethernet header
)

// maxInterfaces limits what is kept of the interfaces seen on "any", where
// containers may come and go for days. Later ones count as "any" itself.
const maxInterfaces = 4096

// linkOf tells what packets of an interface begin with, by its hardware type
// (ARPHRD_…, linux/if_arp.h). ok is false for what is only captured cooked.
func linkOf(hardware uint16) (link LinkType, ok bool) {
	switch hardware {
	case unix.ARPHRD_ETHER, unix.ARPHRD_LOOPBACK:
		return LinkEthernet, true
	case unix.ARPHRD_NONE, unix.ARPHRD_RAWIP, unix.ARPHRD_TUNNEL, unix.ARPHRD_TUNNEL6, unix.ARPHRD_SIT:
		return LinkRaw, true
	}
	return LinkLinuxSLL2, false
}

// linkAddr is the kernel's struct sockaddr_ll of a packet (packet(7)): family,
// protocol, interface index, hardware type, packet type, length and bytes of
// the sender's address.
type linkAddr [unix.SizeofSockaddrLinklayer]byte

// linkAddress is where the ring keeps it: behind the frame's header.
func linkAddress(frame []byte) *linkAddr {
	return (*linkAddr)(frame[unix.SizeofTpacket3Hdr:])
}

func (a *linkAddr) protocol() []byte { return a[2:4] } // in network byte order
func (a *linkAddr) index() int32     { return int32(binary.NativeEndian.Uint32(a[4:])) }
func (a *linkAddr) hardware() uint16 { return binary.NativeEndian.Uint16(a[8:]) }
func (a *linkAddr) kind() byte       { return a[10] }

// loopedBack tells the first of the two times that a loopback interface shows
// each packet, as libpcap does.
func (a *linkAddr) loopedBack() bool {
	return a.kind() == unix.PACKET_OUTGOING && a.hardware() == unix.ARPHRD_LOOPBACK
}

// cook writes an SLL2 header: protocol, two unused bytes, interface index,
// hardware type, packet type, length and bytes of the sender's address.
func (a *linkAddr) cook(to []byte) {
	copy(to, a.protocol())
	to[2], to[3] = 0, 0
	binary.BigEndian.PutUint32(to[4:], uint32(a.index()))
	binary.BigEndian.PutUint16(to[8:], a.hardware())
	copy(to[10:sll2Len], a[10:])
}

// restoreTag puts the VLAN tag, which the kernel keeps beside the packet in
// frame[start:end], back into it. The packet begins four bytes earlier then.
func restoreTag(frame []byte, start, end int, cooked bool, header *unix.Tpacket3Hdr) bool {
	protocol := uint16(unix.ETH_P_8021Q)
	if header.Status&unix.TP_STATUS_VLAN_TPID_VALID != 0 {
		protocol = header.Hv1.Vlan_tpid
	}
	control := uint16(header.Hv1.Vlan_tci)
	to := frame[start-vlanTagLen:]
	if cooked { // protocol, …, | control, the protocol it had
		inner := binary.BigEndian.Uint16(frame[start:])
		copy(to, frame[start:start+sll2Len])
		binary.BigEndian.PutUint16(to, protocol)
		binary.BigEndian.PutUint16(to[sll2Len:], control)
		binary.BigEndian.PutUint16(to[sll2Len+2:], inner)
		return true
	}
	if end-start < macsLen {
		return false
	}
	copy(to, frame[start:start+macsLen])
	binary.BigEndian.PutUint16(to[macsLen:], protocol)
	binary.BigEndian.PutUint16(to[macsLen+2:], control)
	return true
}

// interfaceTable knows the interfaces that packets came from.
type interfaceTable struct {
	all     []Interface
	byIndex map[int32]int // the kernel's index → place in all; nil if there is only one
	index   int32         // the last one looked up,
	place   int           // and its place
}

// of is the place in all, and the link type, of the interface that a packet
// came from.
func (t *interfaceTable) of(s *socket, from *linkAddr) (int, LinkType) {
	if t.byIndex == nil {
		return 0, t.all[0].Link
	}
	if index := from.index(); index != t.index {
		t.index, t.place = index, t.placeOf(s, index)
	}
	return t.place, t.all[0].Link
}

func (t *interfaceTable) placeOf(s *socket, index int32) int {
	place, ok := t.byIndex[index]
	if ok || len(t.all) == maxInterfaces {
		return place
	}
	met := t.all[0]
	met.Name = s.interfaceName(index)
	t.all = append(t.all, met)
	place = len(t.all) - 1
	t.byIndex[index] = place
	return place
}

// interfaceName asks for an interface's name where the socket is, which may be
// another network namespace than ours. One that is gone is known by its index.
func (s *socket) interfaceName(index int32) string {
	var request ifreqIndex
	request.index = index
	if err := request.ask(s.fd, unix.SIOCGIFNAME); err != nil {
		return "if" + strconv.Itoa(int(index))
	}
	return unix.ByteSliceToString(request.name[:])
}
