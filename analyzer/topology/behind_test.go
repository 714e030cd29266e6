package topology

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/hophound/hophound/analyzer/http1"
)

func TestBehind(t *testing.T) {
	plain := []string{"", ""}
	tests := []struct {
		name string
		make func(w *world)
		want string
	}{
		{"a proxy's host, with ids", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.2:80", "0/10.0.0.3:3000")
		}, "10.0.0.3:3000"},
		{"a proxy with one address, without ids", func(w *world) {
			for i := range 3 {
				w.request(fmt.Sprint("/", i), nil, plain, "0/192.0.2.10:80", "0/10.0.0.3:3000")
			}
		}, "10.0.0.3:3000"},
		{"requests that only look the same", func(w *world) {
			for i := range 3 {
				w.request(fmt.Sprint("/", i), nil, plain, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			}
		}, ""},
		{"one more server of a kind, and a service of another", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.2:80", "0/10.0.0.3:3000")
			w.request("/up", nil, plain, "0/10.0.0.2:80", "0/10.0.0.4:3000")
			w.request("/metrics", nil, plain, "0/10.0.0.2:9100")
		}, "10.0.0.3:3000 10.0.0.4:3000"},
		{"a proxy whose port is that of the servers behind it", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.1:80", "0/10.0.0.2:80")
			w.request("/cable", handshake(2), plain, "0/10.0.0.9:80")
		}, "10.0.0.2:80"},
		{"servers at one place, and a request that was tried at both", func(w *world) {
			w.request("/cable", handshake(1), plain, "0/10.0.0.3:3000")
			x := w.place("0/10.0.0.3:3000").Exchanges[0]
			x.Response, x.End = nil, http1.End{Cause: http1.EndFin, By: http1.SideServer, Time: x.Request.End + 1e6}
			w.request("/cable", handshake(1), plain, "0/10.0.0.4:3000")
		}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var w world
			test.make(&w)
			var places []Place
			for _, where := range w.order {
				places = append(places, *w.places[where])
			}
			var behind []string
			for _, i := range Behind(places) {
				behind = append(behind, places[i].Server.String())
			}
			assert.Equal(t, test.want, strings.Join(behind, " "))
		})
	}
}
