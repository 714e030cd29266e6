//go:build linux

package lab

import (
	"slices"

	"github.com/hophound/hophound/pcaps"
)

// poolScenarios have several servers at one place of the chain.
func poolScenarios() []Scenario {
	return []Scenario{keepalivePool(), nextUpstream(), nextUpstreamHangup(), oneOfThree()}
}

// oneOfThree has three nginxes behind one load balancer, of which one is at fault.
func oneOfThree() Scenario {
	up := func() Action { return curl(Front, []int{200}, "http://"+host+"/up") }
	return Scenario{
		Name:  "one-nginx-of-three",
		Title: "One of three nginxes behind a load balancer was forgotten",
		Story: `HAProxy in TCP mode gives each connection to the next of three nginxes. Two of them are well configured.
The second was forgotten when WebSockets came: it has proxy_http_version 1.1 and nothing else. A handshake in three
fails, whoever sends it. (The three are processes of one host, each with an address of its own.)`,
		Nodes: []Node{
			haproxy("elb", "three.cfg"), nginx("three-1.conf"), nginxBeside(1, "three-2.conf"), nginxBeside(2, "three-3.conf"), puma(),
		},
		Actions: []Action{
			up(), up(), up(),
			handshake(Front, 101), handshake(Front, 404), handshake(Front, 101),
			handshake(Front, 101), handshake(Front, 404), handshake(Front, 101),
		},
		AppLog:   []string{upgraded("upgrade", "websocket"), failedToUpgrade("close", "")},
		Requests: 9, Asked: 6,
		Want: pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
			{Rule: "nginx-default-strips-upgrade", Culprit: "nginx", Count: 2},
		}},
	}
}

// keepalivePool mixes the requests of many clients on the connections to four servers.
func keepalivePool() Scenario {
	const url = "http://" + host
	another := []string{"-header", "User-Agent: another client"}
	atPort80 := arrivals("nginx")
	atPort80.Node, atPort80.Hops[0].Server = clientName, ":80"
	return Scenario{
		Name:  "keepalive-pool",
		Title: "Many clients through a pool of connections to four Pumas",
		Story: `nginx is well configured and keeps its connections to four Pumas: the requests of many clients follow
each other on one connection, and those of one client are spread over the four. Ordinary requests, several of
them alike and at the same time, go through together with five handshakes, each of which takes a connection for
itself, a new one or one that has carried requests. All of them work. The host of nginx was also captured as a
whole (nginx-host.pcap: tcpdump -i any, Linux cooked v2), with its status page on port 9100, which has nothing to
do with the chain and was scraped once.`,
		Nodes: []Node{nginx("keepalive-pool.conf"), status(), puma(), pumaBeside(1), pumaBeside(2), pumaBeside(3)},
		Taps:  []Tap{atPort80, arrivals("puma"), nginxHost()},
		Actions: slices.Concat(
			[]Action{curlTogether(Proxy, times(5, 200), url+"/up")},
			beside(
				curlTogether(Proxy, times(4, 200), url+"/up"),
				curl(Proxy, times(4, 200), url+"/", url+"/up", url+"/", url+"/up"),
				handshake(Proxy, 101),
				handshake(Proxy, 101, another...),
				curl(Proxy, []int{404}, "--data", "name=hound&nose=fine", url+"/kennel"),
			),
			beside(
				handshake(Proxy, 101),
				handshake(Proxy, 101, another...),
				handshake(Proxy, 101),
				curl(Proxy, times(3, 200), url+"/up", url+"/up", url+"/"),
			),
			[]Action{scrape()},
		),
		AppLog:   []string{upgraded("upgrade", "websocket")},
		Asked:    5,
		Preserve: handshakeFields(),
		Want:     passes(),
	}
}

// nextUpstream has a handshake that is answered by the third server it is sent to.
func nextUpstream() Scenario {
	return Scenario{
		Name:  "next-upstream",
		Title: "nginx tries the next server, and the handshake succeeds there",
		Story: `nginx is well configured, with three servers and "proxy_next_upstream error timeout http_503". The
first is not running: its host refuses the connection, and no request is sent. The second answers 503. The
third answers 101: at the hop puma there are two requests for the one of the client, alike to the last byte,
Sec-WebSocket-Key included. The WebSocket opens and messages flow. The ordinary request after it goes to the third
server alone, because nginx leaves servers that failed alone for ten seconds.`,
		Nodes:    []Node{nginx("next-upstream.conf"), puma(), pumaFailing(1, "unavailable")},
		Actions:  []Action{handshake(Proxy, 101), curl(Proxy, []int{200}, "http://"+host+"/up")},
		AppLog:   []string{upgraded("upgrade", "websocket")},
		Requests: 2, Asked: 1,
		Preserve: handshakeFields(),
		Want:     passes(),
	}
}

// nextUpstreamHangup is the same with a server that says nothing.
func nextUpstreamHangup() Scenario {
	return Scenario{
		Name:  "next-upstream-hangup",
		Title: "A server closes the connection without an answer, and the handshake succeeds at the next",
		Story: `As next-upstream, with two servers: the first takes the handshake and closes the connection without an
answer, and nginx sends the same to the second, which answers 101. The first of the two exchanges at the hop puma has
a request and no response. The WebSocket opens and messages flow.`,
		Nodes:    []Node{nginx("next-upstream-hangup.conf"), puma(), pumaFailing(1, "hangup")},
		Actions:  []Action{handshake(Proxy, 101), curl(Proxy, []int{200}, "http://"+host+"/up")},
		AppLog:   []string{upgraded("upgrade", "websocket")},
		Requests: 2, Asked: 1,
		Preserve: handshakeFields(),
		Want:     passes(),
	}
}
