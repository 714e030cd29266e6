//go:build linux

package lab

// responseScenarios are those in which the handshake fails on its way back, or
// has lost another field than Upgrade and Connection.
func responseScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "accept-wrong",
			Title: "A hop changes Sec-WebSocket-Accept, and the client must refuse the 101",
			Story: `Puma answers 101 with the Sec-WebSocket-Accept that belongs to the client's key, and nginx passes
it on. The proxy in front (a fault maker, no product) puts another one in its place: the client
closes the connection (RFC 6455, section 4.1).`,
			Nodes:   []Node{middle("accept"), nginx("map.conf"), puma()},
			Actions: []Action{handshakeBroken(Front)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("accept-wrong", "middle"),
		},
		{
			Name:  "101-swallowed",
			Title: "A hop never passes the 101 on",
			Story: `Puma answers 101 and nginx passes it on. The proxy in front (a fault maker, no product) treats it
as an interim response and goes on waiting; the client gives up after three seconds.`,
			Nodes:   []Node{middle("101"), nginx("map.conf"), puma()},
			Actions: []Action{handshake(Front, 0)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("101-swallowed", "middle"),
		},
		{
			Name:  "101-turned-into-502",
			Title: "A hop answers 502 where the application answered 101",
			Story: `Puma answers 101 and nginx passes it on. The proxy in front (a fault maker, no product) does not
accept a change of protocols and tells the client 502.`,
			Nodes:   []Node{middle("502"), nginx("map.conf"), puma()},
			Actions: []Action{handshake(Front, 502)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("101-turned-into-502", "middle"),
		},
		{
			Name:  "key-dropped",
			Title: "A hop drops Sec-WebSocket-Key",
			Story: `The proxy in front (a fault maker, no product) passes Upgrade and Connection on, but not
Sec-WebSocket-Key. Action Cable logs "Successfully upgraded to WebSocket" before it looks for the key,
and then answers 400.`,
			Nodes:   []Node{middle("key"), nginx("map.conf"), puma()},
			Actions: []Action{handshake(Front, 400)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("sec-websocket-key-missing", "middle"),
		},
	}
}
