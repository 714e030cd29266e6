package http1

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzProxyHeader reads any bytes as a PROXY protocol header. What it says of
// the first bytes it never takes back when more come: that they are too few to
// say, that there is no header, or which. In front of a request a header takes
// nothing from it.
func FuzzProxyHeader(f *testing.F) {
	for _, header := range []string{
		proxyV1Text, proxyV2TCP4, proxyV2TLV, proxyV2Local, "PROXY UNKNOWN\r\n", "PROXY TCP6 2001:db8::1 2001:db8::2 1 2\r\n",
		proxyV2Start + "\x21\x31\x00\x02ab", proxyV2Start + "\x21\x21\x00\x24" + proxyV2Start + proxyV2Start + proxyV2Start,
		"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\n", "PROXY \r\n", get,
	} {
		f.Add([]byte(header))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		want, n, more := proxyHeader(data)
		require.False(t, n > 0 && more)
		require.LessOrEqual(t, n, len(data))
		for cut := range min(len(data), 600) {
			early, k, waits := proxyHeader(data[:cut])
			if waits {
				require.True(t, more || n == 0 || n > cut)
				continue
			}
			require.False(t, more, "%d bytes were enough", cut)
			require.Equal(t, n, k, "after %d bytes", cut)
			require.Equal(t, want, early, "after %d bytes", cut)
		}
		if n == 0 {
			return
		}
		if want.Version == 1 {
			require.LessOrEqual(t, n, proxyV1Max)
			require.Equal(t, string(data[:n]), want.Text+"\r\n")
		}
		require.Equal(t, want.Local, !want.Source.IsValid())
		require.Equal(t, want.Local, !want.Destination.IsValid())
		exchanges, s := play(whole, Limits{}, []event{client(string(data[:n]) + get), server(ok0)}, End{})
		require.Equal(t, []string{"GET / -> 200 length 0"}, briefs(exchanges))
		require.Len(t, exchanges[0].Conn.Proxy, 1)
		require.Equal(t, uint64(n), s.Stats().Bytes.Framing)
	})
}
