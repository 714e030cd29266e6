package chain

import (
	"net/netip"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// readForwarded takes the last addresses of X-Forwarded-For or Forwarded, over
// all lines of the field (RFC 9110 §5.3).
func (r *Reader) readForwarded(e *Entry, m *http1.Message, field int) {
	n := 0
	for i := len(m.Fields) - 1; i >= 0; i-- {
		f := &m.Fields[i]
		if n := len(f.Name); n != len("X-Forwarded-For") && n != len("Forwarded") {
			continue
		}
		if role, ok := r.roles.of(f.Name); !ok || role != field {
			continue
		}
		list := f.Value
		for list != "" && n < len(e.forwarded) {
			comma := strings.LastIndexByte(list, ',')
			element := list[comma+1:]
			if field == roleForwarded {
				element = forwardedFor(element)
			}
			e.forwarded[n] = r.address(forwardedAddress(element))
			n++
			list = list[:max(comma, 0)]
		}
	}
}

// forwardedFor is the node of the for parameter of an element of Forwarded
// (RFC 7239 §4), without quotes. Nodes hold no comma.
func forwardedFor(element string) string {
	for pair := range strings.SplitSeq(element, ";") {
		name, node, _ := strings.Cut(strings.TrimSpace(pair), "=")
		if strings.EqualFold(name, "for") {
			return strings.Trim(node, `"`)
		}
	}
	return ""
}

// forwardedAddress reads an address; some proxies write a port behind it.
func forwardedAddress(element string) netip.Addr {
	element = strings.TrimSpace(element)
	if addr, err := netip.ParseAddr(strings.Trim(element, "[]")); err == nil {
		return addr
	}
	if port, err := netip.ParseAddrPort(element); err == nil {
		return port.Addr()
	}
	return netip.Addr{}
}
