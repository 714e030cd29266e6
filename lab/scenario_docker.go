//go:build linux

package lab

import "github.com/hophound/hophound/pcaps"

// dockerScenarios have nginx and Puma as containers of one host, where every
// packet is seen more than once.
func dockerScenarios() []Scenario {
	inside, outside := ":80", ":8080"
	whole := onDockerHost("dnat-any", "A container's host, captured on all its interfaces, shows every packet three times")
	whole.Story = `nginx as in nginx-default runs in a container whose port 80 the host publishes as 8080, Puma in another
container behind the same bridge. (The containers are network namespaces, the bridge and the rules for the published
port are made as Docker makes them, without its userland proxy.) One capture on the host, tcpdump -i any, Linux
cooked v2: a packet of the client's is seen on eth0, addressed to 10.77.2.2:8080, then, after the kernel's NAT, on the
bridge and on the container's veth, addressed to 10.77.3.3:80, always with the same sequence numbers. A packet from
nginx to Puma is seen on both containers' veths. All of that is one connection to nginx and one to Puma. Both
hops are named by the ports that the containers listen on.`
	whole.Taps = []Tap{onHost("any", nginxAndPuma(inside)...)}

	port := whole
	port.Name, port.Title = "dnat-any-published", "A container's host, with nginx named by the port that is published"
	port.Story = `As dnat-any, but the hop nginx is named by the port that the clients know, the published 8080: there
its packets are seen once, before the kernel's NAT. The same packets on their way to the container's port 80 are no
other connection and no other hop.`
	port.Taps = []Tap{onHost("any", nginxAndPuma(outside)...)}

	points := whole
	points.Name, points.Title = "dnat-two-points", "A container's host, captured at three points of the same link"
	points.Story = `As dnat-any, captured by one tcpdump on each of three devices of the host: eth0, where the client's packets
are addressed to the published port; the bridge; and the veth of nginx's container. The three files were merged
into one, host.pcapng, by mergecap (Wireshark's), which keeps them apart as interfaces. It shows one connection to nginx
at three points and one to Puma at two.`
	points.Taps = []Tap{onHost("eth0"), onHost(dockerBridge), onHost(vethOf("nginx"))}
	merged := Tap{File: "host.pcapng", Hops: nginxAndPuma(inside)}
	for _, tap := range points.Taps {
		merged.Of = append(merged.Of, tap.File)
	}
	points.Taps = append(points.Taps, merged)
	return []Scenario{whole, port, points}
}

// nginxAndPuma are the two hops of the containers, with nginx's port as named.
func nginxAndPuma(port string) []pcaps.Hop {
	return []pcaps.Hop{{Name: "nginx", Server: port}, {Name: "puma", Server: ":3000"}}
}

// onDockerHost is a failing handshake, with an ordinary request before and after it.
func onDockerHost(name, title string) Scenario {
	const url = "http://" + host
	return Scenario{
		Name: name, Title: title, Docker: true,
		Nodes: []Node{container(nginx("default.conf"), 1), puma()},
		Actions: []Action{
			curlAt(published(), times(2, 200), url+"/", url+"/up"),
			handshakeAt(published(), 404),
			curlAt(published(), []int{200}, url+"/up"),
		},
		AppLog:   []string{failedToUpgrade("close", "")},
		Requests: 4, Asked: 1,
		Want: fails("nginx-default-strips-upgrade", "nginx"),
	}
}
