//go:build linux

package lab

// otherProxyScenarios have HAProxy in HTTP mode or Apache in the chain.
func otherProxyScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "haproxy-http",
			Title: "HAProxy 2.6 in HTTP mode lets a WebSocket through, with names in lower case",
			Story: `HAProxy parses the handshake and writes it anew: Upgrade and Connection are passed on without
any configuration, all field names become lower case, X-Forwarded-For is added. nginx is well
configured. The WebSocket opens and messages flow.`,
			Nodes:    []Node{haproxy("haproxy", "http.cfg"), nginx("map.conf"), puma()},
			Actions:  []Action{handshake(Front, 101)},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
		{
			Name:  "haproxy-3.2-http",
			Title: "HAProxy 3.2 in HTTP mode before Puma 8 lets a WebSocket through",
			Story: `HAProxy of Debian forky stands directly before Puma 8 with Action Cable 7.2. Upgrade and
Connection are passed on without any configuration. The WebSocket opens and messages flow.`,
			Nodes:    []Node{forky(haproxy("haproxy", "http-app.cfg")), forky(puma())},
			Actions:  []Action{handshake(Front, 101)},
			AppLog:   []string{upgraded("Upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
		{
			Name:  "apache-no-upgrade",
			Title: "Apache's ProxyPass without upgrade=websocket drops Upgrade",
			Story: `Apache's mod_proxy_http passes a handshake on only if its worker has upgrade=websocket. Without
it Upgrade is left out, and Puma gets an ordinary request with Sec-WebSocket-Key.`,
			Nodes:   []Node{apache("no-upgrade.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("Keep-Alive", "")},
			Want:    fails("apache-no-upgrade-param", "apache"),
		},
	}
}
