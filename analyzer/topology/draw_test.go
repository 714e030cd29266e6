package topology

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/http1"
)

// world makes exchanges of requests that pass servers one after the other.
type world struct {
	clock  int64
	places map[string]*Place
	order  []string
}

// place declares a server, written "source/address:port".
func (w *world) place(where string) *Place {
	if p, ok := w.places[where]; ok {
		return p
	}
	source, server, _ := strings.Cut(where, "/")
	p := &Place{Source: int(source[0] - '0'), Server: netip.MustParseAddrPort(server)}
	if w.places == nil {
		w.places = map[string]*Place{}
	}
	w.places[where] = p
	w.order = append(w.order, where)
	return p
}

// request sends one request through servers, the first being nearest to the
// client. fields are added to the request, server to the responses.
func (w *world) request(target string, fields []http1.Field, server []string, through ...string) {
	w.clock += 1e9
	for i, where := range through {
		p := w.place(where)
		from := netip.AddrFrom4([4]byte{192, 0, 2, byte(9 + i)}) // each node has an address of its own towards the next
		n := len(p.Exchanges)
		request := &http1.Message{Method: "GET", Target: target, Version: "HTTP/1.1", Fields: fields, Complete: true, Start: w.clock + int64(i)*1e5, Packets: []uint64{1}}
		response := &http1.Message{Status: 200, Version: "HTTP/1.1", Complete: true, Start: w.clock + 1e7 - int64(i)*1e5, Packets: []uint64{2}}
		request.End, response.End = request.Start, response.Start
		if server[i] != "" {
			response.Fields = []http1.Field{{Name: "Server", Value: server[i]}}
		}
		p.Exchanges = append(p.Exchanges, &http1.Exchange{
			Conn: &http1.Conn{
				Source: p.Source, ID: uint64(n + 1), Start: request.Start, Whole: true,
				Client: netip.AddrPortFrom(from, uint16(20000+n+100*i)), Server: p.Server,
			},
			Request: request, Response: response,
		})
	}
}

func handshake(key int) []http1.Field {
	return []http1.Field{{Name: "Upgrade", Value: "websocket"}, {Name: "Connection", Value: "Upgrade"}, {Name: "Sec-WebSocket-Key", Value: fmt.Sprintf("%022dA=", key)}}
}

// drawn writes a chain as "name(server server) -> name(server); without server".
func (w *world) drawn() string {
	var places []Place
	for _, where := range w.order {
		places = append(places, *w.places[where])
	}
	chain := Draw(places)
	var nodes []string
	for _, node := range chain.Nodes {
		var servers []string
		for _, i := range node.Places {
			servers = append(servers, places[i].Server.String())
		}
		nodes = append(nodes, node.Name+"("+strings.Join(servers, " ")+")")
	}
	text := strings.Join(nodes, " -> ")
	for _, aside := range chain.Aside {
		text += "; without " + places[aside.Place].Server.String()
	}
	return text
}

