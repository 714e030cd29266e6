package performance

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"time"
)

// Machine says in one paragraph where and when figures were measured, and with
// which revision of hophound: whoever reads them can judge them.
func Machine(ctx context.Context) string {
	return fmt.Sprintf("Measured on %s: %s, %d cores, %s of memory, %s, %s, hophound %s.",
		time.Now().Format("2 January 2006"), processor(), runtime.NumCPU(), memory(),
		firstLine(ctx, "uname", "-sr"), runtime.Version(), revision(ctx))
}

// processor is the model that the kernel names.
func processor() string { return fieldOf("/proc/cpuinfo", "model name", "processor of unknown model") }

// memory is that of the machine, in GiB.
func memory() string {
	var kib float64
	if _, err := fmt.Sscanf(fieldOf("/proc/meminfo", "MemTotal", ""), "%f kB", &kib); err != nil {
		return "an unknown amount"
	}
	return fmt.Sprintf("%.0f GiB", kib/(1<<20))
}

// fieldOf finds "NAME : VALUE" in a file of the kernel's.
func fieldOf(path, name, otherwise string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return otherwise
	}
	for line := range strings.Lines(string(text)) {
		if key, value, found := strings.Cut(line, ":"); found && strings.TrimSpace(key) == name {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return otherwise
}

// revision is the checkout's: its tag, or its commit; with "+" if files differ
// from it. Go's own note of it is not there under "go run".
func revision(ctx context.Context) string {
	if described := firstLine(ctx, "git", "describe", "--tags", "--always", "--dirty=+"); described != "" {
		return described
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "of unknown revision"
}

// Versions names programs as they do themselves: each argument is a command
// line whose first line of output has it.
func Versions(ctx context.Context, commands ...[]string) string {
	var names []string
	for _, c := range commands {
		if line := firstLine(ctx, c...); line != "" {
			names = append(names, strings.TrimSuffix(strings.TrimPrefix(line, "This is "), "."))
		}
	}
	return strings.Join(names, "; ") + "."
}

// firstLine is what a command says first, on either output; empty if it cannot
// run. Some print their version and then fail.
func firstLine(ctx context.Context, argv ...string) string {
	output, _ := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
	for line := range strings.Lines(string(output)) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "Running as user") {
			return line
		}
	}
	return ""
}
