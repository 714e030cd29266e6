package capture

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Where names of containers are written, in a file system's root.
const (
	dockerConfigs     = "var/lib/docker/containers/*/config.v2.json"
	podmanLists       = "var/lib/containers/storage/*-containers/containers.json" // CRI-O's too
	containerdBundles = "run/containerd/io.containerd.runtime.v2.task/*/*/config.json"
)

// Annotations of a containerd bundle (OCI runtime specification, config.json)
// that hold the name which people gave: nerdctl's, and Kubernetes' (CRI).
var containerdNames = [...]string{"nerdctl/name", "io.kubernetes.cri.container-name"}

// containerID is how ids are written: 64 hexadecimal digits. In front of those
// of a control group may stand "docker-", "libpod-", "crio-", "cri-containerd-"
// or a slash.
var containerID = regexp.MustCompile(`(conmon-)?\b([0-9a-f]{64})\b`)

// minIDDigits is how many first digits of an id may stand for it.
const minIDDigits = 3

// findContainer gives the id of a process in a running container, by name or
// by id. root is the file system's root.
func findContainer(root fs.FS, name string) (pid string, err error) {
	running, err := runningContainers(root)
	if err != nil {
		return "", fmt.Errorf("find container %s: %w", name, err)
	}
	ids, unread := idsOfName(root, name)
	found := slices.DeleteFunc(ids, func(id string) bool { return running[id] == "" })
	if len(found) == 0 && isIDPrefix(name) {
		for id := range running {
			if strings.HasPrefix(id, name) {
				found = append(found, id)
			}
		}
	}
	slices.Sort(found)
	found = slices.Compact(found)
	switch {
	case len(found) == 1:
		return running[found[0]], nil
	case len(found) > 1:
		return "", fmt.Errorf("find container %s: it could be %s: give the id", name, shortIDs(found))
	case len(ids) > 0:
		return "", fmt.Errorf("find container %s: it is not running: %w", name, fs.ErrNotExist)
	case unread != nil:
		return "", fmt.Errorf("find container %s: %w; its id or pid:PID/ may be given instead", name, unread)
	}
	return "", fmt.Errorf("find container %s: no such container runs (%d do): %w", name, len(running), fs.ErrNotExist)
}

// runningContainers gives for each container the lowest id of a process in it.
func runningContainers(root fs.FS) (map[string]string, error) {
	groups, err := fs.Glob(root, "proc/[0-9]*/cgroup")
	if err != nil {
		return nil, err
	}
	lower := func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) }
	running := map[string]string{}
	for _, group := range groups {
		text, err := fs.ReadFile(root, group)
		if err != nil {
			continue // the process is gone
		}
		id := containerOf(string(text))
		pid := path.Base(path.Dir(group))
		if known := running[id]; id != "" && (known == "" || lower(pid, known) < 0) {
			running[id] = pid
		}
	}
	return running, nil
}

// containerOf finds the container's id in the text of /proc/PID/cgroup
// (cgroups(7)): the innermost one of a path. Podman's monitor of a container
// is not in it.
func containerOf(cgroup string) string {
	for line := range strings.Lines(cgroup) {
		all := containerID.FindAllStringSubmatch(line, -1)
		if len(all) == 0 {
			continue
		}
		if last := all[len(all)-1]; last[1] == "" {
			return last[2]
		}
	}
	return ""
}

// idsOfName finds the containers that have a name, running or not. unread is
// why some names could not be read.
func idsOfName(root fs.FS, name string) (ids []string, unread error) {
	for _, source := range []struct {
		pattern string
		ids     func(file string, text []byte, name string) []string
	}{
		{dockerConfigs, idOfDocker},
		{podmanLists, idsOfPodman},
		{containerdBundles, idOfContainerd},
	} {
		unread = cmp.Or(unread, forbidden(root, source.pattern))
		files, _ := fs.Glob(root, source.pattern) // the patterns are well formed
		for _, file := range files {
			text, err := fs.ReadFile(root, file)
			if errors.Is(err, fs.ErrPermission) {
				unread = err
			}
			ids = append(ids, source.ids(file, text, name)...)
		}
	}
	return ids, unread
}

// forbidden tells whether the folder that a pattern begins with may not be
// listed, which fs.Glob keeps to itself.
func forbidden(root fs.FS, pattern string) error {
	folder, _, _ := strings.Cut(pattern, "/*")
	_, err := fs.ReadDir(root, folder)
	if errors.Is(err, fs.ErrPermission) {
		return err
	}
	return nil
}

// A text that is no JSON names nothing: it may be half written.

func idOfDocker(_ string, text []byte, name string) []string {
	var config struct{ ID, Name string }
	_ = json.Unmarshal(text, &config)
	if strings.TrimPrefix(config.Name, "/") == name {
		return []string{config.ID}
	}
	return nil
}

func idsOfPodman(_ string, text []byte, name string) (ids []string) {
	var list []struct {
		ID    string   `json:"id"`
		Names []string `json:"names"`
	}
	_ = json.Unmarshal(text, &list)
	for _, container := range list {
		if slices.Contains(container.Names, name) {
			ids = append(ids, container.ID)
		}
	}
	return ids
}

func idOfContainerd(file string, text []byte, name string) []string {
	var config struct {
		Annotations map[string]string `json:"annotations"`
	}
	_ = json.Unmarshal(text, &config)
	for _, annotation := range containerdNames {
		if config.Annotations[annotation] == name {
			return []string{path.Base(path.Dir(file))}
		}
	}
	return nil
}

func isIDPrefix(name string) bool {
	return len(name) >= minIDDigits && strings.Trim(name, "0123456789abcdef") == ""
}

func shortIDs(ids []string) string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = id[:min(12, len(id))]
	}
	return strings.Join(short, " or ")
}
