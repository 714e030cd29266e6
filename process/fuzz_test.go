package process

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzDescribe fills a process's files with anything: of its command line the
// first word is shown and no argument, and what names its user stands in
// /etc/passwd or is the number.
func FuzzDescribe(f *testing.F) {
	f.Add("/usr/local/bin/ruby\x00puma\x00--token\x00secret\x00", "ruby\n", "Uid:\t1000\t1001\t1000\t1000\n", "0::/docker/"+webID+"\n", "app:x:1001:1001::/:/bin/sh\n")
	f.Add("nginx: worker process\x00", "", "Uid:\t33\t33\t33\t33\n", "0::/\n", "www-data:x:33:33::/var/www:/bin/false\n")
	f.Add("", "kworker/0:1\n", "Uid:\n", ":::\n", ":::\n")
	f.Add(" /\x00", "\x00", "Uid: 1 :", "", "\n:x::\n")
	f.Fuzz(func(t *testing.T, cmdline, comm, status, cgroup, passwd string) {
		root := host()
		root["proc/40/cmdline"], root["proc/40/comm"] = file(cmdline), file(comm)
		root["proc/40/status"], root["proc/40/cgroup"] = file(status), file(cgroup)
		root["etc/passwd"] = file(passwd)
		o := describe(root, 40)
		require.Equal(t, 40, o.PID)
		if first, _, _ := strings.Cut(cmdline, "\x00"); strings.TrimSpace(first) != "" {
			require.Contains(t, strings.Fields(first)[0]+"./", o.Command)
			require.NotContains(t, o.Command, " ", "an argument is shown")
		}
		if o.User != "" && !strings.Contains(status, o.User) {
			require.Contains(t, passwd, o.User+":")
		}
		if o.ContainerID != "" {
			require.Contains(t, cgroup, o.ContainerID)
		}
	})
}
