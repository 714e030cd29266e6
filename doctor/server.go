package doctor

import (
	"cmp"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// serverNames holds the programs that a chain is made of, by the name of their
// file. Servers in Ruby are known by what they were started with.
var serverNames = map[string]string{
	"nginx": "nginx", "openresty": "nginx", "haproxy": "haproxy", "apache2": "apache", "httpd": "apache",
	"envoy": "envoy", "caddy": "caddy", "traefik": "traefik", "puma": "puma",
}

// server is a process that takes part in a chain.
type server struct {
	name, version string // version where the process shows it in its title
	pid           int
}

// servers lists what could be hops here. It runs none of them to ask for its
// version.
func servers(root fs.FS) Check {
	found := findServers(root)
	if len(found) == 0 {
		return Check{
			Name: "servers", State: WorksPartly, Detail: "no nginx, HAProxy, Apache, Puma or the like is seen among the processes here",
			Remedy: "capture where they run, or run this as a user who may see their processes",
		}
	}
	var shown []string
	for len(found) > 0 {
		first := found[0]
		same := slices.IndexFunc(found, func(s server) bool { return s.name != first.name || s.version != first.version })
		if same < 0 {
			same = len(found)
		}
		shown = append(shown, describeServers(found[:same]))
		found = found[same:]
	}
	return Check{Name: "servers", State: Works, Detail: strings.Join(shown, "; ")}
}

func describeServers(same []server) string {
	text := same[0].name
	if same[0].version != "" {
		text += " " + same[0].version
	}
	var pids []string
	for _, s := range same {
		pids = append(pids, strconv.Itoa(s.pid))
	}
	if len(pids) == 1 {
		return fmt.Sprintf("%s (process %s)", text, pids[0])
	}
	return fmt.Sprintf("%s (processes %s)", text, mention(pids))
}

// findServers gives them sorted by name, version and process.
func findServers(root fs.FS) []server {
	folders, _ := fs.Glob(root, "proc/[0-9]*") // the pattern is well formed
	var found []server
	for _, folder := range folders {
		pid, err := strconv.Atoi(path.Base(folder))
		if err != nil {
			continue
		}
		executable, _ := fs.ReadLink(root, folder+"/exe") // hidden from other users; the command line is not
		line, _ := fs.ReadFile(root, folder+"/cmdline")   // the process may be gone
		if name, version := recogniseServer(executable, string(line)); name != "" {
			found = append(found, server{name, version, pid})
		}
	}
	slices.SortFunc(found, func(a, b server) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.version, b.version), cmp.Compare(a.pid, b.pid))
	})
	return found
}

// recogniseServer looks at the program's file, at the title that servers write
// over their command line ("nginx: worker process", "puma 6.4.2 (tcp://…) [app]",
// "puma: cluster worker 0: 4711 [app]"), and at what an interpreter runs.
func recogniseServer(executable, commandLine string) (name, version string) {
	arguments := strings.Split(strings.TrimRight(commandLine, "\x00"), "\x00")
	words := strings.Fields(arguments[0])
	first := ""
	if len(words) > 0 {
		first = strings.TrimRight(path.Base(words[0]), ":")
	}
	program := path.Base(strings.TrimSuffix(executable, " (deleted)")) // as after an upgrade without restart
	if first == "puma" {
		if len(words) > 1 && strings.Contains(words[1], ".") {
			version = words[1]
		}
		return "puma", version
	}
	if name := serverNames[program]; name != "" {
		return name, ""
	}
	interpreted := strings.HasPrefix(program, "ruby") || strings.HasPrefix(first, "ruby")
	if interpreted && len(arguments) > 1 && path.Base(arguments[1]) == "puma" {
		return "puma", ""
	}
	if executable == "" {
		return serverNames[first], ""
	}
	return "", ""
}

func tcpdump(root fs.FS) Check {
	for _, folder := range [...]string{"usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "sbin", "bin"} {
		if info, err := fs.Stat(root, folder+"/tcpdump"); err == nil && !info.IsDir() {
			return Check{Name: "tcpdump", State: Works, Detail: "/" + folder + "/tcpdump"}
		}
	}
	return Check{Name: "tcpdump", State: WorksPartly, Detail: "not installed; hophound needs it only for filter expressions that it cannot compile itself"}
}
