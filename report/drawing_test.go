package report

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer"
)

// The command line that names what was found tells hops of one capture apart, by
// port or, where they share one, by address.
func TestCommandNamesWhatWasFound(t *testing.T) {
	servers := func(all ...string) (servers []netip.AddrPort) {
		for _, s := range all {
			servers = append(servers, netip.MustParseAddrPort(s))
		}
		return servers
	}
	r := &analyzer.Report{Hops: []analyzer.Hop{
		{Name: "elb", Sources: []string{"a.pcap"}, Ports: [][]uint16{{80}}, Servers: servers("10.0.0.1:80")},
		{Name: "nginx", Sources: []string{"a.pcap", "b.pcap"}, Ports: [][]uint16{{80, 8080}, {80}}, Servers: servers("10.0.0.2:80", "10.0.0.3:80", "10.0.0.3:8080")},
		{Name: "none", Sources: []string{"c.pcap"}, Ports: [][]uint16{nil}},
	}}
	assert.Equal(t, "hophound analyze elb=a.pcap@10.0.0.1:80 nginx=a.pcap@10.0.0.2:80 nginx=a.pcap@10.0.0.3:80 nginx=a.pcap@:8080 nginx=b.pcap@:80 none=c.pcap", command(r))
}

// The command can be pasted, whatever files are called.
func TestCommandCanBePasted(t *testing.T) {
	hop := func(source, server string) *analyzer.Report {
		return &analyzer.Report{Hops: []analyzer.Hop{
			{Name: "nginx", Sources: []string{source}, Ports: [][]uint16{{80}}, Servers: []netip.AddrPort{netip.MustParseAddrPort(server)}},
			{Name: "puma", Sources: []string{source}, Ports: [][]uint16{{80}}, Servers: []netip.AddrPort{netip.MustParseAddrPort("10.0.0.3:80")}},
		}}
	}
	assert.Equal(t, "hophound analyze 'nginx=my cap;id.pcap@10.0.0.2:80' 'puma=my cap;id.pcap@10.0.0.3:80'", command(hop("my cap;id.pcap", "10.0.0.2:80")))
	assert.Equal(t, `hophound analyze 'nginx=it'\''s.pcap@10.0.0.2:80' 'puma=it'\''s.pcap@10.0.0.3:80'`, command(hop("it's.pcap", "10.0.0.2:80")))
	assert.Equal(t, "hophound analyze 'nginx=a.pcap@[2001:db8::1]:80' puma=a.pcap@10.0.0.3:80", command(hop("a.pcap", "[2001:db8::1]:80")))
}

// What comes from the wire steers no terminal, and turns no line round.
func TestPrintable(t *testing.T) {
	assert.Equal(t, "a·[31mb·c·d é→", Printable("a\x1b[31mb\u202ec\u2066d é→"))
}
