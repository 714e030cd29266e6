package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
)

// namespaces counts the network namespaces that could be captured in.
func namespaces(root fs.FS) Check {
	c := Check{Name: "network namespaces", State: Works}
	own, err := fs.ReadLink(root, "proc/self/ns/net")
	if err != nil {
		c.State, c.Detail = WorksPartly, "/proc tells nothing of network namespaces"
		return c
	}
	var named []string
	entries, _ := fs.ReadDir(root, "run/netns") // there is none until somebody names a namespace
	for _, entry := range entries {
		named = append(named, entry.Name())
	}
	others, hidden := namespacesOfProcesses(root, own)
	c.Detail = fmt.Sprintf("processes here are in %d besides this one", others)
	if len(named) > 0 {
		c.Detail += "; named in /run/netns: " + mention(named)
	}
	if hidden > 0 {
		c.Detail += fmt.Sprintf("; those of %d processes are hidden from this one", hidden)
	}
	if effective, err := strconv.ParseUint(status(root)["CapEff"], 16, 64); hidden > 0 && err == nil && effective>>capSysPtrace&1 == 0 {
		c.State, c.Remedy = WorksPartly, "grant CAP_SYS_PTRACE, as told under that name"
	}
	return c
}

func namespacesOfProcesses(root fs.FS, own string) (others, hidden int) {
	links, _ := fs.Glob(root, "proc/[0-9]*/ns") // the pattern is well formed
	seen := []string{own}
	for _, folder := range links {
		target, err := fs.ReadLink(root, folder+"/net")
		switch {
		case errors.Is(err, fs.ErrPermission):
			hidden++
		case err == nil && !slices.Contains(seen, target):
			seen = append(seen, target)
			others++
		}
	}
	return others, hidden
}
