//go:build linux

package lab

import "github.com/hophound/hophound/pcaps"

// nginxScenarios are the ways in which nginx loses the fields of a handshake.
func nginxScenarios() []Scenario {
	return append(unconfiguredNginx(), halfConfiguredNginx()...)
}

// unconfiguredNginx says nothing about WebSockets, in both generations.
func unconfiguredNginx() []Scenario {
	return []Scenario{
		{
			Name:  "nginx-default",
			Title: "nginx 1.22 with nothing configured drops Upgrade",
			Story: `The client sends a correct handshake, and HAProxy in TCP mode, which stands for a load balancer
with a TCP listener, passes it as it is. nginx's location has proxy_pass and nothing else: nginx
talks HTTP/1.0 to Puma, sends "Connection: close" and its upstream's name as Host, and leaves
Upgrade out. Action Cable answers 404 and logs "Failed to upgrade to WebSocket".`,
			Nodes:   []Node{haproxy("elb", "tcp.cfg"), nginx("default.conf"), puma()},
			Actions: []Action{handshake(Front, 404)},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    fails("nginx-default-strips-upgrade", "nginx"),
		},
		{
			Name:  "nginx-1.30-default",
			Title: "nginx 1.30 with nothing configured drops Upgrade and Connection",
			Story: `The same configuration as in nginx-default, on the nginx of Debian forky. Since version 1.29.7
nginx talks HTTP/1.1 to its upstream and sends no Connection field of its own; Upgrade is left out
as before. Puma 8 and Action Cable 7.2 answer 404.`,
			Nodes:   []Node{forky(haproxy("elb", "tcp.cfg")), forky(nginx("default.conf")), forky(puma())},
			Actions: []Action{handshake(Front, 404)},
			AppLog:  []string{failedToUpgrade("", "")},
			Want:    fails("nginx-default-strips-upgrade", "nginx"),
		},
		{
			Name:  "nginx-http11-only",
			Title: "proxy_http_version 1.1 alone does not pass a handshake on",
			Story: `nginx 1.22 is told to talk HTTP/1.1 to Puma and nothing else. It sends "Connection: close" and
leaves Upgrade out.`,
			Nodes:   []Node{nginx("http11-only.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    fails("nginx-default-strips-upgrade", "nginx"),
		},
		mixed(),
	}
}

// halfConfiguredNginx passes one of the two fields on, or was told to pass both
// at a place where it does not count.
func halfConfiguredNginx() []Scenario {
	return []Scenario{
		{
			Name:  "nginx-upgrade-only",
			Title: "nginx passes Upgrade on, but sends Connection: close",
			Story: `nginx's location sets Upgrade and forgets Connection: Puma gets "Upgrade: websocket" with
"Connection: close", which is no handshake.`,
			Nodes:   []Node{nginx("upgrade-only.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("close", "websocket")},
			Want:    fails("connection-header-missing-only", "nginx"),
		},
		{
			Name:  "nginx-connection-only",
			Title: `nginx sends Connection: upgrade, but no Upgrade`,
			Story: `nginx's location sets Connection to "upgrade" and forgets Upgrade: Puma is asked to upgrade
without being told to what.`,
			Nodes:   []Node{nginx("connection-only.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("upgrade", "")},
			Want:    fails("upgrade-header-missing-only", "nginx"),
		},
		{
			Name:  "nginx-connection-empty",
			Title: `The keep-alive recipe, Connection "", takes the upgrade token away`,
			Story: `Someone wanted keep-alive connections to Puma and wrote what the documentation says for them,
proxy_set_header Connection "", into the location that also has Upgrade. Puma gets
"Upgrade: websocket" without any Connection field.`,
			Nodes:   []Node{nginx("connection-empty.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("", "websocket")},
			Want:    fails("connection-header-missing-only", "nginx"),
		},
		{
			Name:  "nginx-inheritance-cancelled",
			Title: "One proxy_set_header in a location cancels those of the server",
			Story: `The server sets all that a WebSocket needs, for every location. The location of /cable has one
proxy_set_header of its own, for X-Request-Start, and so inherits none of the others: Upgrade is
gone, Connection is "close", Host is the upstream's name, X-Forwarded-* are missing. The
proxy_http_version is inherited all the same. The request for /up before it, in a location without
proxy_set_header, shows all of them.`,
			Nodes:   []Node{nginx("inheritance-cancelled.conf"), puma()},
			Actions: []Action{curl(Proxy, []int{200}, "http://"+host+"/up"), handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    fails("nginx-set-header-inheritance-cancelled", "nginx"),
		},
	}
}

// mixed has the failing handshakes among ordinary traffic.
func mixed() Scenario {
	url := "http://" + host
	return Scenario{
		Name:  "mixed",
		Title: "Failing handshakes among the ordinary requests of a site",
		Story: `nginx as in nginx-default, with compression. Ordinary requests work: three on one connection, a
HEAD, a POST with a body, a chunked POST, a chunked and compressed answer, one after a 404. Two clients
fail to open a WebSocket, and a third tries again and again: five handshakes in all, each
answered 404.`,
		Nodes: []Node{nginx("gzip.conf"), puma()},
		Actions: []Action{
			curl(Proxy, []int{200, 200, 200}, url+"/", url+"/up", url+"/"),
			handshake(Proxy, 404),
			curl(Proxy, []int{200}, "--head", url+"/up"),
			curl(Proxy, []int{404}, "--data", "name=hound&nose=fine", url+"/kennel"),
			curl(Proxy, []int{404}, "--header", "Transfer-Encoding: chunked", "--data", "name=hound&nose=fine", url+"/kennel"),
			curl(Proxy, []int{200, 404, 200}, "--compressed", url+"/", url+"/nowhere", url+"/up"),
			handshake(Proxy, 404, "-header", "User-Agent: another client"),
			handshake(Proxy, 404, "-header", "User-Agent: a client that tries again"),
			handshake(Proxy, 404, "-header", "User-Agent: a client that tries again"),
			handshake(Proxy, 404, "-header", "User-Agent: a client that tries again"),
		},
		AppLog: []string{failedToUpgrade("close", "")},
		Want: pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
			{Rule: "nginx-default-strips-upgrade", Culprit: "nginx", Count: 5},
		}},
	}
}
