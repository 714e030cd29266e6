package doctor

import (
	"fmt"
	"io/fs"
	"strconv"
	"strings"
)

// capability is one of capabilities(7): its bit, what it is for, and what works
// without it.
type capability struct {
	name    string
	bit     uint
	instead []uint // bits of which one will do as well
	purpose string
	without State
}

const (
	capReadSearch = 2
	capNetRaw     = 13
	capSysPtrace  = 19
	capSysAdmin   = 21
	capPerfmon    = 38
	capBPF        = 39
)

var wantedCapabilities = [...]capability{
	{"CAP_NET_RAW", capNetRaw, nil, "capture at all", DoesNotWork},
	{"CAP_BPF", capBPF, []uint{capSysAdmin}, "trim bodies in the kernel (eBPF)", WorksPartly},
	{"CAP_PERFMON", capPerfmon, []uint{capSysAdmin}, "get the eBPF filter past the kernel's verifier", WorksPartly},
	{"CAP_SYS_ADMIN", capSysAdmin, nil, "capture in other network namespaces: netns:, pid:, container:", WorksPartly},
	{"CAP_SYS_PTRACE", capSysPtrace, nil, "tell whose sockets those of other users are", WorksPartly},
	{"CAP_DAC_READ_SEARCH", capReadSearch, nil, "look through the open files of other users' processes for that", WorksPartly},
}

// capabilities looks at the effective set of this process.
func capabilities(o Options) []Check {
	fields := status(o.Root)
	effective, err := strconv.ParseUint(fields["CapEff"], 16, 64)
	if err != nil {
		return []Check{{Name: "capabilities", State: WorksPartly, Detail: "/proc/self/status does not tell them"}}
	}
	var missing []string
	for _, wanted := range wantedCapabilities {
		if !wanted.in(effective) {
			missing = append(missing, wanted.name)
		}
	}
	var checks []Check
	for _, wanted := range wantedCapabilities {
		c := Check{Name: wanted.name, State: Works, Detail: "held: " + wanted.purpose}
		if !wanted.in(effective) {
			c.State, c.Detail = wanted.without, "missing, needed to "+wanted.purpose
			c.Remedy = grant(o.Executable, wanted.name, missing, fields["NoNewPrivs"] == "1")
		}
		checks = append(checks, c)
	}
	return checks
}

func (c capability) in(effective uint64) bool {
	for _, bit := range append([]uint{c.bit}, c.instead...) {
		if effective>>bit&1 == 1 {
			return true
		}
	}
	return false
}

// grant says how to get a capability. setcap replaces what a file had, so its
// line names all that is missing and can be pasted once.
func grant(executable, name string, missing []string, noNewPrivileges bool) string {
	docker := "docker run --cap-add " + strings.TrimPrefix(name, "CAP_") + " …"
	if noNewPrivileges {
		return fmt.Sprintf("no_new_privs is set, so that neither sudo nor setcap helps within: start it outside, or with %s", docker)
	}
	list := strings.ToLower(strings.Join(missing, ","))
	return fmt.Sprintf("sudo setcap %s=ep %s, or sudo %[2]s …, or %s", list, shellQuote(executable), docker)
}

// shellQuote leaves a path bare where a shell takes it as it is.
func shellQuote(path string) string {
	for _, r := range path {
		plain := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("/._-+", r)
		if !plain {
			return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
		}
	}
	return path
}

// status reads /proc/self/status (proc_pid_status(5)).
func status(root fs.FS) map[string]string {
	fields := map[string]string{}
	text, err := fs.ReadFile(root, "proc/self/status")
	if err != nil {
		return fields
	}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		fields[name] = strings.TrimSpace(value)
	}
	return fields
}
