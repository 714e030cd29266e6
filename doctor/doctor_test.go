package doctor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

func link(target string) *fstest.MapFile {
	return &fstest.MapFile{Data: []byte(target), Mode: fs.ModeSymlink}
}

const allCapabilities = "000001ffffffffff"

// webHost is a proxy's host where everything works.
func webHost() fstest.MapFS {
	return fstest.MapFS{
		"proc/sys/kernel/osrelease":          file("6.1.0-28-cloud-amd64\n"),
		"proc/self/status":                   file("Name:\thophound\nCapEff:\t" + allCapabilities + "\nNoNewPrivs:\t0\nSeccomp:\t0\n"),
		"proc/self/ns/net":                   link("net:[1]"),
		"proc/40/ns/net":                     link("net:[1]"),
		"proc/40/exe":                        link("/usr/sbin/nginx"),
		"proc/40/cmdline":                    file("nginx: master process /usr/sbin/nginx\x00"),
		"proc/41/ns/net":                     link("net:[1]"),
		"proc/41/exe":                        link("/usr/sbin/nginx (deleted)"),
		"proc/41/cmdline":                    file("nginx: worker process\x00"),
		"proc/700/ns/net":                    link("net:[2]"),
		"proc/700/exe":                       link("/usr/local/bin/ruby3.3"),
		"proc/700/cmdline":                   file("puma 6.4.2 (tcp://0.0.0.0:3000) [app]\x00"),
		"proc/701/ns/net":                    link("net:[2]"),
		"proc/701/exe":                       link("/bin/bash"),
		"proc/701/cmdline":                   file("bash\x00-c\x00nginx --secret\x00"),
		"run/netns/blue":                     file(""),
		"sys/kernel/btf/vmlinux":             file(strings.Repeat("x", 4096)),
		clockSources + "current_clocksource": file("tsc\n"),
		"usr/bin/tcpdump":                    file(""),
	}
}

func goodSystem() *System {
	return &System{
		PacketSocket: func() error { return nil },
		Interfaces: func() ([]Interface, error) {
			return []Interface{{"lo", true, nil}, {"eth0", true, []string{"generic-receive-offload"}}, {"eth1", false, nil}}, nil
		},
		Clock: func() (Clock, error) { return Clock{true, 1500 * time.Microsecond}, nil },
	}
}

func examine(root fstest.MapFS, change func(*Options)) map[string]Check {
	o := Options{Root: root, System: goodSystem(), Executable: "/usr/local/bin/hophound", Probe: func() []Feature { return nil }}
	if change != nil {
		change(&o)
	}
	byName := map[string]Check{}
	for _, c := range Examine(o) {
		byName[c.Name] = c
	}
	return byName
}

func TestAHostWhereAllWorks(t *testing.T) {
	var names, details []string
	for _, c := range Examine(Options{Root: webHost(), System: goodSystem(), Executable: "hophound", Probe: func() []Feature { return []Feature{{"socket filter", "3.19", nil}} }}) {
		assert.Equal(t, Works, c.State, "%s: %s", c.Name, c.Detail)
		assert.Empty(t, c.Remedy, c.Name)
		names, details = append(names, c.Name), append(details, c.Detail)
	}
	assert.Equal(t, []string{
		"kernel", "packet socket", "CAP_NET_RAW", "CAP_BPF", "CAP_PERFMON", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "eBPF", "BTF",
		"network namespaces", "interfaces", "clock source", "clock", "servers", "tcpdump",
	}, names)
	assert.Equal(t, []string{
		"Linux 6.1.0-28-cloud-amd64", "AF_PACKET with a TPACKET_V3 ring",
		"held: capture at all", "held: trim bodies in the kernel (eBPF)", "held: get the eBPF filter past the kernel's verifier", "held: capture in other network namespaces: netns:, pid:, container:",
		"held: tell whose sockets those of other users are", "held: look through the open files of other users' processes for that", "bodies are trimmed in the kernel", "/sys/kernel/btf/vmlinux, 4 KiB",
		"processes here are in 1 besides this one; named in /run/netns: blue",
		"up: lo, eth0 (generic-receive-offload); offloads make captured packets of up to 64 KiB and checksums that look wrong, which is fine",
		"tsc", "synchronised, at most 1.5ms off", "nginx (processes 40, 41); puma 6.4.2 (process 700)", "/usr/bin/tcpdump",
	}, details)
}

