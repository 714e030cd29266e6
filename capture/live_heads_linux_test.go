package capture

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fetch asks a web server at an address of server for content of a megabyte.
// It returns the server's port.
func fetch(t testing.TB, server host, address string, client host) int {
	t.Helper()
	var listener net.Listener
	server.in(t, func() (err error) {
		listener, err = net.Listen("tcp", net.JoinHostPort(address, "0"))
		return err
	})
	web := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000000")
		w.Header().Set("X-Padding", strings.Repeat("head", 1000)) // more than a segment
		_, _ = w.Write(make([]byte, 1000000))
	})}
	go func() { _ = web.Serve(listener) }()
	defer func() { assert.NoError(t, web.Close()) }()
	client.in(t, func() error {
		c, err := net.DialTimeout("tcp", listener.Addr().String(), 5*time.Second)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(c, "GET /one HTTP/1.1\r\nHost: web\r\nConnection: close\r\nUpgrade: none\r\n\r\n"); err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, bufio.NewReader(c))
		assert.Greater(t, n, int64(1000000))
		return errors.Join(err, c.Close())
	})
	return listener.Addr().(*net.TCPAddr).Port
}

// With the eBPF filter, heads come whole and next to nothing else does, on an
// interface with Ethernet headers and on "any".
func TestLiveHeads(t *testing.T) {
	for _, iface := range []string{"eth0", AnyInterface} {
		t.Run(iface, func(t *testing.T) {
			client, server := newHosts(t)
			l := server.open(t, LiveOptions{Interface: iface, Heads: true})
			require.NoError(t, l.WhyNotHeads())
			assert.Equal(t, WayHeads, l.Way())
			assert.Equal(t, WayHeads, l.Interfaces()[0].Comment)
			port := fetch(t, server, "10.9.0.2", client)
			packets := rest(t, l)

			response := sentFrom(t, packets, port)
			head, _, whole := strings.Cut(response, "\r\n\r\n")
			assert.True(t, whole)
			assert.Contains(t, head, "HTTP/1.1 200 OK\r\n")
			assert.Contains(t, head, strings.Repeat("head", 1000))
			var wire, given int
			var request string
			for _, p := range packets {
				wire, given = wire+p.Length, given+len(p.Data)
				if tcp, _ := tcpOf(t, p); tcp != nil && int(tcp.DstPort) == port {
					request += string(tcp.Payload)
				}
			}
			assert.Equal(t, "GET /one HTTP/1.1\r\nHost: web\r\nConnection: close\r\nUpgrade: none\r\n\r\n", request)
			assert.Greater(t, wire, 1000000)
			assert.Less(t, given, 200000)

			counts, err := l.HeadCounters()
			require.NoError(t, err)
			assert.Equal(t, uint64(2), counts.Heads)
			assert.NotZero(t, counts.Trimmed)
			require.NoError(t, l.UpdateHeads(HeadsOptions{Ports: []uint16{1}}))
		})
	}
}

// A filter holds beside the eBPF filter; one by length can't, and keeps
// packets from being trimmed.
func TestLiveHeadsWithFilter(t *testing.T) {
	client, server := newHosts(t)
	open := func(expression string) *Live {
		return server.open(t, LiveOptions{Interface: "eth0", Heads: true, Filter: compile(t, "EN10MB", expression)})
	}
	one, none, long := open("src host 10.9.0.1"), open("host 10.9.0.3"), open("tcp and greater 1")
	fetch(t, server, "10.9.0.2", client)
	assert.Equal(t, WayHeads, one.Way())
	assert.Equal(t, WayHeads, none.Way())
	assert.Equal(t, WayClassic, long.Way())
	assert.ErrorIs(t, long.WhyNotHeads(), errors.ErrUnsupported)
	_, err := long.HeadCounters()
	assert.ErrorIs(t, err, errors.ErrUnsupported)

	assert.Empty(t, rest(t, none))
	packets := rest(t, one)
	assert.NotEmpty(t, packets)
	for _, p := range packets {
		assert.Equal(t, "\x0a\x09\x00\x01", p.Data[26:30], "source address")
	}
	assert.Zero(t, long.Stats().Truncated)
}

// What is changed while it runs holds from then on.
func TestLiveUpdateHeads(t *testing.T) {
	client, server := newHosts(t)
	l := server.open(t, LiveOptions{Interface: "eth0", Heads: true, HeadsOptions: HeadsOptions{Ports: []uint16{1}}})
	fetch(t, server, "10.9.0.2", client)
	require.NoError(t, l.UpdateHeads(HeadsOptions{}))
	port := fetch(t, server, "10.9.0.2", client)
	packets := rest(t, l)
	require.NotEmpty(t, packets)
	for _, p := range packets {
		if tcp, _ := tcpOf(t, p); tcp != nil {
			assert.Contains(t, []int{int(tcp.SrcPort), int(tcp.DstPort)}, port)
		}
	}
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Next(new(Packet)), os.ErrClosed)
	_, err := l.HeadCounters()
	assert.ErrorIs(t, err, os.ErrClosed)
}
