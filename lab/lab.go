//go:build linux

package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// module is the path of the Go module the lab belongs to.
const module = "github.com/hophound/hophound"

// rootVariable names the environment variable that says where the root file
// systems of other Debian releases are; defaultRoot holds if it is not set.
const (
	rootVariable = "HOPHOUND_LAB_ROOT"
	defaultRoot  = "/var/cache/hophound-lab"
)

// Lab is what chains are built with: the source tree's configurations, the
// lab's own compiled programs, and the root file system of the newer Debian.
type Lab struct {
	tree   string // the module's folder
	tools  string // compiled programs of the lab
	forky  string // root file system of Debian forky
	chains atomic.Int64

	asking   sync.Mutex
	versions map[string]string // what programs say of their versions, by command line
}

// ask runs a command that tells a version and returns its first line. Each is
// run once: asking Ruby takes longer than many a scenario.
func (l *Lab) ask(ctx context.Context, argv ...string) (string, error) {
	l.asking.Lock()
	defer l.asking.Unlock()
	key := strings.Join(argv, "\x00")
	if line, known := l.versions[key]; known {
		return line, nil
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir = l.tree
	out, err := cmd.CombinedOutput() // nginx tells it on standard error
	if err != nil {
		return "", fmt.Errorf("run %s: %w: %s", strings.Join(argv, " "), err, out)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	l.versions[key] = line
	return line, nil
}

// Open removes what killed labs left behind and compiles the lab's own
// programs into a temporary folder, where the runs of WriteCase have theirs too.
// Close removes that folder.
func Open(ctx context.Context) (*Lab, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("open the lab: network namespaces need root")
	}
	if err := removeStale(ctx); err != nil {
		return nil, fmt.Errorf("remove what a killed lab left: %w", err)
	}
	tree, err := run(ctx, "", "go", "list", "-m", "-f", "{{.Dir}}", module)
	if err != nil {
		return nil, fmt.Errorf("find the source tree: %w", err)
	}
	tools, err := os.MkdirTemp("", fmt.Sprintf("%s%d-lab-", namePrefix, os.Getpid()))
	if err != nil {
		return nil, fmt.Errorf("make a folder for the lab's programs: %w", err)
	}
	l := &Lab{
		tree: strings.TrimSpace(tree), tools: tools, forky: filepath.Join(labRoot(), "forky"),
		versions: map[string]string{},
	}
	_, err = run(ctx, l.tree, "go", "build", "-o", tools+"/", "./lab/client", "./lab/clb", "./lab/middle", "./lab/raw")
	if err != nil {
		return nil, errors.Join(fmt.Errorf("compile the lab's programs: %w", err), l.Close())
	}
	return l, nil
}

// Close removes the compiled programs. Chains are stopped by whoever started them.
func (l *Lab) Close() error { return os.RemoveAll(l.tools) }

// Cases is the folder of the project's cases.
func (l *Lab) Cases() string { return filepath.Join(l.tree, "pcaps") }

// path is the absolute path of a file of the lab.
func (l *Lab) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(l.tree, "lab", name)
}

// expand replaces {tools} and {app} in an argument by where they are.
func (l *Lab) expand(argv []string, app string) []string {
	names := strings.NewReplacer("{tools}", l.tools, "{app}", app)
	out := make([]string, len(argv))
	for i, arg := range argv {
		out[i] = names.Replace(arg)
	}
	return out
}

// chrootScript runs its arguments in the root file system $1, where /mnt is the
// folder $2 and /srv the folder $3. The mounts are made in the mount namespace
// that "ip netns exec" has made for this process, and end with it.
const chrootScript = `set -e
mount --bind "$2" "$1/mnt"
mount --bind "$3" "$1/srv"
mount --rbind /dev "$1/dev"
mount -t proc proc "$1/proc"
root=$1
shift 3
exec chroot "$root" env -C /mnt PWD=/mnt "$@"`

// argv is what to execute, inside a namespace, to run a node's program in its release.
func (l *Lab) argv(n Node, dir string, argv []string) []string {
	app := filepath.Join(l.tree, "lab", "app")
	if !n.Forky {
		return l.expand(argv, app)
	}
	return append([]string{"sh", "-c", chrootScript, "sh", l.forky, dir, app}, l.expand(argv, "/srv")...)
}

func labRoot() string {
	if root := os.Getenv(rootVariable); root != "" {
		return root
	}
	return defaultRoot
}

// run runs a program to its end and returns its standard output.
func run(ctx context.Context, dir string, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Stderr = dir, &complaint
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("run %s: %w: %s", strings.Join(argv, " "), err, complaint.String())
	}
	return string(out), nil
}
