//go:build linux

package lab

// browserScenarios have a browser at the client's end: its fields, their order,
// and the connections it opens and does not use.
func browserScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "browser",
			Title: "A page in a browser opens a WebSocket through a well configured nginx",
			Story: `Chromium loads a page of the application, and the page opens a WebSocket. The page's own request
carries Upgrade-Insecure-Requests, which has nothing to do with an upgrade. Chromium also opens connections
in advance that it never uses.`,
			Nodes:    []Node{nginx("map.conf"), puma()},
			Actions:  []Action{browse(Proxy, Sight{Statuses: []int{101}, Talked: true})},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: append(handshakeFields(), "Sec-WebSocket-Extensions", "User-Agent"),
			Want:     passes(),
		},
		{
			Name:  "browser-nginx-default",
			Title: "The site works in the browser, its WebSocket does not",
			Story: `The incident as people meet it: nginx has nothing configured for WebSockets. Chromium loads the
page, for which nothing was needed, and the WebSocket that the page opens gets a 404. The browser tells its
page no more than that the connection failed.`,
			Nodes:   []Node{nginx("default.conf"), puma()},
			Actions: []Action{browse(Proxy, Sight{Statuses: []int{0}})},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    fails("nginx-default-strips-upgrade", "nginx"),
		},
	}
}
