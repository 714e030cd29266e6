package container

import (
	"encoding/json"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// layout is where a program that runs containers writes what they are called.
type layout struct {
	files string // pattern of path.Match, from the root; {id} is the container's id, where the path has it
	read  func(file string, text []byte) []named
}

// named is a container as a file tells it.
type named struct {
	id    string
	names []string // the first is the one to show; none if the file is half written
}

// layouts lists them, those of the whole host first and then those of its users,
// whose containers are "rootless". They are the defaults of
//
//   - Docker: data-root /var/lib/docker, rootless ~/.local/share/docker
//     (https://docs.docker.com/engine/security/rootless/tips/);
//   - Podman, Buildah and CRI-O, by the library containers/storage: graphroot
//     /var/lib/containers/storage, rootless ~/.local/share/containers/storage;
//     runroot /run/containers/storage, rootless /run/user/UID/containers
//     (containers-storage.conf(5)). A folder DRIVER-containers in it holds
//     containers.json, and volatile-containers.json, where `podman run --rm`
//     goes; with a transient store that one is below the runroot
//     (containers/storage, containers.go, newContainerStore);
//   - containerd's runtime v2, with bundles below its state folder.
//
// What an administrator has moved elsewhere (data-root, graphroot,
// rootless_storage_path, XDG_DATA_HOME) is not found by name, nor is what
// rootless containerd keeps in a mount namespace of its own.
func layouts(root fs.FS) []layout {
	all := []layout{
		{"var/lib/docker/containers/{id}/config.v2.json", readDocker},
		{"var/lib/containers/storage/*-containers/*containers.json", readStorage},
		{"run/containers/storage/*-containers/*containers.json", readStorage},
		{"run/containerd/io.containerd.runtime.v2.task/*/{id}/config.json", readBundle},
		{"run/user/*/containers/*-containers/*containers.json", readStorage},
	}
	for _, home := range homes(root) {
		all = append(all,
			layout{home + "/.local/share/containers/storage/*-containers/*containers.json", readStorage},
			layout{home + "/.local/share/docker/containers/{id}/config.v2.json", readDocker})
	}
	return all
}

// homes are the users' folders: those of /etc/passwd, and what is in /home, for
// users that a directory service knows.
func homes(root fs.FS) []string {
	list, _ := fs.Glob(root, "home/*") // the pattern is well formed
	text, _ := fs.ReadFile(root, "etc/passwd")
	for line := range strings.Lines(string(text)) {
		fields := strings.Split(strings.TrimSpace(line), ":")
		if len(fields) < 6 {
			continue
		}
		home := strings.TrimPrefix(path.Clean(fields[5]), "/")
		if home != "" && fs.ValidPath(home) && !strings.ContainsAny(home, `*?[\{`) {
			list = append(list, home)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// contents reads a layout's files, for one container or, with an empty id, for
// all. closed is a folder that this process may not look into, if there is one.
func (l layout) contents(root fs.FS, id string) (all []named, closed string) {
	if id == "" {
		id = "*"
	}
	pattern := strings.ReplaceAll(l.files, "{id}", id)
	folder, _, _ := strings.Cut(pattern, "/*")
	if id == "*" && isClosed(root, folder) { // which fs.Glob keeps to itself
		closed = "/" + folder
	}
	files, _ := fs.Glob(root, pattern) // the pattern is well formed
	for _, file := range files {
		text, err := fs.ReadFile(root, file)
		if err != nil {
			if isPermission(err) {
				closed = "/" + file
			}
			continue
		}
		all = append(all, l.read(file, text)...)
	}
	return all, closed
}

func isClosed(root fs.FS, folder string) bool {
	_, err := fs.ReadDir(root, folder)
	return isPermission(err)
}

// A text that is no JSON names nothing: it may be half written.

// readDocker reads a container's config.v2.json.
func readDocker(file string, text []byte) []named {
	var config struct{ Name string }
	_ = json.Unmarshal(text, &config)
	return oneNamed(file, strings.TrimPrefix(config.Name, "/"))
}

// readStorage reads the lists that Podman, Buildah and CRI-O keep.
func readStorage(_ string, text []byte) []named {
	var list []struct {
		ID    string   `json:"id"`
		Names []string `json:"names"`
	}
	_ = json.Unmarshal(text, &list)
	all := make([]named, 0, len(list))
	for _, c := range list {
		all = append(all, named{c.ID, c.Names})
	}
	return all
}

// readBundle reads the annotations of a bundle (OCI runtime specification,
// config.json): nerdctl's, or those of Kubernetes (CRI).
func readBundle(file string, text []byte) []named {
	var config struct {
		Annotations map[string]string `json:"annotations"`
	}
	_ = json.Unmarshal(text, &config)
	return oneNamed(file, config.Annotations["nerdctl/name"], config.Annotations["io.kubernetes.cri.container-name"])
}

// oneNamed is the container whose file lies in a folder of its id.
func oneNamed(file string, names ...string) []named {
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" })
	return []named{{path.Base(path.Dir(file)), names}}
}
