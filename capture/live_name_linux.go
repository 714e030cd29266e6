package capture

import (
	"os"
	"strings"

	"github.com/hophound/hophound/container"
)

// Namespace is the path of the network namespace that is meant, for
// [LiveOptions]; empty for "iface". The path of a process or a container holds
// as long as the process does.
//
// A container is found by [container.Find], whose errors these are.
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
		pid, err := container.Find(os.DirFS("/"), n.Of)
		if err != nil {
			return "", err
		}
		return "/proc/" + pid + "/ns/net", nil
	}
	return "", nil
}
