package capture

import (
	"os"
	"strings"
)

// Namespace is the path of the network namespace that is meant, for
// [LiveOptions]; empty for "iface". The path of a process or a container holds
// as long as the process does.
//
// A container is found without asking the program that runs it: by a name that
// Docker, Podman, CRI-O or containerd has written to disk, or by its id or at
// least three first digits of that, and by the processes whose control group
// is the container's.
//
// Errors: fs.ErrNotExist if there is no such container; one that names the
// candidates if there are several; fs.ErrPermission.
func (n LiveName) Namespace() (string, error) {
	switch n.Kind {
	case KindNamespace:
		if strings.HasPrefix(n.Of, "/") {
			return n.Of, nil
		}
		return "/run/netns/" + n.Of, nil
	case KindProcess:
		return "/proc/" + n.Of + "/ns/net", nil
	case KindContainer:
		pid, err := findContainer(os.DirFS("/"), n.Of)
		if err != nil {
			return "", err
		}
		return "/proc/" + pid + "/ns/net", nil
	}
	return "", nil
}
