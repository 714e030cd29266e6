//go:build linux

package lab

import "fmt"

// nginx is Debian bookworm's nginx with a configuration of lab/nginx, before the
// application.
func nginx(config string) Node { return nginxAt("nginx", Proxy, config) }

// nginxAt is an nginx elsewhere in the chain. What only the lab needs
// (foreground, log on standard error) stands on the command line, so that the
// file holds what people write.
func nginxAt(name string, place Place, config string) Node {
	saved := name + ".conf"
	return Node{
		Name: name, Place: place, Port: 80,
		Config: "nginx/" + config, SavedAs: saved,
		Argv: []string{
			"nginx", "-p", "./", "-e", "stderr", "-c", saved,
			"-g", "daemon off; pid " + name + ".pid; error_log stderr info;",
		},
		Versions: [][]string{{"nginx", "-v"}},
	}
}

// nginxBeside is one more nginx on the proxy's host, with an address of its own,
// from number 1.
func nginxBeside(number int, config string) Node {
	n := nginxAt(fmt.Sprintf("nginx-%d", number+1), Proxy, config)
	n.Host, n.Number = "nginx", number
	return n
}

// haproxy is Debian bookworm's HAProxy with a configuration of lab/haproxy, in
// front of everything else.
func haproxy(name, config string) Node {
	return Node{
		Name: name, Place: Front, Port: 80,
		Config: "haproxy/" + config, SavedAs: "haproxy.cfg",
		Argv:     []string{"haproxy", "-db", "-f", "haproxy.cfg"},
		Versions: [][]string{{"haproxy", "-v"}},
	}
}

// haproxyProxy is the same before the application.
func haproxyProxy(config string) Node {
	n := haproxy("haproxy", config)
	n.Place = Proxy
	return n
}

// varnish is Debian bookworm's Varnish before the application. It compiles its
// configuration with the C compiler that its package depends on.
func varnish() Node {
	return Node{
		Name: "varnish", Place: Proxy, Port: 80,
		Config: "varnish/pipe.vcl", SavedAs: "varnish.vcl",
		Argv:     []string{"sh", "-c", `exec varnishd -F -j none -n "$PWD/varnish" -T none -s malloc,16m -f "$PWD/varnish.vcl" -a ` + Proxy.server() + ":80"},
		Versions: [][]string{{"varnishd", "-V"}},
	}
}

// apache is Debian bookworm's Apache with a configuration of lab/apache.
func apache(config string) Node {
	return Node{
		Name: "apache", Place: Proxy, Port: 80,
		Config: "apache/" + config, SavedAs: "apache.conf",
		Argv:     []string{"sh", "-c", `exec apache2 -D FOREGROUND -d "$PWD" -f apache.conf -e info`},
		Versions: [][]string{{"apache2", "-v"}},
	}
}

// apacheH2C is Apache in the application's place, which also speaks HTTP/2.
func apacheH2C() Node {
	n := apache("h2c.conf")
	n.Place, n.Port = Application, 3000
	return n
}

// lenientApp is an application of Node.js that takes what others refuse.
func lenientApp() Node {
	return Node{
		Name: "app", Place: Application, Port: 3000,
		Argv:     []string{"node", "{app}/lenient.js", Application.server(), "3000"},
		Versions: [][]string{{"node", "-e", "console.log('Node.js ' + process.versions.node)"}},
	}
}

// puma is the application: lab/app on Debian bookworm's Puma and Action Cable.
func puma(env ...string) Node {
	return Node{
		Name: "puma", Place: Application, Port: 3000,
		Argv:     []string{"puma", "-C", "{app}/puma.rb", "-b", "tcp://" + Application.server() + ":3000", "{app}/config.ru"},
		Env:      env,
		Versions: [][]string{{"puma", "--version"}, {"ruby", "-e", `require "action_cable/version"; puts "Action Cable #{ActionCable.version}"`}},
	}
}

// pumaBeside is one more Puma on the application's host, with an address of its
// own, from number 1.
func pumaBeside(number int) Node {
	n := puma()
	n.Name, n.Host, n.Number = fmt.Sprintf("puma-%d", number+1), "puma", number
	n.Argv = []string{"puma", "-C", "{app}/puma.rb", "-b", "tcp://" + n.server(), "{app}/config.ru"}
	return n
}

// pumaFailing is a Puma beside the application's that fails: "unavailable" answers
// 503, "hangup" closes the connection without an answer.
func pumaFailing(number int, how string) Node {
	n := pumaBeside(number)
	n.Name, n.Fails, n.Env = "puma-"+how, true, []string{"FAILS=" + how}
	n.Argv[len(n.Argv)-1] = "{app}/failing.ru"
	n.Versions = n.Versions[:1]
	return n
}

// pumaLocked is the application behind a password, without which Rails gets no request
// to log.
func pumaLocked() Node {
	n := puma("PASSWORD=1")
	n.Fails = true
	return n
}

// pumaSlow is a Puma in the application's place that takes three seconds.
func pumaSlow() Node {
	n := puma("FAILS=slow")
	n.Fails = true
	n.Argv[len(n.Argv)-1] = "{app}/failing.ru"
	n.Versions = n.Versions[:1]
	return n
}

// status is a service on nginx's host that has nothing to do with the chain: a
// page for those who watch over the host.
func status() Node {
	n := nginxAt("status", Proxy, "status.conf")
	n.Host, n.Port = "nginx", 9100
	return n
}

// forky is the node's program of Debian forky.
func forky(n Node) Node {
	n.Forky = true
	return n
}

// classicELB imitates the HTTP listener of the classic load balancer, which
// cannot be had.
func classicELB() Node {
	return Node{
		Name: "clb", Place: Front, Port: 80,
		Argv:     []string{"{tools}/clb", "-listen", Front.server() + ":80", "-backend", Proxy.server() + ":80"},
		Imitates: "the HTTP listener of AWS's Classic Load Balancer, after the requests published in 2011 that show what one sends to its backend",
	}
}

// middle is the lab's fault maker: it breaks one thing of every handshake.
func middle(fault string) Node {
	return Node{
		Name: "middle", Place: Front, Port: 80,
		Argv:     []string{"{tools}/middle", "-break", fault, "-listen", Front.server() + ":80", "-backend", Proxy.server() + ":80"},
		Imitates: "no product: a proxy made to break handshakes (-break " + fault + ")",
	}
}
