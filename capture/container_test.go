package capture

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ids of containers, by a digit that they begin with.
func id(digit string) string { return digit + strings.Repeat("0123456789abcde", 5)[:63] }

// The control groups that container runtimes make.
func TestContainerOf(t *testing.T) {
	for cgroup, want := range map[string]string{
		"0::/\n":                                                     "",
		"0::/user.slice/user-1000.slice\n":                           "",
		"0::/system.slice/nginx.service\n":                           "",
		"12:memory:/docker/" + id("1") + "\n":                        id("1"),
		"0::/system.slice/docker-" + id("1") + ".scope\n":            id("1"),
		"0::/../../docker-" + id("1") + ".scope/init\n":              id("1"),
		"0::/machine.slice/libpod-" + id("2") + ".scope/container\n": id("2"),
		"0::/machine.slice/libpod-conmon-" + id("2") + ".scope\n":    "",
		"0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + id("3") + ".scope\n":                          id("3"),
		"0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-podab.slice/cri-containerd-" + id("4") + ".scope\n": id("4"),
		"11:cpu:/kubepods/burstable/pod0f0f0f0f-1111-2222-3333-444444444444/" + id("5") + "\n0::/\n":                          id("5"),
		"0::/kubepods.slice/kubepods-pod0f.slice/crio-" + id("6") + ".scope\n":                                                id("6"),
		"0::/default/" + id("7") + "\n":                                          id("7"),
		"0::/system.slice/nerdctl-" + id("7") + ".scope\n":                       id("7"),
		"0::/system.slice/docker-" + id("8") + ".scope/docker/" + id("9") + "\n": id("9"),
		"0::/x/" + id("a") + "ff\n":                                              "",
	} {
		assert.Equal(t, want, containerOf(cgroup), cgroup)
	}
}

// machine is a file system as a host of containers has it.
func machine() fstest.MapFS {
	file := func(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }
	root := fstest.MapFS{
		"proc/1/cgroup":    file("0::/init.scope\n"),
		"proc/900/cgroup":  file("0::/system.slice/docker-" + id("1") + ".scope\n"),
		"proc/1000/cgroup": file("0::/system.slice/docker-" + id("1") + ".scope\n"),
		"proc/1001/cgroup": file("0::/machine.slice/libpod-" + id("2") + ".scope/container\n"),
		"proc/990/cgroup":  file("0::/machine.slice/libpod-conmon-" + id("2") + ".scope\n"),
		"proc/1002/cgroup": file("0::/kubepods.slice/cri-containerd-" + id("3") + ".scope\n"),
		"proc/1003/cgroup": file("0::/kubepods.slice/cri-containerd-" + id("4") + ".scope\n"),
		"proc/self/cgroup": file("0::/docker/" + id("f") + "\n"),

		"var/lib/docker/containers/" + id("1") + "/config.v2.json": file(`{"ID":"` + id("1") + `","Name":"/web","State":{"Pid":900}}`),
		"var/lib/docker/containers/" + id("c") + "/config.v2.json": file(`{"ID":"` + id("c") + `","Name":"/stopped"}`),
		"var/lib/docker/containers/" + id("d") + "/config.v2.json": file(`{"ID":"half writ`),
		"var/lib/containers/storage/overlay-containers/containers.json": file(
			`[{"id":"` + id("2") + `","names":["puma","app_puma_1"]},{"id":"` + id("e") + `","names":["old"]}]`),
	}
	for _, digit := range []string{"3", "4"} {
		root["run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id(digit)+"/config.json"] =
			file(`{"annotations":{"io.kubernetes.cri.container-name":"nginx"}}`)
	}
	root["run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id("3")+"/config.json"] =
		file(`{"annotations":{"io.kubernetes.cri.container-name":"nginx","nerdctl/name":"edge"}}`)
	return root
}

func TestFindContainer(t *testing.T) {
	for name, want := range map[string]string{
		"web": "900", "puma": "1001", "app_puma_1": "1001", "edge": "1002",
		id("1"): "900", id("2")[:12]: "1001", id("4")[:3]: "1003",
	} {
		pid, err := findContainer(machine(), name)
		require.NoError(t, err, name)
		assert.Equal(t, want, pid, name)
	}
}

func TestFindContainerErrors(t *testing.T) {
	for name, says := range map[string]string{
		"db":        "find container db: no such container runs (4 do): file does not exist",
		"nginx":     "find container nginx: it could be " + id("3")[:12] + " or " + id("4")[:12] + ": give the id",
		"stopped":   "find container stopped: it is not running: file does not exist",
		"old":       "it is not running",
		id("1")[:2]: "no such container runs",
		id("f"):     "no such container runs",
	} {
		_, err := findContainer(machine(), name)
		assert.ErrorContains(t, err, says, name)
	}
	_, err := findContainer(machine(), "db")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = findContainer(locked{machine()}, "web")
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.ErrorContains(t, err, "its id or pid:PID/ may be given instead")
	pid, err := findContainer(locked{machine()}, id("1")[:12])
	require.NoError(t, err)
	assert.Equal(t, "900", pid)
}

// locked is a machine whose /var/lib/docker/containers is not for us.
type locked struct{ fstest.MapFS }

func (l locked) Open(name string) (fs.File, error) {
	if strings.HasPrefix(name, "var/lib/docker/containers") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission}
	}
	return l.MapFS.Open(name)
}

// fs.ReadDir and fs.ReadFile must not get past Open.
func (l locked) ReadDir(name string) ([]fs.DirEntry, error) {
	if _, err := l.Open(name); err != nil {
		return nil, err
	}
	return l.MapFS.ReadDir(name)
}

func (l locked) ReadFile(name string) ([]byte, error) {
	if _, err := l.Open(name); err != nil {
		return nil, err
	}
	return l.MapFS.ReadFile(name)
}

func (l locked) Glob(pattern string) ([]string, error) {
	if strings.HasPrefix(pattern, "var/lib/docker/containers") {
		return nil, nil // as fs.Glob does
	}
	return l.MapFS.Glob(pattern)
}
