package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// Kernels that matter. The first is the oldest that hophound is tried on.
var (
	triedKernel = [2]int{5, 10}
	ringKernel  = [2]int{3, 2} // TPACKET_V3
)

func kernel(root fs.FS) Check {
	c := Check{Name: "kernel"}
	text, err := fs.ReadFile(root, "proc/sys/kernel/osrelease")
	if err != nil {
		c.State, c.Detail = DoesNotWork, "no Linux kernel tells its version; live capture is for Linux"
		c.Remedy = "read saved captures here (hophound analyze), capture on a Linux host"
		return c
	}
	release := strings.TrimSpace(string(text))
	version, ok := parseRelease(release)
	switch {
	case !ok:
		c.State, c.Detail = WorksPartly, fmt.Sprintf("Linux %s, which is no version number known here", release)
	case before(version, ringKernel):
		c.State, c.Detail = DoesNotWork, fmt.Sprintf("Linux %s has no packet ring of version 3, which came with 3.2", release)
		c.Remedy = "capture with tcpdump -w and read that file here"
	case before(version, triedKernel):
		c.State, c.Detail = WorksPartly, fmt.Sprintf("Linux %s is older than 5.10, the oldest that hophound is tried on; trimming by eBPF may not load, whole packets are then captured", release)
	default:
		c.State, c.Detail = Works, "Linux "+release
	}
	return c
}

// parseRelease reads the first two numbers of "5.10.0-28-cloud-amd64".
func parseRelease(release string) (version [2]int, ok bool) {
	parts := strings.SplitN(release, ".", 3)
	if len(parts) < 2 {
		return version, false
	}
	major, err := strconv.Atoi(parts[0])
	if err != nil {
		return version, false
	}
	digits := strings.IndexFunc(parts[1], func(r rune) bool { return r < '0' || r > '9' })
	if digits < 0 {
		digits = len(parts[1])
	}
	minor, err := strconv.Atoi(parts[1][:digits])
	return [2]int{major, minor}, err == nil
}

func before(a, b [2]int) bool { return a[0] < b[0] || a[0] == b[0] && a[1] < b[1] }

func packetSocket(o Options) Check {
	c := Check{Name: "packet socket"}
	if o.System.PacketSocket == nil {
		c.State, c.Detail = DoesNotWork, "this system has no AF_PACKET sockets"
		return c
	}
	err := o.System.PacketSocket()
	switch {
	case err == nil:
		c.State, c.Detail = Works, "AF_PACKET with a TPACKET_V3 ring"
	case errors.Is(err, fs.ErrPermission):
		c.State, c.Detail = DoesNotWork, fmt.Sprintf("not allowed: %v", err)
		c.Remedy = "grant CAP_NET_RAW, as told under that name"
	default:
		c.State, c.Detail = DoesNotWork, fmt.Sprintf("the kernel refuses: %v", err)
		c.Remedy = "load the module af_packet (sudo modprobe af_packet), or leave the sandbox that forbids it"
	}
	return c
}

// btf is the kernel's own type information. Nothing that hophound loads needs
// it; whoever debugs with other tools wants to know.
func btf(root fs.FS) Check {
	if info, err := fs.Stat(root, "sys/kernel/btf/vmlinux"); err == nil {
		return Check{Name: "BTF", State: Works, Detail: fmt.Sprintf("/sys/kernel/btf/vmlinux, %d KiB", info.Size()>>10)}
	}
	return Check{Name: "BTF", State: WorksPartly, Detail: "the kernel has no /sys/kernel/btf/vmlinux; hophound's socket filter does without"}
}

// ebpf tells whether heads can be told from bodies within the kernel.
func ebpf(o Options) Check {
	c := Check{Name: "eBPF"}
	if o.Probe == nil {
		c.State, c.Detail = WorksPartly, "not tried"
		return c
	}
	var lacking, forbidden, unknown []string
	for _, f := range o.Probe() {
		switch {
		case f.Err == nil:
		case errors.Is(f.Err, errors.ErrUnsupported):
			lacking = append(lacking, fmt.Sprintf("%s (Linux %s)", f.Name, f.MinimumKernel))
		case errors.Is(f.Err, fs.ErrPermission):
			forbidden = append(forbidden, f.Name)
		default:
			unknown = append(unknown, fmt.Sprintf("%s: %v", f.Name, f.Err))
		}
	}
	switch {
	case len(lacking) > 0 && lacksPerfmon(o.Root):
		c.State, c.Detail = WorksPartly, "cannot be told without CAP_PERFMON: the kernel refuses "+mention(lacking)+", perhaps for the lack of it"
		c.Remedy = "grant CAP_PERFMON, as told under that name"
	case len(lacking) > 0:
		c.State, c.Detail = WorksPartly, "the kernel lacks "+mention(lacking)+"; whole packets are captured instead of heads"
	case len(forbidden) > 0:
		c.State, c.Detail = WorksPartly, "bpf() is not allowed for "+mention(forbidden)+"; heads cannot be told from bodies in the kernel"
		c.Remedy = "grant CAP_BPF and CAP_PERFMON, as told under those names (CAP_SYS_ADMIN before Linux 5.8)" + seccompNote(o.Root)
	case len(unknown) > 0:
		c.State, c.Detail = WorksPartly, "cannot be told: "+mention(unknown)
	default:
		c.State, c.Detail = Works, "bodies are trimmed in the kernel"
	}
	return c
}

// lacksPerfmon tells whether the verifier is strict with this process. It then
// rejects programs, and trials of what it can do, that it takes from others.
func lacksPerfmon(root fs.FS) bool {
	effective, err := strconv.ParseUint(status(root)["CapEff"], 16, 64)
	return err == nil && effective&(1<<capPerfmon|1<<capSysAdmin) == 0
}

// seccompNote is for containers, whose default profile forbids bpf() without
// the capability.
func seccompNote(root fs.FS) string {
	if status(root)["Seccomp"] == "2" {
		return "; a seccomp filter is in force: in a container, its profile must allow bpf()"
	}
	return ""
}

// mention joins items, not too many of them.
func mention(items []string) string {
	if more := len(items) - maxMentioned; more > 0 {
		return strings.Join(items[:maxMentioned], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(items, ", ")
}
