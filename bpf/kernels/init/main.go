//go:build linux

// Init is the first and only program of a machine that runs the tests.
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// tests are the programs, where they run and which of their tests.
var tests = []struct {
	dir  string
	args []string
	with []string // programs they need
}{
	{"/bpf", []string{"/tests/bpf.test"}, nil},
	{"/capture", []string{"/tests/capture.test", "-test.run", "^TestLive(Heads|HeadsWithFilter|UpdateHeads|AnyNamesInterfaces)$", "-test.timeout", "5m"}, []string{"ip", "tcpdump"}},
}

func main() {
	status := "ok"
	if err := prepare(); err != nil {
		status = err.Error()
	}
	for _, t := range tests {
		if !there(t.with) {
			fmt.Printf("== %s: left out, there is no %s here\n", t.args[0], strings.Join(t.with, " or no "))
			continue
		}
		begun := time.Now()
		command := exec.Command(t.args[0], t.args[1:]...)
		command.Dir, command.Stdout, command.Stderr = t.dir, os.Stdout, os.Stdout
		result := "ok"
		if err := command.Run(); err != nil {
			result = err.Error()
			status = t.args[0] + ": " + result
		}
		fmt.Printf("== %s on %s: %s, %d s\n", t.args[0], release(), result, int(time.Since(begun).Seconds()))
	}
	fmt.Println("== tests finished: " + status)
	unix.Sync()
	_ = unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}

// prepare makes of the root file system what programs expect.
func prepare() error {
	for _, m := range []struct{ kind, to string }{
		{"proc", "/proc"}, {"sysfs", "/sys"}, {"devtmpfs", "/dev"}, {"tmpfs", "/tmp"}, {"tmpfs", "/run"},
	} {
		if err := unix.Mount(m.kind, m.to, m.kind, 0, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.to, err)
		}
	}
	if err := os.Setenv("PATH", "/bin"); err != nil {
		return err
	}
	modules, err := filepath.Glob("/modules/*.ko")
	if err != nil {
		return err
	}
	for _, path := range modules {
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if err := unix.InitModule(content, ""); err != nil {
			return fmt.Errorf("load %s: %w", path, err)
		}
	}
	return nil
}

func there(programs []string) bool {
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			return false
		}
	}
	return true
}

func release() string {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return err.Error()
	}
	return string(name.Release[:bytes.IndexByte(name.Release[:], 0)])
}
