//go:build linux

package lab

import (
	"strings"

	"github.com/hophound/hophound/pcaps"
)

// captureScenarios are chains whose captures are not one whole file per hop.
func captureScenarios() []Scenario {
	return []Scenario{oneCapture(), lostPackets()}
}

// lostPackets loses the one segment that would tell whether Upgrade arrived.
func lostPackets() Scenario {
	lossy := arrivals("puma")
	// tcp[12] >> 4 is the length of the TCP header in words of 32 bits. Packets
	// too short for the comparison would not match either way: they pass first.
	lossy.Filter = "less 200 or not tcp[((tcp[12] & 0xf0) >> 2):4] = 0x63636363"
	return Scenario{
		Name:  "lost-packets",
		Title: "The segment that would tell is missing from the capture: nobody can be blamed",
		Story: `The chain is that of nginx-default, and nginx does drop Upgrade. But the handshake has a cookie
of 2200 bytes and so is three segments long on its way to Puma, and the second one, where Upgrade would
be, is not in the capture at Puma: tcpdump's filter left out the one segment that begins with "cccc",
inside the cookie, as an overloaded mirror might have. The request line and Sec-WebSocket-Key were
captured, and so was the end of the head. What was not seen cannot be called dropped.`,
		Nodes:     []Node{nginx("default.conf"), puma()},
		Segmented: true,
		Taps:      []Tap{{Node: clientName, Device: "eth0", File: "nginx.pcap", Hops: []pcaps.Hop{{Name: "nginx"}}}, lossy},
		Actions:   []Action{curl(Proxy, []int{404}, handshakeOf3Segments()...)},
		AppLog:    []string{failedToUpgrade("close", "")},
		Want:      pcaps.Want{Verdict: "inconclusive"},
	}
}

// handshakeOf3Segments is a handshake by curl, written so that on its way to Puma
// the first of its segments begins the cookie, the second has the end of it and
// what follows, and the third ends the head.
func handshakeOf3Segments() []string {
	args := handshakeByHand("-H", "Cookie: session="+strings.Repeat("c", 2200))
	return append(args, "-H", "X-Trace: "+strings.Repeat("t", 1200), "http://"+host+"/cable")
}

// oneCapture sees both hops of nginx's host at once.
func oneCapture() Scenario {
	return Scenario{
		Name:  "one-capture-two-hops",
		Title: "One capture of nginx's host, on all its interfaces, shows two hops",
		Story: `The chain of nginx-default, captured once: tcpdump -i any on nginx's host (Linux cooked v2) sees
both what arrives at nginx's port 80 and what leaves for Puma's port 3000. The hops are told apart by
the server whose requests they are.`,
		Nodes: []Node{nginx("default.conf"), puma()},
		Taps: []Tap{{
			Node: "nginx", Device: "any", File: "nginx-host.pcap",
			Hops: []pcaps.Hop{{Name: "nginx", Server: ":80"}, {Name: "puma", Server: ":3000"}},
		}},
		Actions: []Action{handshake(Proxy, 404)},
		AppLog:  []string{failedToUpgrade("close", "")},
		Want:    fails("nginx-default-strips-upgrade", "nginx"),
	}
}
