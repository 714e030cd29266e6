package container

import "io/fs"

// Name is what people call the container with an id: the name that Docker,
// Podman, CRI-O, nerdctl or Kubernetes gave it. It is empty if none of their
// files may be read or knows the id.
func Name(root fs.FS, id string) string {
	if id == "" {
		return ""
	}
	for _, l := range layouts(root) {
		all, _ := l.contents(root, id) // what may not be read names nothing
		for _, c := range all {
			if c.id == id && len(c.names) > 0 {
				return c.names[0]
			}
		}
	}
	return ""
}
