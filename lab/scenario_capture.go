//go:build linux

package lab

import (
	"strings"
	"time"

	"github.com/hophound/hophound/pcaps"
)

// captureScenarios are chains whose captures are not one whole file per hop.
func captureScenarios() []Scenario {
	return []Scenario{oneCapture(), lostPackets(), clocksApart()}
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
	args := handshakeByHand(ownKey, "-H", "Cookie: session="+strings.Repeat("c", 2200))
	return append(args, "-H", "X-Trace: "+strings.Repeat("t", 1200), "http://"+host+"/cable")
}

// nginxHost is a tap on all traffic of nginx's host.
func nginxHost(hops ...pcaps.Hop) Tap {
	return Tap{Node: "nginx", Device: "any", File: "nginx-host.pcap", Hops: hops}
}

// scrape asks for the status page of nginx's host.
func scrape() Action { return curlAt(status().server(), []int{200}, "http://"+host+"/metrics") }

// clocksApart has the clock of the application's host minutes ahead.
func clocksApart() Scenario {
	const url = "http://" + host
	ahead := arrivals("puma")
	ahead.Clock = 187*time.Second + 500*time.Millisecond
	first := arrivals("elb")
	first.Node = clientName
	return Scenario{
		Name:  "clocks-apart",
		Title: "The clock of one host is three minutes ahead",
		Story: `The chain of nginx-default, with ordinary requests, which carry no id of any kind, before, between
and after three failing handshakes. The clock of Puma's host is 187.5 seconds ahead of the others: the lab has
but one clock, so the times in the capture at Puma were rewritten after the capture, by editcap -t 187.5
(Wireshark's), and nothing else in it. What is in the captures happened in less than those three minutes: by
their times alone, everything arrived at Puma long after nginx had answered it.`,
		Nodes: []Node{haproxy("elb", "tcp.cfg"), nginx("default.conf"), puma()},
		Taps:  []Tap{first, arrivals("nginx"), ahead},
		Actions: []Action{
			curl(Front, times(3, 200), url+"/", url+"/up", url+"/"),
			handshake(Front, 404),
			curl(Front, times(2, 200), url+"/up", url+"/up"),
			handshake(Front, 404),
			handshake(Front, 404),
			curl(Front, []int{404}, url+"/nowhere"),
		},
		AppLog:   []string{failedToUpgrade("close", "")},
		Requests: 9, Asked: 3,
		Want: pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
			{Rule: "nginx-default-strips-upgrade", Culprit: "nginx", Count: 3},
		}},
	}
}

// oneCapture sees both hops of nginx's host at once.
func oneCapture() Scenario {
	return Scenario{
		Name:  "one-capture-two-hops",
		Title: "One capture of nginx's host, on all its interfaces, shows two hops",
		Story: `The chain of nginx-default, captured once: tcpdump -i any on nginx's host (Linux cooked v2) sees
both what arrives at nginx's port 80 and what leaves for Puma's port 3000. The hops are told apart by
the server whose requests they are. The host also has a status page on port 9100, which has nothing
to do with the chain: it is scraped once.`,
		Nodes:   []Node{nginx("default.conf"), status(), puma()},
		Taps:    []Tap{nginxHost(pcaps.Hop{Name: "nginx", Server: ":80"}, pcaps.Hop{Name: "puma", Server: ":3000"})},
		Actions: []Action{handshake(Proxy, 404), scrape()},
		AppLog:  []string{failedToUpgrade("close", "")},
		Want:    fails("nginx-default-strips-upgrade", "nginx"),
	}
}
