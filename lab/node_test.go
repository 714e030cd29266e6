//go:build linux

package lab

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestVersionOf(t *testing.T) {
	for line, want := range map[string]string{
		"nginx version: nginx/1.22.1":                                        "nginx 1.22.1",
		"Server version: Apache/2.4.71 (Debian)":                             "Apache 2.4.71",
		"HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/": "HAProxy 2.6.12",
		"HAProxy version 3.2.26-1 2026/10/17 - https://haproxy.org/":         "HAProxy 3.2.26",
		"puma version 5.6.5":                                                 "puma 5.6.5",
		"Action Cable 6.1.7.10":                                              "Action Cable 6.1.7.10",
	} {
		assert.Equal(t, want, versionOf(line), line)
	}
}

// The table is that of proc(5): a listener on port 80 of all addresses, a
// connection from port 3000, a listener on port 4000 of one address.
func TestHasListener(t *testing.T) {
	const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   1: 02034D0A:0BB8 01034D0A:EB5C 01 00000000:00000000 00:00000000 00000000     0        0 2 1 0 20 4 30 10 -1
   2: 02034D0A:0FA0 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 3 1 0 100 0 0 10 0
`
	address, other := Application.address(0), Application.address(1)
	assert.True(t, hasListener(table, address, 80))
	assert.False(t, hasListener(table, address, 3000), "a connection is no listener")
	assert.False(t, hasListener(table, address, 8080))
	assert.True(t, hasListener(table, address, 4000))
	assert.False(t, hasListener(table, other, 4000), "one address is not another")
}
