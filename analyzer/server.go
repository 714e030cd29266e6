package analyzer

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Server says whose requests belong to a hop: connections to one of its
// addresses and to its port. The zero Server is every server.
type Server struct {
	Prefix netip.Prefix // zero: any address
	Port   uint16       // zero: any port
}

// ParseServer reads ":80", "10.0.0.5:80", "[2001:db8::5]:80",
// "10.0.0.0/24:3000", "10.0.0.5" or "2001:db8::5".
func ParseServer(s string) (Server, error) {
	var server Server
	address := s
	if host, port, ok := cutPort(s); ok {
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil || n == 0 {
			return Server{}, fmt.Errorf("read server %q: port %q is not a number from 1 to 65535", s, port)
		}
		server.Port = uint16(n)
		address = host
	}
	address = strings.TrimSuffix(strings.TrimPrefix(address, "["), "]")
	if address == "" && server.Port != 0 {
		return server, nil
	}
	if ip, err := netip.ParseAddr(address); err == nil {
		server.Prefix = netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen())
		return server, nil
	}
	prefix, err := netip.ParsePrefix(address)
	if err != nil {
		return Server{}, fmt.Errorf("read server %q: want :PORT, ADDRESS:PORT or NETWORK/BITS:PORT", s)
	}
	server.Prefix = prefix.Masked()
	return server, nil
}

// cutPort splits the port off; a bare IPv6 address has none.
func cutPort(s string) (host, port string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s, "", false
	}
	host = s[:i]
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") && !strings.Contains(host, "/") {
		return s, "", false
	}
	return host, s[i+1:], true
}

// Any tells whether every server is meant.
func (s Server) Any() bool { return s == Server{} }

// Matches tells whether an endpoint is one of those meant.
func (s Server) Matches(endpoint netip.AddrPort) bool {
	if s.Port != 0 && s.Port != endpoint.Port() {
		return false
	}
	return !s.Prefix.IsValid() || s.Prefix.Contains(endpoint.Addr())
}

// String gives the form that ParseServer reads; empty for every server.
func (s Server) String() string {
	var address string
	switch {
	case !s.Prefix.IsValid():
	case s.Prefix.IsSingleIP():
		address = s.Prefix.Addr().String()
	default:
		address = s.Prefix.String()
	}
	if s.Port == 0 {
		return address
	}
	if strings.Contains(address, ":") {
		address = "[" + address + "]"
	}
	return address + ":" + strconv.Itoa(int(s.Port))
}
