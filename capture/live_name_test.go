package capture

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseLive(t *testing.T) {
	for where, want := range map[string]LiveName{
		"iface:eth0":                {Kind: KindInterface, Interface: "eth0"},
		"iface:any":                 {Kind: KindInterface, Interface: AnyInterface},
		"iface:br-0:1":              {Kind: KindInterface, Interface: "br-0:1"},
		"netns:web/eth0":            {Kind: KindNamespace, Of: "web", Interface: "eth0"},
		"netns:/run/x/ns/eth0":      {Kind: KindNamespace, Of: "/run/x/ns", Interface: "eth0"},
		"pid:4242/any":              {Kind: KindProcess, Of: "4242", Interface: AnyInterface},
		"container:web_1/eth0":      {Kind: KindContainer, Of: "web_1", Interface: "eth0"},
		"container:4f5e9a8b7c/eth0": {Kind: KindContainer, Of: "4f5e9a8b7c", Interface: "eth0"},
	} {
		got, live, err := ParseLive(where)
		require.NoError(t, err, where)
		assert.True(t, live, where)
		assert.Equal(t, want, got)
		assert.Equal(t, where, got.String())
	}
}

func TestParseLiveNotLive(t *testing.T) {
	for _, where := range []string{"", "-", "eth0", "client.pcap", "./pid:1/eth0", "C:/captures/a.pcap", "ifaces:eth0"} {
		_, live, err := ParseLive(where)
		assert.False(t, live, where)
		assert.NoError(t, err, where)
	}
}

func TestParseLiveErrors(t *testing.T) {
	for where, says := range map[string]string{
		"iface:":              "iface: names no interface",
		"iface:a/b":           `"a/b" is no name of an interface`,
		"netns:web":           "netns:web names no interface: write netns:web/eth0, or netns:web/any for all of them",
		"netns:/eth0":         "nothing stands between netns: and the interface",
		"netns:run/x/eth0":    "neither the name of a network namespace nor an absolute path",
		"pid:puma/eth0":       `"puma" is no process id`,
		"pid:-1/eth0":         `"-1" is no process id`,
		"pid:4242/":           "names no interface",
		"container:a/b/eth0":  `"a/b" is no name of a container`,
		"container:web/et h0": "no name of an interface",
	} {
		_, live, err := ParseLive(where)
		assert.True(t, live, where)
		assert.ErrorContains(t, err, says)
	}
}
