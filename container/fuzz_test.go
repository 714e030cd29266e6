package container

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzIDOf: an id stands in the text, as the last part of a path there is, and is
// of one of the two shapes.
func FuzzIDOf(f *testing.F) {
	f.Add("0::/system.slice/docker-" + webID + ".scope\n")
	f.Add("12:memory:/docker/" + dbID + "/docker/" + webID + "\n1:name=systemd:/\n0::/\n")
	f.Add("0::/system.slice/containerd.service/kubepods-burstable-pod7bb6.slice:cri-containerd:" + webID)
	f.Add("1:name=systemd:/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890\n")
	f.Add("0::/machine.slice/libpod-conmon-" + webID + ".scope\n:::\n")
	f.Fuzz(func(t *testing.T, cgroups string) {
		found := IDOf(cgroups)
		require.Equal(t, found, IDOf(cgroups+"\n"))
		if found == "" {
			return
		}
		require.Contains(t, cgroups, found)
		if number, fargate := strings.CutPrefix(found, found[:32]+"-"); fargate {
			require.Empty(t, strings.Trim(number, "0123456789"))
			found = found[:32] + found[:32]
		}
		require.Len(t, found, 64)
		require.Empty(t, strings.Trim(found, "0123456789abcdef"))
	})
}

// FuzzFind fills the files that name containers with anything: a container is
// found by its id whatever they say, and what is found is a process of one.
func FuzzFind(f *testing.F) {
	f.Add("web", `{"ID":"x","Name":"/web"}`, `[{"id":"`+id("2")+`","names":["puma"]}]`, `{"annotations":{"nerdctl/name":"edge"}}`, "app:x:1001:1001::/srv/app:/bin/sh\n")
	f.Add("", `{"Name":1}`, `[null,{"names":[null]}]`, `{"annotations":null}`, "a:b:c:d:e:../..\nx:::::/srv/[a:\n")
	f.Add(id("4")[:3], "", "{}", "[]", "::::::\n")
	f.Fuzz(func(t *testing.T, name, docker, storage, bundle, passwd string) {
		root := machine()
		root["var/lib/docker/containers/"+id("1")+"/config.v2.json"] = file(docker)
		root["var/lib/containers/storage/overlay-containers/containers.json"] = file(storage)
		root["run/containerd/io.containerd.runtime.v2.task/k8s.io/"+id("3")+"/config.json"] = file(bundle)
		root["etc/passwd"] = file(passwd)
		pid, err := Find(root, name)
		if err != nil {
			var reason *FindError
			require.ErrorAs(t, err, &reason)
			require.True(t, errors.Is(err, fs.ErrNotExist) || errors.Is(err, ErrAmbiguous))
		} else {
			require.Contains(t, []string{"900", "1001", "1002", "1003", "1004"}, pid)
		}
		for _, digit := range []string{"1", "2", "3", "4", "5"} {
			Name(root, id(digit))
		}
		if shown := Name(root, id("1")); shown != "" {
			_, err := Find(root, shown)
			require.NotErrorIs(t, err, fs.ErrNotExist, "%q is the name of one that runs", shown)
		}
	})
}
