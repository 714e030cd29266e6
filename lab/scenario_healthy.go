//go:build linux

package lab

// healthyScenarios are chains that let a WebSocket through.
func healthyScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "all-well",
			Title: "A WebSocket through a TCP load balancer and a well configured nginx",
			Story: `HAProxy in TCP mode stands for a load balancer with a TCP listener: it passes the bytes as they
are. nginx has the map on $http_upgrade and passes Upgrade and Connection on. Puma answers 101,
the 101 reaches the client, and Action Cable's messages flow both ways until the client closes.`,
			Nodes:    []Node{haproxy("elb", "tcp.cfg"), nginx("map.conf"), puma()},
			Actions:  []Action{handshake(Front, 101)},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
		{
			Name:  "nginx-http10-upgrade",
			Title: "A handshake over HTTP/1.0 that Action Cable accepts all the same",
			Story: `nginx 1.22 passes Upgrade and Connection on, but nobody has set proxy_http_version: Puma gets the
handshake over HTTP/1.0. A server must ignore Upgrade there (RFC 9110, section 7.8), but Action Cable does
not look at the version: it answers 101, and the WebSocket opens and messages flow.`,
			Nodes:    []Node{nginx("http10.conf"), puma()},
			Actions:  []Action{handshake(Proxy, 101)},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
	}
}

// handshakeFields are the request fields that a proxy must pass on as they are,
// or no WebSocket opens. Connection belongs to each hop alone.
func handshakeFields() []string {
	return []string{
		"Upgrade", "Host", "Origin", "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Protocol",
	}
}
