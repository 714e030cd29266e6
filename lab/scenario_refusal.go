//go:build linux

package lab

import "github.com/hophound/hophound/pcaps"

const password = "Authorization: Basic aG91bmQ6bm9zZQ=="

// refusalScenarios are those in which a whole handshake is refused, or given up, for
// what is not seen in Upgrade and Connection.
func refusalScenarios() []Scenario {
	return []Scenario{
		{
			Name:  "answered-too-late",
			Title: "The application takes longer than nginx waits",
			Story: `nginx is well configured, but waits for no more than a second (proxy_read_timeout). The application
takes three. nginx answers 504 and closes its connection; the application's answer comes to nobody.`,
			Nodes:   []Node{nginx("impatient.conf"), pumaSlow()},
			Actions: []Action{handshake(Proxy, 504)},
			Want:    fails("upgrade-not-answered-in-time", "puma"),
		},
		{
			Name:  "subprotocol-dropped",
			Title: "HAProxy takes the subprotocol out of the 101",
			Story: `Action Cable chooses the subprotocol actioncable-v1-json. HAProxy has a rule that takes
Sec-WebSocket-Protocol out of answers. Browsers fail such a handshake; the lab's client does not mind.`,
			Nodes:   []Node{haproxy("haproxy", "no-subprotocol.cfg"), nginx("map.conf"), puma()},
			Actions: []Action{handshake(Front, 101)},
			AppLog:  []string{upgraded("upgrade", "websocket")},
			Want:    passes(pcaps.WantFinding{Rule: "101-broken", Culprit: "haproxy", Count: 1}),
		},
		{
			Name:  "password-dropped",
			Title: "nginx keeps the password for itself, and the application wants it",
			Story: `nginx passes the upgrade on, but has "proxy_set_header Authorization ''", as one does that asks for
passwords itself. This one does not, and the application answers 401 to a client that sent its password.`,
			Nodes:   []Node{nginx("no-authorization.conf"), pumaLocked()},
			Actions: []Action{handshake(Proxy, 401, "-header", password)},
			Want:    fails("refused-after-change", "nginx"),
		},
		{
			Name:  "auth-request-refused",
			Title: "nginx asks a page of the application first, which says no",
			Story: `nginx is well configured and has auth_request: before it passes a request on it asks a page of the
application whether it may. That request has all of the client's fields, Sec-WebSocket-Key too, but neither
Upgrade nor the client's path. The page wants a password, so the client gets its 401. The handshake
itself never reaches the application, and nginx took nothing away from it.`,
			Nodes:   []Node{nginx("auth-members.conf"), puma()},
			Actions: []Action{handshake(Proxy, 401)},
			Want:    pcaps.Want{Verdict: "inconclusive", Findings: []pcaps.WantFinding{{Rule: "not-enough-seen", Count: 1}}},
		},
		{
			Name:  "auth-request-granted",
			Title: "nginx asks a page of the application first, which says yes",
			Story: `As auth-request-refused, but the page says yes, and the handshake succeeds. The request that nginx
made for itself is no handshake that failed, though it has the key of one.`,
			Nodes:    []Node{nginx("auth-up.conf"), puma()},
			Actions:  []Action{handshake(Proxy, 101)},
			AppLog:   []string{upgraded("upgrade", "websocket")},
			Preserve: handshakeFields(),
			Want:     passes(),
		},
	}
}
