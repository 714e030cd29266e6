package container

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Ids of containers, by a digit that they begin with.
func id(digit string) string { return digit + strings.Repeat("0123456789abcde", 5)[:63] }

// machine is a file system as a host of containers has it.
func machine() fstest.MapFS {
	root := fstest.MapFS{
		"proc/1/cgroup":    file("0::/init.scope\n"),
		"proc/900/cgroup":  file("0::/system.slice/docker-" + id("1") + ".scope\n"),
		"proc/1000/cgroup": file("0::/system.slice/docker-" + id("1") + ".scope\n"),
		"proc/1001/cgroup": file("0::/machine.slice/libpod-" + id("2") + ".scope/container\n"),
		"proc/990/cgroup":  file("0::/machine.slice/libpod-conmon-" + id("2") + ".scope\n"),
		"proc/1002/cgroup": file("0::/kubepods.slice/cri-containerd-" + id("3") + ".scope\n"),
		"proc/1003/cgroup": file("0::/kubepods.slice/cri-containerd-" + id("4") + ".scope\n"),
		"proc/1004/cgroup": file("0::/user.slice/user-1001.slice/user@1001.service/user.slice/libpod-" + id("5") + ".scope/container\n"),
		"proc/self/cgroup": file("0::/docker/" + id("f") + "\n"),

		"var/lib/docker/containers/" + id("1") + "/config.v2.json": file(`{"ID":"` + id("1") + `","Name":"/web","State":{"Pid":900}}`),
		"var/lib/docker/containers/" + id("c") + "/config.v2.json": file(`{"ID":"` + id("c") + `","Name":"/stopped"}`),
		"var/lib/docker/containers/" + id("d") + "/config.v2.json": file(`{"ID":"half writ`),
		"var/lib/containers/storage/overlay-containers/containers.json": file(
			`[{"id":"` + id("2") + `","names":["puma","app_puma_1"]},{"id":"` + id("e") + `","names":["old"]}]`),
		"etc/passwd": file("app:x:1001:1001::/srv/app:/bin/sh\n"),
		"srv/app/.local/share/containers/storage/overlay-containers/volatile-containers.json": file(`[{"id":"` + id("5") + `","names":["cable"]}]`),
	}
	for _, digit := range []string{"3", "4"} {
		root["run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id(digit)+"/config.json"] =
			file(`{"annotations":{"io.kubernetes.cri.container-name":"nginx"}}`)
	}
	root["run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id("3")+"/config.json"] =
		file(`{"annotations":{"io.kubernetes.cri.container-name":"nginx","nerdctl/name":"edge"}}`)
	return root
}

func TestFind(t *testing.T) {
	for name, want := range map[string]string{
		"web": "900", "puma": "1001", "app_puma_1": "1001", "edge": "1002", "cable": "1004",
		id("1"): "900", id("2")[:12]: "1001", id("4")[:3]: "1003",
	} {
		pid, err := Find(machine(), name)
		require.NoError(t, err, name)
		assert.Equal(t, want, pid, name)
	}
}

func TestFindErrors(t *testing.T) {
	const running = "; running: web, puma, edge, nginx, cable"
	for name, says := range map[string]string{
		"db":        "find container db: no such container runs" + running,
		"nginx":     "find container nginx: it could be " + id("3")[:12] + " or " + id("4")[:12] + "; give the id",
		"stopped":   "find container stopped: it is not running" + running,
		"old":       "find container old: it is not running" + running,
		id("1")[:2]: "no such container runs",
		id("f"):     "no such container runs",
	} {
		_, err := Find(machine(), name)
		assert.ErrorContains(t, err, says, name)
		_, typed := errors.AsType[*FindError](err)
		assert.True(t, typed)
	}
	_, err := Find(machine(), "db")
	assert.ErrorIs(t, err, fs.ErrNotExist)
	_, err = Find(machine(), "nginx")
	assert.ErrorIs(t, err, ErrAmbiguous)
	_, err = Find(fstest.MapFS{}, "db")
	assert.ErrorContains(t, err, "no such container runs; no process here is in a container")
}

func TestFindWithoutPermission(t *testing.T) {
	_, err := Find(locked{machine()}, "web")
	assert.ErrorIs(t, err, fs.ErrPermission)
	assert.EqualError(t, err, "find container web: /var/lib/docker/containers may not be read, where its name may stand; "+
		"run it with sudo, give the container's id, or write pid:PID/ with a process in it")
	pid, err := Find(locked{machine()}, id("1")[:12])
	require.NoError(t, err)
	assert.Equal(t, "900", pid)
	pid, err = Find(locked{machine()}, "cable")
	require.NoError(t, err, "the names of others stand elsewhere")
	assert.Equal(t, "1004", pid)
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
