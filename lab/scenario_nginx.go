package lab

// nginxScenarios are the ways in which nginx loses the fields of a handshake.
func nginxScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "nginx-default",
			Title: "nginx 1.22 with nothing configured drops Upgrade",
			Story: `The client sends a correct handshake. nginx's location has proxy_pass and nothing else: nginx
talks HTTP/1.0 to Puma, sends "Connection: close" and its upstream's name as Host, and leaves
Upgrade out. Action Cable answers 404 and logs "Failed to upgrade to WebSocket".`,
			Nodes:   []Node{nginx("default.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    fails("nginx-default-strips-upgrade", "nginx"),
		},
	}
}