// TestWhatIsMissing changes one thing of that host.
func TestWhatIsMissing(t *testing.T) {
	set := func(path, text string) func(fstest.MapFS) {
		return func(root fstest.MapFS) { root[path] = file(text) }
	}
	remove := func(path string) func(fstest.MapFS) { return func(root fstest.MapFS) { delete(root, path) } }
	held := func(effective uint64, more string) func(fstest.MapFS) {
		return set("proc/self/status", fmt.Sprintf("CapEff:\t%016x\n%s", effective, more))
	}
	for _, c := range []struct {
		name   string
		change func(fstest.MapFS)
		check  string
		state  State
		detail string // a part of it
		remedy string // a part of it
	}{
		{"no Linux", remove("proc/sys/kernel/osrelease"), "kernel", DoesNotWork, "live capture is for Linux", "hophound analyze"},
		{"Amazon Linux 2's first kernel", set("proc/sys/kernel/osrelease", "4.14.355-275.603.amzn2.x86_64"), "kernel", WorksPartly, "older than 5.10", ""},
		{"ancient", set("proc/sys/kernel/osrelease", "2.6.32-754.el6"), "kernel", DoesNotWork, "packet ring", "tcpdump -w"},
		{"odd version", set("proc/sys/kernel/osrelease", "next"), "kernel", WorksPartly, "next", ""},
		{"5.10 itself", set("proc/sys/kernel/osrelease", "5.10.0-33-cloud-amd64"), "kernel", Works, "5.10", ""},
		{"6 without more", set("proc/sys/kernel/osrelease", "6.12+"), "kernel", Works, "6.12+", ""},

		{"no capability", held(0, ""), "CAP_NET_RAW", DoesNotWork, "missing, needed to capture at all",
			"sudo setcap cap_net_raw,cap_bpf,cap_perfmon,cap_sys_admin,cap_sys_ptrace,cap_dac_read_search=ep /usr/local/bin/hophound, or sudo /usr/local/bin/hophound …, or docker run --cap-add NET_RAW …"},
		{"only CAP_NET_RAW", held(1<<capNetRaw, ""), "CAP_NET_RAW", Works, "held", ""},
		{"only CAP_NET_RAW: no eBPF", held(1<<capNetRaw, ""), "CAP_BPF", WorksPartly, "trim bodies", "setcap cap_bpf,cap_perfmon,cap_sys_admin,cap_sys_ptrace,cap_dac_read_search=ep"},
		{"CAP_BPF without CAP_PERFMON", held(1<<capNetRaw|1<<capBPF, ""), "CAP_PERFMON", WorksPartly, "past the kernel's verifier", "--cap-add PERFMON"},
		{"CAP_SYS_ADMIN stands for CAP_PERFMON", held(1<<capNetRaw|1<<capSysAdmin, ""), "CAP_PERFMON", Works, "held", ""},
		{"CAP_SYS_ADMIN stands for CAP_BPF", held(1<<capNetRaw|1<<capSysAdmin, ""), "CAP_BPF", Works, "held", ""},
		{"CAP_BPF does not stand for CAP_SYS_ADMIN", held(1<<capBPF, ""), "CAP_SYS_ADMIN", WorksPartly, "other network namespaces", "--cap-add SYS_ADMIN"},
		{"no new privileges", held(0, "NoNewPrivs:\t1\n"), "CAP_NET_RAW", DoesNotWork, "missing", "no_new_privs is set"},
		{"no status", remove("proc/self/status"), "capabilities", WorksPartly, "does not tell", ""},

		{"no BTF", remove("sys/kernel/btf/vmlinux"), "BTF", WorksPartly, "does without", ""},
		{"no namespaces told", remove("proc/self/ns/net"), "network namespaces", WorksPartly, "tells nothing", ""},
		{"Xen's clock on EC2", func(root fstest.MapFS) {
			root[clockSources+"current_clocksource"], root[clockSources+"available_clocksource"] = file("xen\n"), file("xen tsc hpet acpi_pm\n")
		}, "clock source", WorksPartly, "xen is slow", "echo tsc | sudo tee /sys/devices/system/clocksource/clocksource0/current_clocksource"},
		{"a slow clock and no better one", set(clockSources+"current_clocksource", "hpet\n"), "clock source", WorksPartly, "hpet is slow", ""},
		{"no clock source told", remove(clockSources + "current_clocksource"), "clock source", WorksPartly, "does not tell", ""},
		{"no tcpdump", remove("usr/bin/tcpdump"), "tcpdump", WorksPartly, "not installed", ""},
		{"no server", func(root fstest.MapFS) {
			for _, pid := range []string{"40", "41", "700"} {
				delete(root, "proc/"+pid+"/exe")
				delete(root, "proc/"+pid+"/cmdline")
			}
		}, "servers", WorksPartly, "no nginx", "capture where they run"},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := webHost()
			c.change(root)
			got, ok := examine(root, nil)[c.check]
			require.True(t, ok)
			assert.Equal(t, c.state, got.State, got.Detail)
			assert.Contains(t, got.Detail, c.detail)
			if c.remedy == "" {
				assert.Empty(t, got.Remedy)
			}
			assert.Contains(t, got.Remedy, c.remedy)
		})
	}
}

