package tcp

import (
	"encoding/binary"
	"net/netip"
)

// address is an IP address as two words, cheap to compare and to hash. An IPv4
// address is held in its IPv4-mapped form (RFC 4291 §2.5.5.2).
type address struct{ hi, lo uint64 }

const mappedPrefix = 0xffff << 32

func ipv4Address(b []byte) address { return address{lo: mappedPrefix | uint64(be32(b))} }

func ipv6Address(b []byte) address { return address{hi: be64(b), lo: be64(b[8:])} }

// less orders addresses by their bytes.
func (a address) less(b address) bool {
	return a.hi < b.hi || a.hi == b.hi && a.lo < b.lo
}

// netip gives the address in the form others know, IPv4 plain.
func (a address) netip() netip.Addr {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], a.hi)
	binary.BigEndian.PutUint64(b[8:], a.lo)
	return netip.AddrFrom16(b).Unmap()
}
