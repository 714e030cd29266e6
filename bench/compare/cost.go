//go:build linux

package main

import (
	"bufio"
	"context"
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

// cost is what one run of a program has taken.
type cost struct {
	wall, cpu time.Duration // cpu: user and system time, of all threads
	peak      int64         // largest resident set, in bytes, pages of files that are mapped included
	anonymous int64         // largest resident set without these; 0 if it was not watched
}

// plus adds a run that came after c.
func (c cost) plus(d cost) cost {
	return cost{c.wall + d.wall, c.cpu + d.cpu, max(c.peak, d.peak), max(c.anonymous, d.anonymous)}
}

// costOf runs a command line to its end, with files or /dev/null. Watched, its memory is looked at every
// few milliseconds, which takes a little time of its own. Exit statuses up to 3 are
// a hophound's verdicts; other programs must end with 0.
func costOf(ctx context.Context, argv []string, stdin, stdout *os.File, watched bool) (cost, error) {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	if stdin != nil { // a nil *os.File is no nil io.Reader
		c.Stdin = stdin
	}
	if stdout != nil {
		c.Stdout = stdout
	}
	var said tail
	c.Stderr = &said
	begun := time.Now()
	if err := c.Start(); err != nil {
		return cost{}, err
	}
	watch := memoryWatch{pid: c.Process.Pid}
	if watched {
		watch.begin()
	}
	err := c.Wait()
	wall := time.Since(begun)
	watch.end()
	if err := ctx.Err(); err != nil {
		return cost{}, err
	}
	verdict := filepath.Base(argv[0]) == "hophound" && slices.Contains([]int{1, 3}, c.ProcessState.ExitCode())
	if err != nil && !verdict {
		return cost{}, fmt.Errorf("run %s: %w: %s", strings.Join(argv, " "), err, said.text)
	}
	return cost{wall, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), watch.peakOf(c.ProcessState), watch.anonymous}, nil
}

// tail keeps the end of what a program says.
type tail struct{ text []byte }

func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-2000):]
	return len(b), nil
}

// memoryWatch looks at the memory of a process while it runs.
type memoryWatch struct {
	pid             int
	high, anonymous int64 // bytes
	over, ended     chan struct{}
}

func (w *memoryWatch) begin() {
	w.over, w.ended = make(chan struct{}), make(chan struct{})
	go func() {
		defer close(w.ended)
		ticker := time.NewTicker(3 * time.Millisecond)
		defer ticker.Stop()
		for {
			w.look()
			select {
			case <-w.over:
				return
			case <-ticker.C:
			}
		}
	}()
}

func (w *memoryWatch) end() {
	if w.over != nil {
		close(w.over)
		<-w.ended
	}
}

// look reads the process's status (proc_pid_status(5)). A process that has just
// ended has no memory there any more.
func (w *memoryWatch) look() {
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", w.pid))
	if err != nil {
		return
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), ":")
		kib, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		switch {
		case err != nil:
		case name == "VmHWM":
			w.high = max(w.high, kib<<10)
		case name == "RssAnon":
			w.anonymous = max(w.anonymous, kib<<10)
		}
	}
}

// peakOf is the largest resident set of a process that has ended. The kernel's
// own figure (getrusage(2)) is exact but also counts what its parent, this
// process, had in memory when it started the other: it is of use only beyond
// that. Below, what was seen last must do.
func (w *memoryWatch) peakOf(state *os.ProcessState) int64 {
	usage, known := state.SysUsage().(*syscall.Rusage)
	if known && usage.Maxrss<<10 > ownPeak() {
		return usage.Maxrss << 10
	}
	return w.high
}

// ownPeak is the largest resident set of this process, in bytes.
func ownPeak() int64 {
	own := memoryWatch{pid: os.Getpid()}
	own.look()
	return own.high
}

// costOfAll lets a rival read captures.
func costOfAll(ctx context.Context, r rival, files []string, watched bool) (total cost, err error) {
	if r.together {
		return costOf(ctx, r.argv(files), nil, nil, watched)
	}
	for _, file := range files {
		one, err := costOf(ctx, r.argv([]string{file}), nil, nil, watched)
		if err != nil {
			return cost{}, err
		}
		total = total.plus(one)
	}
	return total, nil
}
