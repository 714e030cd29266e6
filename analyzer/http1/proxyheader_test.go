package http1

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	proxyV1Text   = "PROXY TCP4 198.51.100.22 203.0.113.7 35646 80\r\n"
	proxyV2TCP4   = proxyV2Start + "\x21\x11\x00\x0c" + "\xc6\x33\x64\x16" + "\xcb\x00\x71\x07" + "\x8b\x3e" + "\x00\x50"
	proxyV2TLV    = proxyV2Start + "\x21\x11\x00\x11" + "\xc6\x33\x64\x16" + "\xcb\x00\x71\x07" + "\x8b\x3e" + "\x00\x50" + "\xea\x00\x02\x01v"
	proxyV2Local  = proxyV2Start + "\x20\x00\x00\x00"
	proxyV2Header = "2001:db8::1"
)

func TestProxyHeader(t *testing.T) {
	source, destination := netip.MustParseAddrPort("198.51.100.22:35646"), netip.MustParseAddrPort("203.0.113.7:80")
	v6 := netip.MustParseAddr(proxyV2Header).As16()
	text := func(line string) string { return strings.TrimSuffix(line, "\r\n") }
	for _, c := range []struct {
		name  string
		bytes string
		want  *ProxyHeader // nil: none
	}{
		{"v1", proxyV1Text, &ProxyHeader{Version: 1, Source: source, Destination: destination, Text: text(proxyV1Text)}},
		{"v1 IPv6", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n", &ProxyHeader{Version: 1,
			Source: netip.MustParseAddrPort("[2001:db8::1]:1"), Destination: netip.MustParseAddrPort("[2001:db8::2]:2"), Text: "PROXY TCP6 2001:db8::1 2001:db8::2 1 2"}},
		{"v1 unknown", "PROXY UNKNOWN\r\n", &ProxyHeader{Version: 1, Local: true, Text: "PROXY UNKNOWN"}},
		{"v1 unknown with addresses", "PROXY UNKNOWN ::1 ::1 1 1\r\n", &ProxyHeader{Version: 1, Local: true, Text: "PROXY UNKNOWN ::1 ::1 1 1"}},
		{"v1 with the wrong family", "PROXY TCP4 ::1 ::1 1 1\r\n", nil},
		{"v1 without ports", "PROXY TCP4 198.51.100.22 203.0.113.7\r\n", nil},
		{"v1 with a port too large", "PROXY TCP4 198.51.100.22 203.0.113.7 65536 80\r\n", nil},
		{"v1 too long", "PROXY UNKNOWN " + strings.Repeat("x", 107) + "\r\n", nil},
		{"v1 with bare LF", "PROXY UNKNOWN\n", nil},
		{"v2", proxyV2TCP4, &ProxyHeader{Version: 2, Source: source, Destination: destination}},
		{"v2 with TLVs", proxyV2TLV, &ProxyHeader{Version: 2, Source: source, Destination: destination}},
		{"v2 IPv6", proxyV2Start + "\x21\x21\x00\x24" + string(v6[:]) + string(v6[:]) + "\x00\x01\x00\x02", &ProxyHeader{Version: 2,
			Source: netip.MustParseAddrPort("[2001:db8::1]:1"), Destination: netip.MustParseAddrPort("[2001:db8::1]:2")}},
		{"v2 local", proxyV2Local, &ProxyHeader{Version: 2, Local: true}},
		{"v2 UNIX socket", proxyV2Start + "\x21\x31\x00\x02ab", &ProxyHeader{Version: 2, Local: true}},
		{"v2 of another version", proxyV2Start + "\x31\x11\x00\x00", nil},
		{"a request", get, nil},
		{"a method that begins alike", "PROXYTEST / HTTP/1.1\r\n\r\n", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			header, n, more := proxyHeader([]byte(c.bytes))
			assert.False(t, more)
			if c.want == nil {
				assert.Zero(t, n)
				return
			}
			assert.Equal(t, len(c.bytes), n)
			assert.Equal(t, *c.want, header)
			for i := 1; i < len(c.bytes); i++ {
				_, n, more := proxyHeader([]byte(c.bytes[:i]))
				assert.Zero(t, n)
				assert.True(t, more, "%d bytes are not enough to say", i)
			}
		})
	}
}

// PROXY headers belong to the connection, not to its first message; the same
// wherever the bytes are cut.
func TestProxyHeaderBeforeRequest(t *testing.T) {
	for name, prefix := range map[string]string{"v1": proxyV1Text, "v2": proxyV2TLV, "twice": proxyV1Text + proxyV2TCP4} {
		t.Run(name, func(t *testing.T) {
			bytes := prefix + get
			for cut := range len(bytes) {
				exchanges, s := play(ConnInfo{A: addrA, B: addrB, Whole: true}, Limits{},
					[]event{client(bytes[:cut]), client(bytes[cut:]), server(ok0)}, End{})
				require.Len(t, exchanges, 1, "cut at %d", cut)
				x := exchanges[0]
				assert.Equal(t, "GET / -> 200 length 0", brief(x))
				assert.Equal(t, get, x.Request.Head)
				require.NotEmpty(t, x.Conn.Proxy)
				assert.Equal(t, "198.51.100.22:35646", x.Conn.Proxy[0].Source.String())
				assert.NotEmpty(t, x.Conn.Proxy[0].Packets)
				assert.Zero(t, s.Unparsed())
			}
		})
	}
}

// A PROXY header that is sent where none is expected is seen beside the 400.
func TestProxyHeaderUnexpected(t *testing.T) {
	exchanges, _ := play(whole, Limits{}, []event{client(proxyV1Text + get), server("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")}, End{})
	require.Len(t, exchanges, 1)
	assert.Equal(t, "GET / -> 400 length 0", brief(exchanges[0]))
	assert.Len(t, exchanges[0].Conn.Proxy, 1)
}
