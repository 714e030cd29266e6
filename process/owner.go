package process

import (
	"io/fs"
	"path"
	"strconv"
	"strings"

	"github.com/hophound/hophound/container"
)

// Owner is the process that has a socket open. Fields that could not be learnt
// are zero: the processes of others need CAP_SYS_PTRACE (and sometimes
// CAP_DAC_READ_SEARCH), the user of a socket needs nothing.
type Owner struct {
	PID           int    `json:"pid,omitempty"`            // the lowest, if several share the socket
	Command       string `json:"command,omitempty"`        // first word of its command line, without folders: "nginx"
	User          string `json:"user,omitempty"`           // name in /etc/passwd of this host, or the number
	ContainerID   string `json:"container_id,omitempty"`   // 64 hexadecimal digits
	ContainerName string `json:"container_name,omitempty"` // as Docker, Podman, nerdctl or Kubernetes call it
	Listener      bool   `json:"listener,omitempty"`       // it listens at the endpoint; the connection itself was not met open
}

// describe gives what can be read of a process. root is the file system's root.
func describe(root fs.FS, pid int) Owner {
	folder := path.Join("proc", strconv.Itoa(pid))
	o := Owner{PID: pid, Command: command(root, folder)}
	if status, err := fs.ReadFile(root, folder+"/status"); err == nil {
		o.User = userName(root, effectiveUser(string(status)))
	}
	if groups, err := fs.ReadFile(root, folder+"/cgroup"); err == nil {
		o.ContainerID = container.IDOf(string(groups))
		o.ContainerName = container.Name(root, o.ContainerID)
	}
	return o
}

// command leaves arguments out: they may hold passwords. Servers that write
// their title there ("nginx: worker process") have theirs in the first word too.
func command(root fs.FS, folder string) string {
	line, err := fs.ReadFile(root, folder+"/cmdline")
	if first, _, _ := strings.Cut(string(line), "\x00"); err == nil {
		if words := strings.Fields(first); len(words) > 0 {
			return strings.TrimRight(path.Base(words[0]), ":")
		}
	}
	name, err := fs.ReadFile(root, folder+"/comm")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(name))
}

// effectiveUser is the second number of "Uid:" in /proc/PID/status (proc(5)).
func effectiveUser(status string) string {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, "Uid:"); ok {
			if ids := strings.Fields(rest); len(ids) > 1 {
				return ids[1]
			}
		}
	}
	return ""
}

// userName looks a user up in /etc/passwd alone: no question leaves the host.
func userName(root fs.FS, uid string) string {
	text, err := fs.ReadFile(root, "etc/passwd")
	if err != nil || uid == "" {
		return uid
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, ":"); len(fields) > 3 && fields[2] == uid {
			return fields[0]
		}
	}
	return uid
}
