package analyzer

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseServer(t *testing.T) {
	tests := []struct {
		text    string
		matches []string
		not     []string
	}{
		{":80", []string{"10.0.0.5:80", "[2001:db8::5]:80"}, []string{"10.0.0.5:81"}},
		{"10.0.0.5:80", []string{"10.0.0.5:80"}, []string{"10.0.0.6:80", "10.0.0.5:8080"}},
		{"[2001:db8::5]:80", []string{"[2001:db8::5]:80"}, []string{"[2001:db8::6]:80"}},
		{"10.0.0.0/24:3000", []string{"10.0.0.77:3000"}, []string{"10.0.1.77:3000", "10.0.0.77:80"}},
		{"10.0.0.5", []string{"10.0.0.5:1", "10.0.0.5:80"}, []string{"10.0.0.6:80"}},
		{"2001:db8::5", []string{"[2001:db8::5]:443"}, []string{"[2001:db8::6]:443"}},
	}
	for _, test := range tests {
		t.Run(test.text, func(t *testing.T) {
			server, err := ParseServer(test.text)
			require.NoError(t, err)
			assert.Equal(t, test.text, server.String())
			for _, endpoint := range test.matches {
				assert.True(t, server.Matches(netip.MustParseAddrPort(endpoint)), endpoint)
			}
			for _, endpoint := range test.not {
				assert.False(t, server.Matches(netip.MustParseAddrPort(endpoint)), endpoint)
			}
		})
	}
	for _, text := range []string{"", ":", ":0", ":65536", "host:80", "10.0.0.5:", "10.0.0/24:80"} {
		_, err := ParseServer(text)
		assert.Error(t, err, text)
	}
	assert.True(t, Server{}.Matches(netip.MustParseAddrPort("10.0.0.5:80")))
}
