//go:build linux

package lab

import "github.com/hophound/hophound/pcaps"

// applicationScenarios are those in which every proxy passes the handshake on,
// or would have.
func applicationScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "origin-not-allowed",
			Title: "All fields arrive, but the application refuses the Origin",
			Story: `nginx is well configured: Upgrade, Connection, Host and Origin reach Puma as the client sent them.
The page that opens the WebSocket is at http://www.example.org, which is neither the site itself nor
in Action Cable's allowed_request_origins: it answers 404 and logs "Failed to upgrade to WebSocket",
as if fields had been lost.`,
			Nodes:   []Node{nginx("map.conf"), puma()},
			Actions: []Action{handshake(Proxy, 404, "-origin", "http://www.example.org")},
			AppLog:  []string{"Request origin not allowed: http://www.example.org", failedToUpgrade("upgrade", "websocket")},
			Want:    fails("actioncable-origin-not-allowed", "puma"),
		},
		{
			Name:  "host-rewritten",
			Title: "Upgrade arrives, but a rewritten Host makes the application refuse the Origin",
			Story: `nginx has the map and passes Upgrade and Connection on, but leaves Host at its default, the
upstream's name. Action Cable allows pages of the site itself by comparing Origin with Host:
"http://app.example.com" is not "http://app", so it answers 404.`,
			Nodes:   []Node{nginx("no-host.conf"), puma("ALLOWED_ORIGIN=http://admin.example.com")},
			Actions: []Action{handshake(Proxy, 404)},
			AppLog:  []string{"Request origin not allowed: " + origin, failedToUpgrade("upgrade", "websocket")},
			Want:    fails("actioncable-origin-not-allowed", "nginx"),
		},
		{
			Name:  "not-a-handshake",
			Title: "An ordinary request for /cable never was a handshake",
			Story: `Someone asks for /cable with curl, without any field of a handshake. nginx is well configured.
Action Cable answers 404 and logs "Failed to upgrade to WebSocket" all the same. No proxy lost
anything.`,
			Nodes:   []Node{nginx("map.conf"), puma()},
			Actions: []Action{curl(Proxy, []int{404}, "http://"+host+"/cable")},
			AppLog:  []string{failedToUpgrade("close", "")},
			Want:    passes(pcaps.WantFinding{Rule: "client-not-a-handshake", Count: 1}),
		},
	}
}
