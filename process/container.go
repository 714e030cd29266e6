package process

import (
	"encoding/json"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

// containerID is the last part of a control group's path that is a container:
// 64 hexadecimal digits with what Docker, Podman, CRI-O and containerd write
// around them, or the name of a task of AWS Fargate.
var containerID = regexp.MustCompile(`^(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?$|^([0-9a-f]{32}-[0-9]+)$`)

// containerOf finds the container's id in the text of /proc/PID/cgroup
// (cgroups(7)), the innermost one if there are several; empty if there is none.
// The monitors that Podman and CRI-O run beside a container are not in it.
func containerOf(cgroups string) string {
	for line := range strings.Lines(cgroups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		if id := containerOfPath(fields[2]); id != "" {
			return id
		}
	}
	return ""
}

func containerOfPath(group string) string {
	parts := strings.FieldsFunc(group, func(r rune) bool { return r == '/' || r == ':' })
	for _, part := range slices.Backward(parts) {
		if strings.Contains(part, "-conmon-") {
			return ""
		}
		if found := containerID.FindStringSubmatch(part); found != nil {
			return found[1] + found[2]
		}
	}
	return ""
}

// containerName reads what whoever runs containers wrote of one, without asking
// them; empty if none of them may be read or knows the id.
func containerName(root fs.FS, id string) string {
	if id == "" {
		return ""
	}
	for _, read := range [...]func(fs.FS, string) string{nameByDocker, nameByPodman, nameByContainerd} {
		if name := read(root, id); name != "" {
			return name
		}
	}
	return ""
}

// A text that is no JSON names nothing: it may be half written.

func nameByDocker(root fs.FS, id string) string {
	var config struct{ Name string }
	if text, err := fs.ReadFile(root, path.Join("var/lib/docker/containers", id, "config.v2.json")); err == nil {
		_ = json.Unmarshal(text, &config)
	}
	return strings.TrimPrefix(config.Name, "/")
}

// nameByPodman reads the list that Podman and CRI-O keep.
func nameByPodman(root fs.FS, id string) string {
	lists, _ := fs.Glob(root, "var/lib/containers/storage/*-containers/containers.json") // the pattern is well formed
	for _, list := range lists {
		var containers []struct {
			ID    string   `json:"id"`
			Names []string `json:"names"`
		}
		if text, err := fs.ReadFile(root, list); err == nil {
			_ = json.Unmarshal(text, &containers)
		}
		for _, c := range containers {
			if c.ID == id && len(c.Names) > 0 {
				return c.Names[0]
			}
		}
	}
	return ""
}

// nameByContainerd reads the annotations of a bundle: nerdctl's, or those of
// Kubernetes (CRI).
func nameByContainerd(root fs.FS, id string) string {
	bundles, _ := fs.Glob(root, "run/containerd/io.containerd.runtime.v2.task/*/"+id+"/config.json") // the pattern is well formed
	for _, bundle := range bundles {
		var config struct {
			Annotations map[string]string `json:"annotations"`
		}
		if text, err := fs.ReadFile(root, bundle); err == nil {
			_ = json.Unmarshal(text, &config)
		}
		for _, annotation := range [...]string{"nerdctl/name", "io.kubernetes.cri.container-name"} {
			if name := config.Annotations[annotation]; name != "" {
				return name
			}
		}
	}
	return ""
}
