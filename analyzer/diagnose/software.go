package diagnose

import (
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/http1"
)

// software is what a node was recognised as.
type software struct {
	name   string // "nginx", "apache"; empty if unknown
	proven bool   // it named itself in a response
	named  bool   // it is called so in the chain; otherwise told from what only it does
}

// softwareAt recognises the node between a hop and the next.
func (s *sight) softwareAt(from int) software {
	if server, ok := s.serverOf(from); ok {
		return softwareOf(server)
	}
	for _, known := range []string{"nginx", "apache"} {
		if strings.Contains(strings.ToLower(s.name(from)), known) {
			return software{name: known, named: true}
		}
	}
	if a, b, ok := s.sure(from); ok && looksLikeNginx(a, b) {
		return software{name: "nginx"}
	}
	return software{}
}

// serverOf gives the value of Server by which a node named itself.
func (s *sight) serverOf(hop int) (string, bool) {
	if hop+1 < len(s.Hops) {
		x, y := s.response(hop), s.response(hop+1)
		if x != nil && y != nil {
			if server, ok := ownServer(x, y); ok {
				return server, true
			}
		}
	}
	return s.nodes.software(hop, s.Journey.Exchanges[hop])
}

// softwareOf reads a Server field.
func softwareOf(server string) software {
	product, _, _ := strings.Cut(strings.ToLower(server), "/")
	switch product {
	case "nginx", "openresty", "tengine", "angie":
		return software{name: "nginx", proven: true}
	case "apache":
		return software{name: "apache", proven: true}
	}
	return software{proven: true}
}

// proxies are what a proxy names itself in Server, in lower case and up to a slash, or
// what a hop is called by people.
var proxies = []string{
	"nginx", "openresty", "haproxy", "envoy", "istio-envoy", "traefik", "caddy", "varnish", "kong", "squid", "pound", "hitch",
	"awselb", "elb", "alb", "nlb", "clb", "cloudfront", "cloudflare", "akamaighost", "gws", "bigip", "fastly",
}

// roles are names that people give to hops for what they do.
var roles = []string{"lb", "loadbalancer", "balancer", "proxy", "gateway", "ingress", "cdn", "edge", "istio"}

// isProxy tells a Server field of software that passes requests on and has no
// application of its own.
func isProxy(server string) bool {
	product, _, _ := strings.Cut(strings.ToLower(server), "/")
	return slices.Contains(proxies, strings.TrimSpace(product))
}

// isCalledProxy tells whether a hop's name has that of a proxy in it (edge-nginx-2), or is
// what one does and no more (gateway-1): payment-gateway may be anything.
func isCalledProxy(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r < 'a' || r > 'z' })
	return len(words) == 1 && slices.Contains(roles, words[0]) ||
		slices.ContainsFunc(words, func(word string) bool { return slices.Contains(proxies, word) })
}

// looksLikeNginx tells nginx from what only its proxy module does to a request:
// it writes the fields that it sets first (the configured ones, then Host and
// Connection), and after them the client's other fields as they came and in
// their order (ngx_http_proxy_create_request in ngx_http_proxy_module.c). As
// little tells such a head from one that merely lost two fields, the node must
// also have set something: HTTP/1.0, another Host, or a field of its own.
func looksLikeNginx(a, b *http1.Message) bool {
	own := len(b.Fields) - commonTail(a.Fields, b.Fields)
	if c, _ := b.Get("Connection"); strings.EqualFold(c, "keep-alive") {
		return false // a load balancer's word; nginx says it only where it is told to
	}
	if own == len(b.Fields) || !hasName(b.Fields[:own], "Host") || b.Has("Connection") && !hasName(b.Fields[:own], "Connection") {
		return false
	}
	if lowersVersion(a, b) || !sameField(a, b, "Host") {
		return true
	}
	for _, f := range b.Fields[:own] {
		if !a.Has(f.Name) {
			return true
		}
	}
	return false
}

// lowersVersion tells what of all proxies known here only nginx up to 1.29.6
// does unless told otherwise.
func lowersVersion(a, b *http1.Message) bool {
	return a.Version == "HTTP/1.1" && b.Version == "HTTP/1.0"
}

func closes(m *http1.Message) bool {
	v, _ := m.Get("Connection")
	return strings.EqualFold(v, "close")
}

// commonTail counts the last fields of b that are fields of a, unchanged and in
// a's order. It ends at the latest at Host or Connection, which nginx always
// sets itself.
func commonTail(a, b []http1.Field) int {
	n, i := 0, len(a)-1
	for _, f := range slices.Backward(b) {
		if strings.EqualFold(f.Name, "Host") || strings.EqualFold(f.Name, "Connection") {
			break
		}
		for i >= 0 && (a[i].Name != f.Name || a[i].Value != f.Value) {
			i--
		}
		if i < 0 {
			break
		}
		n++
		i--
	}
	return n
}

func hasName(fields []http1.Field, name string) bool {
	for i := range fields {
		if strings.EqualFold(fields[i].Name, name) {
			return true
		}
	}
	return false
}
