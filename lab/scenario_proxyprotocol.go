//go:build linux

package lab

// proxyProtocolScenarios have a TCP load balancer that does or does not say by
// the PROXY protocol who the client is, and an nginx that does or does not
// expect it.
func proxyProtocolScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "proxy-protocol-v1",
			Title: "A TCP listener with PROXY protocol v1, expected by nginx",
			Story: `HAProxy in TCP mode stands for a load balancer with a TCP listener. It begins every connection to
nginx with a PROXY header in text; nginx listens with proxy_protocol and tells the application the
client's real address. The WebSocket opens and messages flow. The client lies about where it comes
from, in X-Forwarded-For: nginx puts the truth in its place.`,
			Nodes:    []Node{haproxy("elb", "proxy-v1.cfg"), nginx("proxy-protocol.conf"), puma()},
			Actions:  []Action{handshake(Front, 101, "-header", "X-Forwarded-For: 192.0.2.66")},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Strip:    []string{"X-Forwarded-For", "X-Real-IP"},
			Want:     passes(),
		},
		{
			Name:  "proxy-protocol-v2",
			Title: "A TCP listener with PROXY protocol v2, expected by nginx",
			Story: `As proxy-protocol-v1, with the binary form of the PROXY header. nginx tells the two apart by
itself. The WebSocket opens and messages flow.`,
			Nodes:    []Node{haproxy("elb", "proxy-v2.cfg"), nginx("proxy-protocol.conf"), puma()},
			Actions:  []Action{handshake(Front, 101)},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
		{
			Name:  "proxy-unexpected",
			Title: "The load balancer sends a PROXY header to an nginx that does not expect one",
			Story: `The load balancer (HAProxy in TCP mode) begins every connection with a PROXY header, version 1,
and sends the client's handshake after it. nginx listens without proxy_protocol, takes
"PROXY TCP4 ..." for the request line, answers 400 and closes. Nothing reaches the application.`,
			Nodes:    []Node{haproxy("elb", "proxy-v1-waits.cfg"), nginx("map.conf"), puma()},
			Actions:  []Action{handshake(Front, 400)},
			AppQuiet: true,
			Want:     fails("proxy-v1-unexpected", "nginx"),
		},
		{
			Name:  "proxy-v2-unexpected",
			Title: "The load balancer sends a binary PROXY header to an nginx that does not expect one",
			Story: `As proxy-unexpected, with the binary form of the PROXY header, and with a client far away: the
load balancer opens its connection to nginx and sends the header as soon as the client's connection is
there. nginx skips the empty lines the header begins with, finds no method in what follows, answers 400
and closes, all before the client's handshake has come. The handshake follows the answer on its way, and
nobody reads it.`,
			Nodes:     []Node{haproxy("elb", "proxy-v2.cfg"), nginx("map.conf"), puma()},
			FarClient: true,
			Actions:   []Action{curl(Front, []int{400}, append(handshakeByHand(ownKey), "http://"+host+"/cable")...)},
			AppQuiet:  true,
			Want:      fails("proxy-v2-unexpected", "nginx"),
		},
		{
			Name:  "proxy-expected-but-absent",
			Title: "nginx expects a PROXY header that the load balancer does not send",
			Story: `nginx listens with proxy_protocol, but the load balancer (HAProxy in TCP mode) passes the client's
bytes as they are. nginx takes the request line for a broken PROXY header and closes the connection
without an answer. Nothing reaches the application.`,
			Nodes:    []Node{haproxy("elb", "tcp.cfg"), nginx("proxy-protocol.conf"), puma()},
			Actions:  []Action{handshake(Front, 0)},
			AppQuiet: true,
			Want:     fails("proxy-expected-but-absent", "nginx"),
		},
	}
}