func TestDraw(t *testing.T) {
	plain := []string{"", "", ""}
	tests := []struct {
		name string
		make func(w *world)
		want string
	}{
		{"a proxy's host, captured as a whole, the last server seen first", func(w *world) {
			w.place("0/10.0.0.3:3000")
			w.request("/cable", handshake(1), []string{"nginx/1.22.1", ""}, "0/10.0.0.2:80", "0/10.0.0.3:3000")
		}, "nginx(10.0.0.2:80) -> port-3000(10.0.0.3:3000)"},
		{"one capture per host", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.1:80", "1/10.0.0.2:80", "2/10.0.0.3:3000")
		}, "port-80(10.0.0.1:80) -> port-80-2(10.0.0.2:80) -> port-3000(10.0.0.3:3000)"},
		{"one nginx, four Pumas", func(w *world) {
			for i := range 8 {
				w.request(fmt.Sprint("/", i), nil, []string{"nginx", ""}, "0/10.0.0.2:80", fmt.Sprintf("0/10.0.0.%d:3000", 3+i%4))
			}
		}, "nginx(10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.4:3000 10.0.0.5:3000 10.0.0.6:3000)"},
		{"four Pumas, asked for the same at the same time by an nginx that was not captured", func(w *world) {
			for i := range 8 {
				w.request("/up", nil, plain, fmt.Sprintf("0/10.0.0.%d:3000", 3+i%4))
				w.clock -= 1e9 - 1e5
			}
		}, "port-3000(10.0.0.3:3000 10.0.0.4:3000 10.0.0.5:3000 10.0.0.6:3000)"},
		{"two Pumas, the first hangs up, asked by an nginx that was not captured", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.3:3000")
			x := w.place("0/10.0.0.3:3000").Exchanges[0]
			x.Response, x.End = nil, http1.End{Cause: http1.EndFin, By: http1.SideServer, Time: x.Request.End + 1e6}
			w.request("/cable", handshake(1), plain, "0/10.0.0.4:3000")
		}, "port-3000(10.0.0.3:3000 10.0.0.4:3000)"},
		{"two nginxes behind one load balancer", func(w *world) {
			for i := range 4 {
				w.request("/cable", handshake(i), plain, "0/10.0.0.1:80", fmt.Sprintf("%d/10.0.0.%d:80", 1+i%2, 2+i%2))
			}
		}, "port-80(10.0.0.1:80) -> port-80-2(10.0.0.2:80 10.0.0.3:80)"},
		{"three nginxes between one load balancer and two Pumas", func(w *world) {
			for i := range 9 {
				w.request("/cable", handshake(i), []string{"nginx", "nginx", ""}, "0/10.0.0.1:80", fmt.Sprintf("%d/10.0.0.%d:80", 1+i%3, 2+i%3), fmt.Sprintf("%d/10.0.0.%d:3000", 4+i%2, 5+i%2))
			}
		}, "port-80(10.0.0.1:80) -> nginx(10.0.0.2:80 10.0.0.3:80 10.0.0.4:80) -> port-3000(10.0.0.5:3000 10.0.0.6:3000)"},
		{"the same without ids", func(w *world) {
			for i := range 9 {
				w.request(fmt.Sprint("/", i), nil, []string{"nginx", "nginx", ""}, "0/10.0.0.1:80", fmt.Sprintf("%d/10.0.0.%d:80", 1+i%3, 2+i%3), fmt.Sprintf("%d/10.0.0.%d:3000", 4+i%2, 5+i%2))
			}
		}, "port-80(10.0.0.1:80) -> nginx(10.0.0.2:80 10.0.0.3:80 10.0.0.4:80) -> port-3000(10.0.0.5:3000 10.0.0.6:3000)"},
		{"two nginxes with Pumas of their own, the load balancer not captured", func(w *world) {
			w.request("/cable", handshake(1), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.4:3000")
			w.request("/cable", handshake(2), []string{"nginx", ""}, "1/10.0.0.3:80", "1/10.0.0.5:3000")
		}, "nginx(10.0.0.2:80 10.0.0.3:80) -> port-3000(10.0.0.4:3000 10.0.0.5:3000)"},
		{"one nginx that tries a second Puma", func(w *world) {
			w.request("/cable", handshake(1), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			w.clock -= 1e9 - 2e7 // the first attempt is over
			w.request("/cable", handshake(1), plain[1:], "0/10.0.0.4:3000")
			first := w.place("0/10.0.0.2:80").Exchanges[0]
			first.Response.Start += 2e7
			first.Response.End += 2e7
			w.clock += 1e9
		}, "nginx(10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.4:3000)"},
		{"a service that has nothing to do with it", func(w *world) {
			w.request("/metrics", nil, plain, "0/10.0.0.2:9100")
			w.request("/metrics", nil, plain, "0/10.0.0.2:9100")
			w.request("/cable", handshake(1), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.3:3000")
		}, "nginx(10.0.0.2:80) -> port-3000(10.0.0.3:3000); without 10.0.0.2:9100"},
		{"a link captured at both ends", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.2:80")
			w.clock -= 1e9
			w.request("/cable", handshake(1), plain, "1/10.0.0.2:80")
		}, "port-80(10.0.0.2:80 10.0.0.2:80)"},
		{"a link captured on both sides of address translation, and what is behind it twice", func(w *world) {
			for i := range 3 {
				w.request("/cable", handshake(i), plain, "0/192.0.2.1:8080", "1/10.0.0.3:3000")
				w.clock -= 1e9
				w.request("/cable", handshake(i), plain, "2/10.0.0.2:80", "2/10.0.0.3:3000")
				for n, where := range []string{"0/192.0.2.1:8080", "2/10.0.0.2:80", "1/10.0.0.3:3000", "2/10.0.0.3:3000"} {
					w.place(where).Exchanges[i].Conn.Began = [2]uint32{uint32(n / 2), 7000 + uint32(i)}
				}
			}
		}, "port-8080(192.0.2.1:8080 10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.3:3000)"},
		{"files of one link that follow each other, and a connection from one into the next", func(w *world) {
			for i := range 4 {
				source := i / 2
				w.request("/cable", handshake(i), []string{"nginx", ""}, fmt.Sprintf("%d/10.0.0.2:80", source), fmt.Sprintf("%d/10.0.0.3:3000", source))
			}
			for _, where := range []string{"1/10.0.0.2:80", "1/10.0.0.3:3000"} {
				x := w.place(where).Exchanges[0]
				x.Conn.Client = w.place("0" + where[1:]).Exchanges[1].Conn.Client
				x.Conn.Whole = false
			}
		}, "nginx(10.0.0.2:80 10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.3:3000)"},
		{"one request that may be the same draws no chain of many", func(w *world) {
			for i := range 5 {
				w.request(fmt.Sprint("/a", i), nil, plain, "0/10.0.0.2:80")
				w.request(fmt.Sprint("/b", i), nil, plain, "0/10.0.0.3:8080")
			}
			w.request("/", nil, plain, "0/10.0.0.2:80")
			w.request("/", nil, plain, "0/10.0.0.3:8080")
		}, "port-80(10.0.0.2:80); without 10.0.0.3:8080"},
		{"a Server that only passes through names the node it is from", func(w *world) {
			w.request("/cable", handshake(1), []string{"Apache/2.4.67 (Debian)", "Apache/2.4.67 (Debian)"}, "0/10.0.0.2:80", "0/10.0.0.3:80")
		}, "port-80(10.0.0.2:80) -> apache(10.0.0.3:80)"},
		{"processes that are known, of which only some", func(w *world) {
			w.request("/1", handshake(1), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			w.request("/2", handshake(2), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.4:3000")
			w.place("0/10.0.0.2:80").Owner, w.place("0/10.0.0.4:3000").Owner = "openresty", "Puma"
		}, "openresty(10.0.0.2:80) -> puma(10.0.0.3:3000 10.0.0.4:3000)"},
		{"processes of one place that are called differently", func(w *world) {
			w.request("/1", handshake(1), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			w.request("/2", handshake(2), []string{"nginx", ""}, "0/10.0.0.2:80", "0/10.0.0.4:3000")
			w.place("0/10.0.0.3:3000").Owner, w.place("0/10.0.0.4:3000").Owner = "unicorn", "puma"
		}, "nginx(10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.4:3000)"},
		{"a server that does not answer, and the one that is tried then", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			w.request("/cable", handshake(1), plain, "0/10.0.0.2:80", "0/10.0.0.4:3000")
			front, hung := w.place("0/10.0.0.2:80"), w.place("0/10.0.0.3:3000").Exchanges[0]
			hung.Response = nil
			front.Exchanges[0].Response.End = front.Exchanges[1].Response.End
			front.Exchanges[0].Response.Start = front.Exchanges[1].Response.Start
			front.Exchanges = front.Exchanges[:1]
		}, "port-80(10.0.0.2:80) -> port-3000(10.0.0.3:3000 10.0.0.4:3000)"},
		{"a proxy that names itself in Via", func(w *world) {
			w.request("/cable", append(handshake(1), http1.Field{Name: "Via", Value: "1.1 Caddy"}), plain, "0/10.0.0.2:80", "0/10.0.0.3:3000")
		}, "caddy(10.0.0.2:80) -> port-3000(10.0.0.3:3000)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var w world
			test.make(&w)
			assert.Equal(t, test.want, w.drawn())
		})
	}
}

// What a server calls itself cannot do harm on a terminal or a command line.
func TestNamesAreHarmless(t *testing.T) {
	for text, want := range map[string]string{
		"nginx": "nginx", "Microsoft-IIS": "microsoft-iis", "\x1b[31mevil": "31mevil", "a b=c@d": "abcd",
		"--help": "help", "": "", strings.Repeat("x", 99): strings.Repeat("x", 24), "日本": "",
	} {
		assert.Equal(t, want, hopName(text), "%q", text)
	}
}
