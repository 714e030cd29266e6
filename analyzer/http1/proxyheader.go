package http1

import (
	"bytes"
	"encoding/binary"
	"net/netip"
	"strconv"
	"strings"
)

const (
	maxProxyHeaders = 8 // in a row

	proxyV1Start = "PROXY "
	proxyV1Max   = 107 // bytes of a v1 header at most, with CR LF
	proxyV2Start = "\r\n\r\n\x00\r\nQUIT\n"
	proxyV2Head  = len(proxyV2Start) + 4 // and version, family, length
)

// proxyHeader reads a PROXY protocol header at the beginning of b and gives
// its length. more tells that b is too short to say; a length of 0 without
// more, that there is none.
func proxyHeader(b []byte) (header ProxyHeader, n int, more bool) {
	switch {
	case opens(b, proxyV1Start):
		return proxyV1(b)
	case opens(b, proxyV2Start):
		return proxyV2(b)
	}
	return ProxyHeader{}, 0, false
}

// opens tells whether b begins with start, or may when more of it comes.
func opens(b []byte, start string) bool {
	n := min(len(b), len(start))
	return string(b[:n]) == start[:n]
}

// proxyV1 reads the text form: PROXY TCP4 198.51.100.22 203.0.113.7 35646 80.
func proxyV1(b []byte) (_ ProxyHeader, n int, more bool) {
	feed := bytes.IndexByte(b[:min(len(b), proxyV1Max)], '\n')
	if feed < 0 {
		return ProxyHeader{}, 0, len(b) < proxyV1Max
	}
	if b[feed-1] != '\r' {
		return ProxyHeader{}, 0, false
	}
	text := string(b[:feed-1])
	header := ProxyHeader{Version: 1, Text: text}
	parts := strings.Split(text, " ")
	if parts[1] == "UNKNOWN" {
		header.Local = true
		return header, feed + 1, false
	}
	if len(parts) != 6 || parts[1] != "TCP4" && parts[1] != "TCP6" {
		return ProxyHeader{}, 0, false
	}
	var ok1, ok2 bool
	header.Source, ok1 = addrPort(parts[2], parts[4], parts[1] == "TCP4")
	header.Destination, ok2 = addrPort(parts[3], parts[5], parts[1] == "TCP4")
	if !ok1 || !ok2 {
		return ProxyHeader{}, 0, false
	}
	return header, feed + 1, false
}

func addrPort(host, port string, v4 bool) (netip.AddrPort, bool) {
	addr, err := netip.ParseAddr(host)
	if err != nil || addr.Is4() != v4 {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return netip.AddrPortFrom(addr, uint16(n)), err == nil
}

// proxyV2 reads the binary form. TLVs after the addresses are passed over.
func proxyV2(b []byte) (_ ProxyHeader, n int, more bool) {
	const versionAndCommand, familyAndProtocol = len(proxyV2Start), len(proxyV2Start) + 1
	if len(b) < proxyV2Head {
		return ProxyHeader{}, 0, true
	}
	command := b[versionAndCommand]
	if command>>4 != 2 || command&0xf > 1 {
		return ProxyHeader{}, 0, false
	}
	n = proxyV2Head + int(binary.BigEndian.Uint16(b[proxyV2Head-2:]))
	if len(b) < n {
		return ProxyHeader{}, 0, true
	}
	header := ProxyHeader{Version: 2}
	body := b[proxyV2Head:n]
	size := 0
	switch b[familyAndProtocol] >> 4 {
	case 1:
		size = 4
	case 2:
		size = 16
	}
	if command&0xf == 0 || size == 0 || len(body) < 2*size+4 {
		header.Local = true // LOCAL, or a family without addresses we could name
		return header, n, false
	}
	source, _ := netip.AddrFromSlice(body[:size])
	destination, _ := netip.AddrFromSlice(body[size : 2*size])
	ports := body[2*size:]
	header.Source = netip.AddrPortFrom(source.Unmap(), binary.BigEndian.Uint16(ports))
	header.Destination = netip.AddrPortFrom(destination.Unmap(), binary.BigEndian.Uint16(ports[2:]))
	return header, n, false
}
