package analyzer

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzServer reads any text as a server: what is read can be written and read
// again, and means the same connections.
func FuzzServer(f *testing.F) {
	for _, text := range []string{
		":80", "10.0.0.5:80", "[2001:db8::5]:80", "10.0.0.0/24:3000", "10.0.0.5", "2001:db8::5", "2001:db8::/32", "[2001:db8::/32]:80",
		"::ffff:10.0.0.5", "fe80::1%eth0", "::/0", "0.0.0.0/0", "[]:1", "]:80", "[:80", "10.0.0.5/24:0", "::",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		server, err := ParseServer(text)
		if err != nil {
			require.Zero(t, server)
			return
		}
		require.False(t, server.Any())
		again, err := ParseServer(server.String())
		require.NoError(t, err, "%q, read from %q", server, text)
		require.Equal(t, server, again)
		if server.Prefix.IsValid() {
			port := max(server.Port, 1)
			require.True(t, server.Matches(netip.AddrPortFrom(server.Prefix.Addr(), port)))
		}
	})
}
