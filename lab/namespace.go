//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// netnsFolder is where iproute2 keeps the names of network namespaces (ip-netns(8)).
const netnsFolder = "/run/netns"

// namePrefix starts the name of every namespace and every folder of every lab;
// the process id of the lab that made it follows.
const namePrefix = "hophound-"

// Namespace is a network namespace known by name to iproute2: one host of a chain.
type Namespace struct {
	Name string
}

// newNamespace makes a namespace with its loopback up.
func newNamespace(ctx context.Context, name string) (Namespace, error) {
	ns := Namespace{Name: name}
	if err := ip(ctx, "netns", "add", name); err != nil {
		return ns, err
	}
	return ns, ip(ctx, "-n", name, "link", "set", "lo", "up")
}

// command is argv made ready to be run in the namespace. iproute2 replaces
// itself by the program, so that the process id is the program's.
func (ns Namespace) command(argv ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", ns.Name}, argv...)...)
}

// remove ends what still runs in the namespace, by process id, and removes it.
func (ns Namespace) remove(ctx context.Context) error {
	pids, err := ns.processes(ctx)
	for _, pid := range pids {
		_ = syscall.Kill(pid, syscall.SIGKILL) // gone already is what we want
	}
	return errors.Join(err, ip(ctx, "netns", "del", ns.Name))
}

// processes lists the process ids of what runs in the namespace.
func (ns Namespace) processes(ctx context.Context) ([]int, error) {
	out, err := exec.CommandContext(ctx, "ip", "netns", "pids", ns.Name).Output()
	if err != nil {
		return nil, fmt.Errorf("list the processes of namespace %s: %w", ns.Name, err)
	}
	var pids []int
	for field := range strings.FieldsSeq(string(out)) {
		if pid, err := strconv.Atoi(field); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// removeStale removes what labs whose process is gone have left: the
// namespaces and the folder of a run that was killed before it could clean up.
func removeStale(ctx context.Context) error {
	var failed error
	for _, path := range stale(netnsFolder) {
		failed = errors.Join(failed, Namespace{Name: filepath.Base(path)}.remove(ctx))
	}
	for _, path := range stale(os.TempDir()) {
		failed = errors.Join(failed, os.RemoveAll(path))
	}
	return failed
}

// stale lists what in a folder belongs by its name to a lab whose process is gone.
func stale(folder string) []string {
	paths, _ := filepath.Glob(filepath.Join(folder, namePrefix+"*")) // the pattern is well formed
	return slices.DeleteFunc(paths, func(path string) bool {
		owner, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), namePrefix), "-")
		pid, err := strconv.Atoi(owner)
		return err != nil || alive(pid)
	})
}

func alive(pid int) bool {
	return pid == os.Getpid() || !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}

// ip runs iproute2's ip.
func ip(ctx context.Context, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "ip", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("run ip %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}