func TestWhatSystemCallsTell(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*Options)
		check  string
		state  State
		detail string
	}{
		{"no permission", func(o *Options) {
			o.System.PacketSocket = func() error { return os.NewSyscallError("socket", os.ErrPermission) }
		}, "packet socket", DoesNotWork, "not allowed: socket"},
		{"no AF_PACKET", func(o *Options) {
			o.System.PacketSocket = func() error { return errors.New("address family not supported") }
		}, "packet socket", DoesNotWork, "the kernel refuses"},
		{"another system", func(o *Options) { o.System = &System{} }, "packet socket", DoesNotWork, "no AF_PACKET"},
		{"another system's interfaces", func(o *Options) { o.System = &System{} }, "interfaces", WorksPartly, "not looked at"},
		{"another system's clock", func(o *Options) { o.System = &System{} }, "clock", WorksPartly, "not looked at"},
		{"interfaces hidden", func(o *Options) { o.System.Interfaces = func() ([]Interface, error) { return nil, os.ErrPermission } }, "interfaces", DoesNotWork, "cannot be listed"},
		{"all down", func(o *Options) {
			o.System.Interfaces = func() ([]Interface, error) { return []Interface{{Name: "eth0"}}, nil }
		}, "interfaces", DoesNotWork, "none is up"},
		{"clock runs free", func(o *Options) { o.System.Clock = func() (Clock, error) { return Clock{}, nil } }, "clock", WorksPartly, "not synchronised"},
		{"clock hidden", func(o *Options) { o.System.Clock = func() (Clock, error) { return Clock{}, os.ErrPermission } }, "clock", WorksPartly, "cannot be told"},
		{"eBPF not tried", func(o *Options) { o.Probe = nil }, "eBPF", WorksPartly, "not tried"},
		{"eBPF lacking", probing(Feature{"bounded loops", "5.3", fmt.Errorf("load: %w", errors.ErrUnsupported)}), "eBPF", WorksPartly, "the kernel lacks bounded loops (Linux 5.3)"},
		{"eBPF forbidden", probing(Feature{"socket filter", "3.19", os.ErrPermission}), "eBPF", WorksPartly, "not allowed for socket filter"},
		{"eBPF unknown", probing(Feature{"socket filter", "3.19", errors.New("odd")}), "eBPF", WorksPartly, "cannot be told: socket filter: odd"},
		{"lacking says more than forbidden", probing(Feature{"a", "1.0", os.ErrPermission}, Feature{"b", "5.3", errors.ErrUnsupported}), "eBPF", WorksPartly, "lacks b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := examine(webHost(), c.change)[c.check]
			assert.Equal(t, c.state, got.State)
			assert.Contains(t, got.Detail, c.detail)
		})
	}
}

func probing(features ...Feature) func(*Options) {
	return func(o *Options) { o.Probe = func() []Feature { return features } }
}

// hiding is a /proc in which the namespaces of one process may not be read.
type hiding struct {
	fstest.MapFS
	path string
}

func (h hiding) ReadLink(name string) (string, error) {
	if name == h.path {
		return "", &fs.PathError{Op: "readlink", Path: name, Err: fs.ErrPermission}
	}
	return h.MapFS.ReadLink(name)
}

func TestHiddenNamespaces(t *testing.T) {
	root := webHost()
	got := namespaces(hiding{root, "proc/700/ns/net"})
	assert.Equal(t, Works, got.State, "there are processes that even CAP_SYS_PTRACE may not look at")
	assert.Contains(t, got.Detail, "those of 1 processes are hidden")
	root["proc/self/status"] = file("CapEff:\t0\n")
	got = namespaces(hiding{root, "proc/700/ns/net"})
	assert.Equal(t, WorksPartly, got.State)
	assert.Contains(t, got.Remedy, "CAP_SYS_PTRACE")
}

