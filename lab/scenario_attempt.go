//go:build linux

package lab

import (
	"slices"

	"github.com/hophound/hophound/pcaps"
)

// attemptScenarios are those in which requests are alike that are not the same.
func attemptScenarios() []Scenario {
	return slices.Concat([]Scenario{reconnectingClient()}, secondTries(), sampleKeys())
}

// reconnectingClient is what a page does whose WebSocket does not open.
func reconnectingClient() Scenario {
	again := func(session string) Action {
		a := handshake(Proxy, 404, "-attempts", "5", "-pause", "1s", "-header", "Cookie: _lab_session="+session)
		a.Want.Statuses = times(5, 404)
		return a
	}
	return Scenario{
		Name:  "reconnecting-client",
		Title: "Two clients behind one address try again every second, in vain",
		Story: `nginx as in nginx-default. Two clients with the same address, as behind one NAT, fail to open their
WebSocket and try again a second later, five times each, as Action Cable's client does: always the same path and the
same cookies, on a new connection with a new Sec-WebSocket-Key. Ten handshakes, each answered 404; none is a
repetition of another by a proxy.`,
		Nodes:    []Node{nginx("default.conf"), puma()},
		Actions:  beside(again("hound-and-nose"), again("fox-and-brush")),
		AppLog:   []string{failedToUpgrade("close", "")},
		Requests: 10, Asked: 10,
		Want: pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
			{Rule: "nginx-default-strips-upgrade", Culprit: "nginx", Count: 10},
		}},
	}
}

// secondTries are requests that a client repeats with what was missing.
func secondTries() []Scenario {
	const authorization = "Authorization: Basic aG91bmQ6bm9zZQ=="
	byApp := Scenario{
		Name:  "second-try-after-401",
		Title: "A request is answered 401 by the application and comes again with a password",
		Story: `curl asks for a page that wants a password, gets a 401, and asks again on the same connection, with
Authorization and otherwise the same: two requests, and both reach the application. nginx is well configured, and
the handshake after them succeeds. Nothing was tried twice by a proxy.`,
		Nodes: []Node{nginx("map.conf"), puma()},
		Actions: []Action{
			curl(Proxy, []int{200}, "--anyauth", "--user", "hound:nose", "http://"+host+"/members"),
			handshake(Proxy, 101, "-header", authorization),
		},
		AppLog:   []string{upgraded("upgrade", "websocket")},
		Requests: 3, Asked: 1,
		Preserve: append(handshakeFields(), "Authorization"),
		Want:     passes(),
	}
	byNginx := byApp
	byNginx.Name = "second-try-after-401-by-nginx"
	byNginx.Title = "A request is answered 401 by nginx and comes again with a password"
	byNginx.Story = `As second-try-after-401, but it is nginx that asks for the password: the first request is answered
by nginx itself and never reaches Puma, the second, with Authorization and otherwise the same, does. The one at Puma is
the second of the two at nginx. The handshake after them carries the password and succeeds.`
	byNginx.Nodes = []Node{nginx("password.conf"), puma()}
	return []Scenario{byApp, byNginx}
}

// sampleKeys are handshakes whose ids are no ids.
func sampleKeys() []Scenario {
	const url = "http://" + host + "/cable"
	byHand := func(more ...string) []string {
		more = append(more, "-H", "X-Request-Id: 00000000-0000-0000-0000-000000000000")
		return append(handshakeByHand(sampleKey, more...), url)
	}
	want := pcaps.Want{Verdict: "fail", Findings: []pcaps.WantFinding{
		{Rule: "nginx-default-strips-upgrade", Culprit: "nginx", Count: 3},
	}}
	alike := Scenario{
		Name:  "sample-key",
		Title: "Three handshakes at once with the sample key of RFC 6455, alike to the last byte",
		Story: `Three handshakes by curl at the same time, as the recipes have them: with the Sec-WebSocket-Key that
RFC 6455 has as its example, and with an X-Request-Id that someone made a constant. Nothing in them tells one from
another. nginx as in nginx-default drops Upgrade from each of them, and each is answered 404.`,
		Nodes:   []Node{nginx("default.conf"), puma()},
		Actions: []Action{curlTogether(Proxy, times(3, 404), byHand()...)},
		AppLog:  []string{failedToUpgrade("close", "")},
		Asked:   3,
		Want:    want,
	}
	cookies := alike
	cookies.Name = "sample-key-own-cookies"
	cookies.Title = "Three handshakes at once with the sample key of RFC 6455, told apart by their cookies"
	cookies.Story = `As sample-key, but by three people, each with a cookie of their own: the ids lie, the cookies do not.`
	cookies.Requests = 3
	cookies.Actions = nil
	for _, session := range []string{"hound", "fox", "badger"} {
		cookies.Actions = append(cookies.Actions, curl(Proxy, []int{404}, byHand("-H", "Cookie: _lab_session="+session)...))
	}
	beside(cookies.Actions...)
	return []Scenario{alike, cookies}
}
