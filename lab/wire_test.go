//go:build linux

package lab

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The stories of the cases tell what is on the wire. tshark, an eye that is not
// ours, counts it.
func TestCasesShowWhatTheyTell(t *testing.T) {
	for _, tt := range []struct {
		file, filter string
		packets      int
		what         string
	}{
		{"next-upstream/puma.pcap", `tcp.srcport == 3001 && tcp.flags.reset == 1`, 1, "the first server refuses the connection"},
		{"next-upstream/puma.pcap", `http.request.uri == "/cable"`, 2, "one handshake is sent to two servers"},
		{"next-upstream/puma.pcap", `http.response.code == 503`, 1, "the first of them is in maintenance"},
		{"next-upstream/nginx.pcap", `http.request.uri == "/cable"`, 1, "the client sent it once"},
		{"next-upstream-hangup/puma.pcap", `http.request.uri == "/cable"`, 2, "one handshake is sent to two servers"},
		{"next-upstream-hangup/puma.pcap", `http.response && ip.src == 10.77.3.3`, 0, "the first of them says nothing"},

		{"dnat-any/host-any.pcap", `tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 8080`, 3, "before the kernel's NAT three connections are seen once"},
		{"dnat-any/host-any.pcap", `tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 80`, 6, "after it they are seen on the bridge and on the veth"},
		{"dnat-any/host-any.pcap", `tcp.flags.syn == 1 && tcp.flags.ack == 0 && tcp.dstport == 3000`, 8, "four from nginx to Puma are seen on two veths"},
		{"dnat-two-points/host.pcapng", `frame.interface_id == 0 && tcp.dstport == 8080 && http.request.uri == "/cable"`, 1, "eth0"},
		{"dnat-two-points/host.pcapng", `frame.interface_id == 1 && tcp.dstport == 80 && tcp.flags.syn == 1`, 3, "the bridge"},
		{"dnat-two-points/host.pcapng", `frame.interface_id == 2 && tcp.dstport == 80 && tcp.flags.syn == 1`, 3, "the veth"},

		{"keepalive-pool/puma.pcap", `http.response.code == 101`, 5, "handshakes that succeed"},
		{"keepalive-pool/puma.pcap", `http.request`, 22, "requests of all clients"},
		{"keepalive-pool/nginx-host.pcap", `tcp.port == 9100 && http.request`, 1, "a request that is no part of the chain"},
		{"one-capture-two-hops/nginx-host.pcap", `tcp.port == 9100 && http.request`, 1, "a request that is no part of the chain"},

		{"one-nginx-of-three/nginx.pcap", `http.response.code == 404 && ip.src == 10.77.2.3`, 2, "the second nginx fails"},
		{"one-nginx-of-three/nginx.pcap", `http.response.code == 101 && ip.src != 10.77.2.3`, 4, "the others do not"},
		{"sample-key/puma.pcap", `http.sec_websocket_key == "dGhlIHNhbXBsZSBub25jZQ=="`, 3, "handshakes with the sample key"},
		{"second-try-after-401/puma.pcap", `http.response.code == 401`, 1, "the application asks for the password"},
		{"second-try-after-401-by-nginx/puma.pcap", `http.response.code == 401`, 0, "nginx asks for the password"},
		{"second-try-after-401-by-nginx/nginx.pcap", `http.response.code == 401`, 1, "nginx asks for the password"},
		{"reconnecting-client/nginx.pcap", `http.request.uri == "/cable" && ip.src == 10.77.2.1`, 10, "attempts from one address"},
	} {
		assert.Len(t, see(t, tt.file, tt.filter, "frame.number"), tt.packets, "%s: %s: %s", tt.file, tt.what, tt.filter)
	}
}

// Nginx's two servers got the same bytes of the one handshake.
func TestRetriesAreAlike(t *testing.T) {
	for _, name := range []string{"next-upstream", "next-upstream-hangup"} {
		sent := see(t, name+"/puma.pcap", `http.request.uri == "/cable"`, "tcp.payload")
		require.Len(t, sent, 2, name)
		assert.Equal(t, sent[0], sent[1], name)
	}
}

// The three handshakes with the sample key are at Puma before it answers one:
// their order tells nothing.
func TestSampleKeysOverlap(t *testing.T) {
	requests := see(t, "sample-key/puma.pcap", "http.request", "frame.time_epoch")
	responses := see(t, "sample-key/puma.pcap", "http.response", "frame.time_epoch")
	assert.Less(t, slices.Max(requests), slices.Min(responses))
}

// By the clocks alone, everything was over at nginx before Puma got the first packet.
func TestClocksAreApart(t *testing.T) {
	atNginx := see(t, "clocks-apart/nginx.pcap", "tcp", "frame.time_epoch")
	atPuma := see(t, "clocks-apart/puma.pcap", "tcp", "frame.time_epoch")
	assert.Less(t, slices.Max(atNginx), slices.Min(atPuma))
}

// see is one field of each packet of a committed capture that passes the filter.
func see(t *testing.T, file, filter, field string) []string {
	t.Helper()
	out, err := run(context.Background(), "", "tshark", "-r", filepath.Join("../pcaps", file),
		"-d", "tcp.port==3000,http", "-d", "tcp.port==8080,http", "-Y", filter, "-T", "fields", "-e", field)
	require.NoError(t, err)
	return strings.Fields(out)
}
