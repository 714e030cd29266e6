//go:build linux

package lab

// balancerScenarios have a load balancer whose listener speaks HTTP in front of
// an nginx that does everything right.
func balancerScenarios() []Scenario {
	whole := Scenario{
		Name:  "clb-http-listener",
		Title: "A classic load balancer's HTTP listener drops Upgrade before nginx",
		Story: `The load balancer's listener is HTTP: it takes the handshake for an ordinary request, leaves
Upgrade out, sends "Connection: keep-alive" and adds X-Forwarded-For, -Port and -Proto. nginx is well
configured and has nothing to pass on: its map turns the missing Upgrade into "Connection: close",
so that the application's log reads as if nginx were at fault.`,
		Nodes:   []Node{classicELB(), nginx("map.conf"), puma()},
		Actions: []Action{handshake(Front, 404)},
		AppLog:  []string{failedToUpgrade("close", "")},
		Want:    fails("clb-http-listener-strips-upgrade", "clb"),
	}
	half := whole
	half.Name = "clb-http-listener-nginx-side-only"
	half.Title = "A classic load balancer dropped Upgrade where nothing was captured"
	half.Story = `The chain of clb-http-listener, but nothing could be captured in front of the load balancer: the
first capture is that of nginx's host. The requests there have Sec-WebSocket-Key and the other
fields of a handshake, but no Upgrade, and they have X-Forwarded-Port and "Connection: keep-alive", as
a classic load balancer's HTTP listener writes them. nginx is not to blame, nor anything behind it.`
	half.Taps = []Tap{arrivals("nginx"), arrivals("puma")}
	half.Want = fails("clb-http-listener-strips-upgrade", "")
	return []Scenario{whole, half, lostInFront()}
}

// lostInFront has a proxy where nobody captured.
func lostInFront() Scenario {
	front := apache("no-upgrade-front.conf")
	front.Place = Front
	return Scenario{
		Name:  "upgrade-lost-before-first-capture",
		Title: "Upgrade was lost before the first capture",
		Story: `Apache, whose ProxyPass has no upgrade=websocket, stands before a well configured nginx, and the
first capture is that of nginx's host. The requests there have Sec-WebSocket-Key and the other fields of a
handshake, but no Upgrade: the client or something between it and nginx took it, and the captures
cannot tell which. nginx is not to blame, nor anything behind it.`,
		Nodes:   []Node{front, nginx("map.conf"), puma()},
		Taps:    []Tap{arrivals("nginx"), arrivals("puma")},
		Actions: []Action{handshake(Front, 404)},
		AppLog:  []string{failedToUpgrade("close", "")},
		Want:    fails("upgrade-lost-before-first-capture", ""),
	}
}
