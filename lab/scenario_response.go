//go:build linux

package lab

import "github.com/hophound/hophound/pcaps"

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
as an interim response and goes on waiting; the client gives up after five seconds.`,
			Nodes:   []Node{middle("101"), nginx("map.conf"), puma()},
			Actions: []Action{handshakeUnanswered(Front)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("101-swallowed", "middle"),
		},
		{
			Name:  "101-turned-into-502",
			Title: "HAProxy answers 502 where the application answered 101",
			Story: `HAProxy in HTTP mode has a rule that lets no answer out that has no Content-Type, which a 101
never has. Puma answers 101, nginx passes it on, HAProxy refuses it, tells the client 502 and resets
its connection to nginx. The application's log says "Successfully upgraded".`,
			Nodes:   []Node{haproxy("haproxy", "deny-untyped.cfg"), nginx("map.conf"), puma()},
			Actions: []Action{handshake(Front, 502)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    fails("101-turned-into-502", "haproxy"),
		},
		upgradeHardcoded(),
		{
			Name:  "key-dropped",
			Title: "A hop drops Sec-WebSocket-Key",
			Story: `The proxy in front (a fault maker, no product) passes Upgrade and Connection on, but not
Sec-WebSocket-Key. Action Cable 7.2 logs "Successfully upgraded to WebSocket" before it looks for the
key, and then answers 400. (Action Cable 6.1 with websocket-driver 0.6.3 trips over the missing key and
answers 500.)`,
			Nodes:   []Node{middle("key"), forky(nginx("map.conf")), forky(puma())},
			Actions: []Action{handshake(Front, 400)},
			AppLog:  []string{upgraded("upgrade", "websocket"), "WebSocket error occurred: Missing handshake request header: Sec-WebSocket-Key"},
			Want:    fails("sec-websocket-key-missing", "middle"),
		},
	}
}

// upgradeHardcoded has two faults, one of which was meant to mend the other.
func upgradeHardcoded() Scenario {
	return Scenario{
		Name:  "nginx-upgrade-hardcoded",
		Title: "nginx makes up the Upgrade that a proxy before it dropped, and then keeps the 101",
		Story: `The nginx at the edge has nothing configured and drops Upgrade. Someone has put "Upgrade: websocket"
and "Connection: upgrade" as constants into the second nginx, so that Puma does answer 101. But nginx opens a
tunnel only for a client that asked for one: to it the 101 is the head of an ordinary answer, which it holds
back until enough of the answer has come. Nothing reaches the edge; the client gives up after five
seconds.`,
		Nodes:   []Node{nginxAt("edge", Front, "default-front.conf"), nginx("upgrade-hardcoded.conf"), puma()},
		Actions: []Action{handshakeUnanswered(Front)},
		AppLog:  []string{upgraded("upgrade", "websocket")},
		Want: pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
			{Rule: "nginx-default-strips-upgrade", Culprit: "edge", Count: 1},
			{Rule: "101-swallowed", Culprit: "nginx", Count: 1},
		}},
	}
}
