package container

import (
	"regexp"
	"slices"
	"strings"
)

// identifier is the last part of a control group's path that is a container: 64
// hexadecimal digits with what Docker, Podman, CRI-O and containerd write
// around them, or the name of a task of AWS Fargate.
var identifier = regexp.MustCompile(`^(?:[a-z-]+-)?([0-9a-f]{64})(?:\.scope)?$|^([0-9a-f]{32}-[0-9]+)$`)

// IDOf finds the container's id in the text of /proc/PID/cgroup (cgroups(7)),
// the innermost one if there are several; empty if there is none. The monitors
// that Podman and CRI-O run beside a container are not in it.
func IDOf(cgroups string) string {
	for line := range strings.Lines(cgroups) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) < 3 {
			continue
		}
		if id := idOfPath(fields[2]); id != "" {
			return id
		}
	}
	return ""
}

func idOfPath(group string) string {
	parts := strings.FieldsFunc(group, func(r rune) bool { return r == '/' || r == ':' })
	for _, part := range slices.Backward(parts) {
		if strings.Contains(part, "-conmon-") {
			return ""
		}
		if found := identifier.FindStringSubmatch(part); found != nil {
			return found[1] + found[2]
		}
	}
	return ""
}
