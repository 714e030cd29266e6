package bench

import (
	"fmt"
	"net/netip"
	"strings"
	"time"
)

// node is a proxy between two hops.
type node interface {
	// forward gives the request as the node sends it on, having got it from
	// peer.
	forward(m message, peer netip.Addr, j *journey) message
	// answer gives the response as the node passes it back at a time.
	answer(m message, at int64, j *journey) message
}

// balancer is a load balancer that speaks HTTP and lets WebSockets through.
type balancer struct{ requestIDs bool }

func (b balancer) forward(m message, peer netip.Addr, j *journey) message {
	fields := make([]field, 0, len(m.fields)+4)
	for _, f := range m.fields {
		if f.name != "Connection" || j.upgrade || j.once {
			fields = append(fields, f)
		}
	}
	fields = append(fields,
		field{"X-Forwarded-For", peer.String()},
		field{"X-Forwarded-Proto", "http"},
		field{"X-Forwarded-Port", "80"})
	if b.requestIDs {
		fields = append(fields, field{"X-Amzn-Trace-Id", fmt.Sprintf("Root=1-%08x-%024x", epoch.Unix(), j.number)})
	}
	if !j.upgrade && !j.once {
		fields = append(fields, field{"Connection", "keep-alive"})
	}
	return m.with(fields)
}

func (b balancer) answer(m message, _ int64, _ *journey) message { return m }

// nginx is an nginx before 1.29.7 with a pool of upstream connections and
//
//	map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
//	proxy_http_version 1.1;
//	proxy_set_header Upgrade $http_upgrade;
//	proxy_set_header Connection $connection_upgrade;
//	proxy_set_header Host $host;
//	proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
//
// except for the journeys that it is to break: these reach a location with
// none of it.
type nginx struct{ upstream string }

func (n nginx) forward(m message, peer netip.Addr, j *journey) message {
	if j.lost && n.upstream == "puma" {
		return n.forwardByDefault(m)
	}
	fields := make([]field, 0, len(m.fields)+2)
	switch {
	case j.upgrade:
		fields = append(fields, field{"Upgrade", m.value("Upgrade")}, field{"Connection", "upgrade"})
	case j.once:
		fields = append(fields, field{"Connection", "close"})
	}
	forwarded := peer.String()
	if v := m.value("X-Forwarded-For"); v != "" {
		forwarded = v + ", " + forwarded
	}
	fields = append(fields, field{"Host", m.value("Host")}, field{"X-Forwarded-For", forwarded})
	for _, f := range m.fields {
		switch f.name {
		case "Upgrade", "Connection", "Host", "X-Forwarded-For":
		default:
			fields = append(fields, f)
		}
	}
	return m.with(fields)
}

// forwardByDefault is what nginx before 1.29.7 does when nothing is configured
// (https://nginx.org/en/docs/http/ngx_http_proxy_module.html#proxy_set_header).
func (n nginx) forwardByDefault(m message) message {
	fields := append(make([]field, 0, len(m.fields)), field{"Host", n.upstream}, field{"Connection", "close"})
	for _, f := range m.fields {
		switch f.name {
		case "Upgrade", "Connection", "Host":
		default:
			fields = append(fields, f)
		}
	}
	c := m.with(fields)
	c.start = strings.TrimSuffix(m.start, "HTTP/1.1") + "HTTP/1.0"
	return c
}

// answer puts the fields that nginx makes itself in front, and cuts chunked
// content anew.
func (n nginx) answer(m message, at int64, j *journey) message {
	connection := "keep-alive"
	switch {
	case j.upgrade && !j.lost:
		connection = "upgrade"
	case j.once:
		connection = "close"
	}
	fields := append(make([]field, 0, len(m.fields)+3),
		field{"Server", "nginx/1.22.1"},
		field{"Date", epoch.Add(time.Duration(at)).Format("Mon, 02 Jan 2006 15:04:05") + " GMT"})
	for _, name := range []string{"Content-Type", "Content-Length", "Transfer-Encoding"} {
		if v := m.value(name); v != "" {
			fields = append(fields, field{name, v})
		}
	}
	fields = append(fields, field{"Connection", connection})
	for _, f := range m.fields {
		switch f.name {
		case "Server", "Date", "Connection", "Content-Type", "Content-Length", "Transfer-Encoding":
		default:
			fields = append(fields, f)
		}
	}
	c := m.with(fields)
	c.start = "HTTP/1.1" + m.start[len("HTTP/1.x"):]
	if c.chunk > 0 {
		c.chunk = 8192
	}
	return c
}
