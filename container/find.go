package container

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

const (
	minIDDigits  = 3  // first digits of an id that may stand for it
	shownDigits  = 12 // of an id, as Docker and Podman show it
	maxMentioned = 8  // containers in a message
)

// ErrAmbiguous is the error of a name that several running containers have.
var ErrAmbiguous = errors.New("several containers have that name")

// FindError says why a container was not found, and what to do.
type FindError struct {
	Name   string // that was looked for
	Reason string // "it is not running"
	Remedy string // what to give instead; may be empty
	Err    error  // fs.ErrNotExist, fs.ErrPermission or ErrAmbiguous
}

// Error says what was looked for, why it was not found, and what to do.
func (e *FindError) Error() string {
	text := "find container " + e.Name + ": " + e.Reason
	if e.Remedy != "" {
		text += "; " + e.Remedy
	}
	return text
}

// Unwrap gives the kind of failure.
func (e *FindError) Unwrap() error { return e.Err }

// Find gives the id of a process in a running container, the lowest one, by a
// name or id of the container, or by at least three first digits of its id.
//
// Errors: a [FindError]; fs.ErrPermission if there may be such a container and
// the files that would tell may not be read.
func Find(root fs.FS, name string) (pid string, err error) {
	running, err := runningContainers(root)
	if err != nil {
		return "", fmt.Errorf("find container %s: %w", name, err)
	}
	ids, closed := idsOfName(root, name)
	found := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return running[id] == "" })
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
		return "", &FindError{name, "it could be " + strings.Join(shortened(found), " or "), "give the id", ErrAmbiguous}
	case len(ids) > 0:
		return "", &FindError{name, "it is not running", mention(root, running), fs.ErrNotExist}
	case closed != "":
		return "", &FindError{
			name, closed + " may not be read, where its name may stand",
			"run it with sudo, give the container's id, or write pid:PID/ with a process in it", fs.ErrPermission,
		}
	}
	return "", &FindError{name, "no such container runs", mention(root, running), fs.ErrNotExist}
}

// mention names the containers that there are.
func mention(root fs.FS, running map[string]string) string {
	if len(running) == 0 {
		return "no process here is in a container: write pid:PID/ if you know one"
	}
	var names []string
	for _, id := range slices.Sorted(maps.Keys(running)) {
		if len(names) == maxMentioned {
			names = append(names, fmt.Sprintf("and %d more", len(running)-maxMentioned))
			break
		}
		names = append(names, cmp.Or(Name(root, id), shortened([]string{id})[0]))
	}
	return "running: " + strings.Join(names, ", ")
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
		id := IDOf(string(text))
		pid := path.Base(path.Dir(group))
		if known := running[id]; id != "" && (known == "" || lower(pid, known) < 0) {
			running[id] = pid
		}
	}
	return running, nil
}

// idsOfName finds the containers that have a name, running or not. closed is
// what could not be read.
func idsOfName(root fs.FS, name string) (ids []string, closed string) {
	for _, l := range layouts(root) {
		all, unread := l.contents(root, "")
		closed = cmp.Or(closed, unread)
		for _, c := range all {
			if slices.Contains(c.names, name) {
				ids = append(ids, c.id)
			}
		}
	}
	return ids, closed
}

func isPermission(err error) bool { return errors.Is(err, fs.ErrPermission) }

func isIDPrefix(name string) bool {
	return len(name) >= minIDDigits && strings.Trim(name, "0123456789abcdef") == ""
}

func shortened(ids []string) []string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = id[:min(shownDigits, len(id))]
	}
	return short
}
