package container

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

var (
	webID = strings.Repeat("0123456789abcdef", 4)
	dbID  = strings.Repeat("fedcba9876543210", 4)
)

// TestIDOf has the text of /proc/PID/cgroup as each layout writes it.
func TestIDOf(t *testing.T) {
	for _, c := range []struct{ name, cgroups, want string }{
		{"no container, cgroup v2", "0::/system.slice/nginx.service\n", ""},
		{"no container, a user's session", "0::/user.slice/user-1000.slice/session-3.scope\n", ""},
		{"no container, cgroup v1", "12:pids:/system.slice/nginx.service\n1:name=systemd:/\n0::/\n", ""},
		{"empty", "", ""},
		{"no cgroup at all", "garbage\n:::\n", ""},
		{"docker, v1, cgroupfs", "12:memory:/docker/" + webID + "\n11:cpu,cpuacct:/docker/" + webID + "\n", webID},
		{"docker, v1, systemd", "1:name=systemd:/system.slice/docker-" + webID + ".scope\n", webID},
		{"docker, v2, systemd", "0::/system.slice/docker-" + webID + ".scope\n", webID},
		{"docker, v2, cgroupfs", "0::/docker/" + webID + "\n", webID},
		{"docker, v1, container only in some controllers", "13:misc:/\n12:cpuset:/docker/" + webID + "\n0::/\n", webID},
		{"docker, rootless", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/docker-" + webID + ".scope\n", webID},
		{"docker in docker: the inner one", "0::/docker/" + dbID + "/docker/" + webID + "\n", webID},
		{"docker, systemd inside", "0::/docker/" + webID + "/system.slice/nginx.service\n", webID},
		{"docker, seen from another cgroup namespace", "0::/../" + webID + "\n", webID},
		{"podman, v2", "0::/machine.slice/libpod-" + webID + ".scope/container\n", webID},
		{"podman, v2, without the last part", "0::/machine.slice/libpod-" + webID + ".scope\n", webID},
		{"podman, rootless", "0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" + webID + ".scope/container\n", webID},
		{"podman, cgroupfs", "0::/libpod_parent/libpod-" + webID + "\n", webID},
		{"podman's monitor is outside", "0::/machine.slice/libpod-conmon-" + webID + ".scope\n", ""},
		{"containerd, kubernetes, systemd", "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod7bb6_9a1f.slice/cri-containerd-" + webID + ".scope\n", webID},
		{"containerd, kubernetes, cgroupfs", "0::/kubepods/besteffort/pod1f0e2c8a-1111-2222-3333-444455556666/" + webID + "\n", webID},
		{"containerd, kubernetes, cgroupfs under a unit", "0::/system.slice/containerd.service/kubepods-burstable-pod7bb6.slice:cri-containerd:" + webID + "\n", webID},
		{"containerd, nerdctl", "0::/default/" + webID + "\n", webID},
		{"containerd, nerdctl, systemd", "0::/system.slice/nerdctl-" + webID + ".scope\n", webID},
		{"cri-o", "0::/kubepods.slice/kubepods-pod9.slice/crio-" + webID + ".scope/container\n", webID},
		{"cri-o's monitor is outside", "0::/kubepods.slice/crio-conmon-" + webID + ".scope\n", ""},
		{"ECS on EC2", "0::/ecs/0123456789abcdef0123456789abcdef/" + webID + "\n", webID},
		{"ECS on Fargate", "1:name=systemd:/ecs/0123456789abcdef0123456789abcdef/0123456789abcdef0123456789abcdef-1234567890\n", "0123456789abcdef0123456789abcdef-1234567890"},
		{"docker, seen from another cgroup namespace, systemd", "0::/../../docker-" + webID + ".scope/init\n", webID},
		{"a prefix of the path is longer than an id", "0::/x/" + webID + "ff\n", ""},
		{"63 digits are no id", "0::/docker/" + webID[1:] + "\n", ""},
		{"upper case is no id", "0::/docker/" + strings.ToUpper(webID) + "\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) { assert.Equal(t, c.want, IDOf(c.cgroups)) })
	}
}
