//go:build linux

package lab

import (
	"github.com/hophound/hophound/pcaps"
)

// Scenario is one case: a chain, what a client does with it, and what must be
// seen. Everything in it follows from what the servers are made to do.
type Scenario struct {
	Name  string // of the case's folder
	Title string // one line: what this case shows
	Story string // what happens on the wire, for a person

	Nodes     []Node // in the order of the chain, client side first; those that share a host after its owner
	Actions   []Action
	Taps      []Tap // empty: one on every link, whole
	Segmented bool  // no captured packet is larger than the MTU
	FarClient bool  // the client's handshake comes a while after its connection
	Docker    bool  // the nodes are containers of one host, behind its bridge and a published port

	AppLog   []string // what the application's log must hold, word for word
	AppQuiet bool     // no request of the client reaches the application

	Requests int // how many the client makes, each a journey of its own; 0 if some can't be told apart
	Asked    int // how many of them are handshakes; 0 if nobody counts

	Preserve []string // request fields that must reach the application unchanged
	Strip    []string // request fields that must not reach it with the client's value
	Want     pcaps.Want
}

// hosts are the nodes that have a host of their own: the chain's hops.
func (s Scenario) hosts() []Node {
	var hosts []Node
	for _, node := range s.Nodes {
		if node.Host == "" {
			hosts = append(hosts, node)
		}
	}
	return hosts
}

// entrance is the place that the client's link leads to.
func (s Scenario) entrance() Place {
	if s.Docker {
		return Proxy
	}
	return s.Nodes[0].Place
}

// taps are the scenario's captures. By default the first link is captured at
// the client, where the chain's traffic begins, each other where it arrives.
func (s Scenario) taps() []Tap {
	if len(s.Taps) > 0 {
		return s.Taps
	}
	hosts := s.hosts()
	taps := make([]Tap, len(hosts))
	for i, node := range hosts {
		taps[i] = arrivals(node.Name)
	}
	taps[0].Node = clientName
	return taps
}

// arrivals is a tap on the traffic that arrives at a node.
func arrivals(node string) Tap {
	return Tap{Node: node, Device: "eth0", File: node + ".pcap", Hops: []pcaps.Hop{{Name: node}}}
}

// application is the last hop of the chain.
func (s Scenario) application() string {
	hosts := s.hosts()
	return hosts[len(hosts)-1].Name
}

// Scenarios are all cases of the lab.
func Scenarios() []Scenario {
	var all []Scenario
	for _, group := range [][]Scenario{
		healthyScenarios(), nginxScenarios(), balancerScenarios(), proxyProtocolScenarios(),
		applicationScenarios(), otherProxyScenarios(), responseScenarios(), browserScenarios(), captureScenarios(),
		poolScenarios(), dockerScenarios(), attemptScenarios(), smugglingScenarios(), refusalScenarios(),
	} {
		all = append(all, group...)
	}
	return all
}

// Named is the scenario of that name.
func Named(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}

func passes(findings ...pcaps.WantFinding) pcaps.Want {
	return pcaps.Want{Verdict: "pass", Findings: findings}
}

// fails wants one finding that blames a node, or, with an empty name, none of the chain.
func fails(rule, culprit string) pcaps.Want {
	return pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{{Rule: rule, Culprit: culprit, Count: 1}}}
}

// The lines of Action Cable's log that tell what arrived at it.
func failedToUpgrade(connection, upgrade string) string {
	return "Failed to upgrade to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: " + connection + ", HTTP_UPGRADE: " + upgrade + ")"
}

func upgraded(connection, upgrade string) string {
	return "Successfully upgraded to WebSocket (REQUEST_METHOD: GET, HTTP_CONNECTION: " + connection + ", HTTP_UPGRADE: " + upgrade + ")"
}