// TestSeccompIsNamed: in a container the profile may be what forbids bpf().
func TestSeccompIsNamed(t *testing.T) {
	root := webHost()
	root["proc/self/status"] = file("CapEff:\t" + allCapabilities + "\nSeccomp:\t2\n")
	got := examine(root, probing(Feature{"socket filter", "3.19", os.ErrPermission}))["eBPF"]
	assert.Contains(t, got.Remedy, "seccomp")
}

// TestVerifierIsStrict: what looks like an old kernel may be a lack of permission.
func TestVerifierIsStrict(t *testing.T) {
	root := webHost()
	root["proc/self/status"] = file(fmt.Sprintf("CapEff:\t%016x\n", 1<<capNetRaw|1<<capBPF))
	got := examine(root, probing(Feature{"bounded loops", "5.3", errors.ErrUnsupported}))["eBPF"]
	assert.Equal(t, WorksPartly, got.State)
	assert.Contains(t, got.Detail, "cannot be told without CAP_PERFMON: the kernel refuses bounded loops")
	assert.Contains(t, got.Remedy, "CAP_PERFMON")
}

func TestRecogniseServer(t *testing.T) {
	for _, c := range []struct{ executable, commandLine, name, version string }{
		{"/usr/sbin/nginx", "nginx: master process /usr/sbin/nginx -c /etc/nginx.conf\x00", "nginx", ""},
		{"/usr/sbin/nginx (deleted)", "nginx: worker process\x00", "nginx", ""},
		{"/usr/local/openresty/nginx/sbin/nginx", "nginx: worker process\x00", "nginx", ""},
		{"", "nginx: worker process\x00", "nginx", ""},
		{"/usr/sbin/haproxy", "/usr/sbin/haproxy\x00-Ws\x00-f\x00/etc/haproxy/haproxy.cfg\x00", "haproxy", ""},
		{"/usr/sbin/apache2", "/usr/sbin/apache2\x00-k\x00start\x00", "apache", ""},
		{"/usr/sbin/httpd", "/usr/sbin/httpd\x00-DFOREGROUND\x00", "apache", ""},
		{"/usr/bin/ruby3.1", "puma 5.6.5 (tcp://0.0.0.0:3000) [app]\x00", "puma", "5.6.5"},
		{"/usr/bin/ruby3.1", "puma: cluster worker 0: 4711 [app]\x00", "puma", ""},
		{"/usr/bin/ruby3.1", "ruby\x00/usr/local/bundle/bin/puma\x00-C\x00config/puma.rb\x00", "puma", ""},
		{"/usr/bin/ruby3.1", "ruby\x00bin/rails\x00server\x00", "", ""},
		{"/usr/bin/vim", "vim\x00/etc/nginx/nginx.conf\x00", "", ""},
		{"/bin/bash", "nginx\x00", "", ""},
		{"", "", "", ""},
		{"", " \x00", "", ""},
	} {
		name, version := recogniseServer(c.executable, c.commandLine)
		assert.Equal(t, [2]string{c.name, c.version}, [2]string{name, version}, "%s %q", c.executable, c.commandLine)
	}
}

func TestWriteText(t *testing.T) {
	var text strings.Builder
	require.NoError(t, WriteText(&text, []Check{
		{"kernel", Works, "Linux 6.1", ""},
		{"CAP_NET_RAW", DoesNotWork, "missing", "sudo setcap …"},
	}))
	assert.Equal(t, `kernel       works          Linux 6.1
CAP_NET_RAW  does not work  missing
                            → sudo setcap …
`, text.String())
}

func TestJSON(t *testing.T) {
	text, err := json.Marshal([]Check{{"clock", WorksPartly, "free", "start chronyd"}, {"BTF", Works, "there", ""}})
	require.NoError(t, err)
	assert.JSONEq(t, `[{"name":"clock","state":"works partly","detail":"free","remedy":"start chronyd"},{"name":"BTF","state":"works","detail":"there"}]`, string(text))
}

func TestShellQuote(t *testing.T) {
	assert.Equal(t, "/usr/bin/hophound", shellQuote("/usr/bin/hophound"))
	assert.Equal(t, `'/home/a b/it'\''s'`, shellQuote("/home/a b/it's"))
}
