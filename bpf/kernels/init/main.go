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

// test is a program of tests, where it runs and which of its tests.
type test struct {
	dir  string
	args []string
	with []string // programs it needs
}

// Of capture all that captures, but for TestLiveWritten: that needs tshark, with
// which the machine would be five times as large and boot as slowly.
var tests = []test{
	{"/bpf", []string{"/tests/bpf.test"}, nil},
	{"/loopback", []string{"/tests/loopback.test"}, nil},
	{"/capture", []string{
		"/tests/capture.test", "-test.run", "^Test(Live|OpenLive)", "-test.skip", "^TestLiveWritten$", "-test.timeout", "5m",
	}, []string{"ip", "tcpdump"}},
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
	for name, value := range map[string]string{"PATH": "/bin", "HOPHOUND": "/bin/hophound"} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	if err := bringUp("lo"); err != nil {
		return fmt.Errorf("bring lo up: %w", err)
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

// bringUp does what "ip link set NAME up" does.
func bringUp(name string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	request, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, request)
}

// there tells whether all of the programs are.
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
