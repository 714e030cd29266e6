package process

import (
	"io/fs"
	"net/netip"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
)

var webID = strings.Repeat("0123456789abcdef", 4)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
}

// host has an nginx of a master and a worker, and a puma in a container.
func host() fstest.MapFS {
	return fstest.MapFS{
		"etc/passwd":       file("root:x:0:0::/root:/bin/sh\nwww-data:x:33:33::/var/www:/bin/false\n"),
		"proc/self":        link("700"),
		"proc/40/comm":     file("nginx\n"),
		"proc/40/cmdline":  file("nginx: master process /usr/sbin/nginx -g daemon on;\x00"),
		"proc/40/status":   file("Name:\tnginx\nUid:\t0\t0\t0\t0\n"),
		"proc/40/cgroup":   file("0::/system.slice/nginx.service\n"),
		"proc/40/fd/6":     link("socket:[1000]"),
		"proc/40/fd/0":     link("/dev/null"),
		"proc/9/cmdline":   file(""),
		"proc/9/comm":      file("kworker/0:1\n"),
		"proc/41/cmdline":  file("nginx: worker process\x00"),
		"proc/41/status":   file("Uid:\t33\t33\t33\t33\n"),
		"proc/41/fd/6":     link("socket:[1000]"),
		"proc/41/fd/9":     link("socket:[1001]"),
		"proc/700/cmdline": file("/usr/local/bin/ruby\x00/usr/local/bin/puma\x00--token\x00secret\x00"),
		"proc/700/status":  file("Uid:\t1000\t1001\t1000\t1000\n"),
		"proc/700/cgroup":  file("0::/docker/" + webID + "\n"),
		"proc/700/fd/5":    link("socket:[2000]"),
		"proc/700/fd/6":    link("socket:[not a number]"),
		"proc/700/fd/7":    link("pipe:[2000]"),
		"proc/uptime":      file("1 1\n"),
		"var/lib/docker/containers/" + webID + "/config.v2.json": file(`{"Name":"/app"}`),
	}
}

func TestDescribe(t *testing.T) {
	root := host()
	assert.Equal(t, Owner{PID: 40, Command: "nginx", User: "root"}, describe(root, 40))
	assert.Equal(t, Owner{PID: 41, Command: "nginx", User: "www-data"}, describe(root, 41))
	assert.Equal(t, Owner{PID: 700, Command: "ruby", User: "1001", ContainerID: webID, ContainerName: "app"}, describe(root, 700))
	assert.Equal(t, Owner{PID: 9, Command: "kworker/0:1"}, describe(root, 9))
	assert.Equal(t, Owner{PID: 12345}, describe(root, 12345), "it has ended meanwhile")
}

func TestOpenFiles(t *testing.T) {
	files := newOpenFiles(host())
	inodes := map[uint32]int{1000: 0, 1001: 0, 2000: 0, 3000: 0}
	files.find(inodes)
	assert.Equal(t, map[uint32]int{1000: 40, 1001: 41, 2000: 700, 3000: 0}, inodes, "a listener that is shared is the parent's")
	assert.Equal(t, []int{40, 41, 700}, files.likely)

	again := map[uint32]int{1000: 0, 2000: 0}
	files.find(again)
	assert.Equal(t, map[uint32]int{1000: 40, 2000: 700}, again)
}

func TestTableKeepsAMinute(t *testing.T) {
	now := time.Unix(1000, 0)
	known := newTable(time.Minute, 100)
	c := connection{netip.MustParseAddrPort("10.0.0.1:80"), netip.MustParseAddrPort("10.0.0.2:5000")}
	first := known.meet(c, 7, 33, now)
	assert.Same(t, first, known.meet(c, 7, 33, now.Add(10*time.Second)))
	assert.Same(t, first, known.get(c))

	other := connection{local: netip.MustParseAddrPort("10.0.0.1:81")}
	known.meet(other, 8, 33, now.Add(69*time.Second))
	assert.Same(t, first, known.get(c), "closed for 59 seconds")
	known.meet(other, 8, 33, now.Add(130*time.Second))
	assert.Nil(t, known.get(c), "closed for two minutes")
	assert.NotNil(t, known.get(other))

	assert.NotSame(t, known.get(other), known.meet(other, 9, 33, now.Add(131*time.Second)), "another socket at the same endpoints")

	known.meet(c, 10, 33, now.Add(time.Hour))
	assert.Nil(t, known.get(other), "nothing was met for an hour")
}

func TestTableIsBounded(t *testing.T) {
	now := time.Unix(1000, 0)
	known := newTable(time.Minute, 100)
	for i := range 10000 {
		c := connection{local: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 80)}
		known.meet(c, uint32(i), 0, now)
		assert.NotNil(t, known.get(c))
		assert.LessOrEqual(t, known.size(), 100)
	}
}
