package container

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func TestName(t *testing.T) {
	for _, c := range []struct {
		name string
		root fstest.MapFS
		want string
	}{
		{"nobody knows it", fstest.MapFS{}, ""},
		{"docker", fstest.MapFS{"var/lib/docker/containers/" + webID + "/config.v2.json": file(`{"ID":"` + webID + `","Name":"/web"}`)}, "web"},
		{"docker, half written", fstest.MapFS{"var/lib/docker/containers/" + webID + "/config.v2.json": file(`{"ID":"`)}, ""},
		{"podman", fstest.MapFS{"var/lib/containers/storage/overlay-containers/containers.json": file(`[{"id":"` + dbID + `","names":["db"]},{"id":"` + webID + `","names":["web"]}]`)}, "web"},
		{"podman run --rm", fstest.MapFS{"var/lib/containers/storage/overlay-containers/volatile-containers.json": file(`[{"id":"` + webID + `","names":["web"]}]`)}, "web"},
		{"podman, transient store", fstest.MapFS{"run/containers/storage/overlay-containers/volatile-containers.json": file(`[{"id":"` + webID + `","names":["web"]}]`)}, "web"},
		{"podman, rootless", fstest.MapFS{
			"etc/passwd": file("nobody:x:65534:65534::/nonexistent:/bin/false\napp:x:1001:1001::/srv/app:/bin/sh\n"),
			"srv/app/.local/share/containers/storage/overlay-containers/containers.json": file(`[{"id":"` + webID + `","names":["web"]}]`),
		}, "web"},
		{"podman, rootless, of a user whom a directory service knows", fstest.MapFS{
			"home/ann/.local/share/containers/storage/vfs-containers/volatile-containers.json": file(`[{"id":"` + webID + `","names":["web"]}]`),
		}, "web"},
		{"podman, rootless, transient store", fstest.MapFS{"run/user/1001/containers/overlay-containers/volatile-containers.json": file(`[{"id":"` + webID + `","names":["web"]}]`)}, "web"},
		{"docker, rootless", fstest.MapFS{"home/ann/.local/share/docker/containers/" + webID + "/config.v2.json": file(`{"Name":"/web"}`)}, "web"},
		{"nerdctl", fstest.MapFS{"run/containerd/io.containerd.runtime.v2.task/default/" + webID + "/config.json": file(`{"annotations":{"nerdctl/name":"web"}}`)}, "web"},
		{"kubernetes", fstest.MapFS{"run/containerd/io.containerd.runtime.v2.task/k8s.io/" + webID + "/config.json": file(`{"annotations":{"io.kubernetes.cri.container-name":"web"}}`)}, "web"},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, Name(c.root, webID)) })
	}
	assert.Empty(t, Name(fstest.MapFS{}, ""))
}
