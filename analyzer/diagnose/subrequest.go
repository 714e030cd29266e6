package diagnose

import (
	"hash/maphash"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// A proxy makes requests of its own out of one that it got. nginx sends those of
// auth_request, mirror and a proxied error_page with the client's fields,
// Sec-WebSocket-Key among them, but neither with its target nor with Upgrade
// (ngx_http_auth_request_module, ngx_http_mirror_module, error_page in
// ngx_http_core_module). They say nothing of what becomes of the handshake.

// isSubrequest tells whether the request at a hop behind a node may be one of the node's
// own: it is no handshake, and names another target, of the one that it is asked about; or
// it asks for something else, and either its answer is not the one that the client got, or
// it is how auth_request says no, or the node is known to pass such handshakes on with
// their path.
func (s *sight) isSubrequest(from, to int) bool {
	if !s.isStripped(from, to) {
		return false
	}
	a, b := s.request(from), s.request(to)
	switch {
	case namesAnother(b) && !namesAnother(a), s.isForbidden(from, to) && namesOriginal(b) && !namesOriginal(a):
		return true
	case isRewritten(rawPath(a), rawPath(b)):
		return s.isForbidden(from, to) && isPrefixed(rawPath(a), rawPath(b))
	}
	answer := s.status(to)
	return answer == 0 || s.status(from) != answer || s.isForbidden(from, to) || s.nodes.keepsPath(from, a)
}

// isStripped tells of a handshake behind which a request without Upgrade was seen.
func (s *sight) isStripped(from, to int) bool {
	a, b := s.request(from), s.request(to)
	return s.protocol != "" && a != nil && b != nil && s.headState(from) == whole && s.headState(to) == broken && !b.Has("Upgrade")
}

// isForbidden tells of an answer as whoever is asked for permission gives it, which the
// client got too.
func (s *sight) isForbidden(from, to int) bool {
	answer := s.status(to)
	return answer == s.status(from) && (answer == 401 || answer == 403)
}

// originalFields tell whoever is asked for permission what for: as nginx's documentation
// of auth_request has it, and its ingress controller, Traefik's ForwardAuth, Caddy's
// forward_auth.
var originalFields = []string{"X-Original-URI", "X-Original-URL", "X-Forwarded-Uri", "X-Original-Method", "X-Forwarded-Method"} // targets first

func namesOriginal(m *http1.Message) bool { return slices.ContainsFunc(originalFields, m.Has) }

// namesAnother tells whether such a field names another target than the request has.
func namesAnother(m *http1.Message) bool {
	return slices.ContainsFunc(originalFields[:3], func(field string) bool {
		target, ok := m.Get(field)
		return ok && pathOf(target) != pathOf(m.Target)
	})
}

// isPrefixed tells whether something was put in front of a path.
func isPrefixed(from, to string) bool { return len(to) > len(from) && strings.HasSuffix(to, from) }

// isRewritten tells whether a path is the other one, or what is left of it when a prefix
// is taken away or added, as proxies do by their configuration.
func isRewritten(from, to string) bool {
	return strings.HasSuffix(from, to) || strings.HasSuffix(to, from)
}

// linkConfidence is how sure a conclusion can be that rests on a link.
func (s *sight) linkConfidence(l chain.Link) chain.Confidence {
	if s.isSubrequest(l.From, l.To) {
		return chain.Guess
	}
	if s.isStripped(l.From, l.To) && (s.isForbidden(l.From, l.To) || isPrefixed(rawPath(s.request(l.From)), rawPath(s.request(l.To)))) {
		return min(confidenceIn(l), chain.Likely)
	}
	return confidenceIn(l)
}

// passedWhole tells of an attempt at the request, at a hop, that was a handshake as it
// must be: what came after its failure is not what the node does to handshakes.
func (s *sight) passedWhole(hop int) bool {
	return hop < len(s.Journey.Retries) && slices.ContainsFunc(s.Journey.Retries[hop], func(x *http1.Exchange) bool {
		return x.Request != nil && s.namesProtocol(x.Request) && asksUpgrade(x.Request)
	})
}

func rawPath(m *http1.Message) string {
	path, _, _ := strings.Cut(m.Target, "?")
	return path
}

// maxKeys bounds the keys of handshakes that are remembered.
const maxKeys = 1 << 16

// handshakes is what is remembered of handshakes, to know requests that were made of
// them. The zero value is empty.
type handshakes struct {
	seed maphash.Seed
	keys map[uint64]struct{} // hashes of Sec-WebSocket-Key at the chain's first hop
}

// observeKey remembers the key of a handshake that came to the chain.
func (n *Nodes) observeKey(j *chain.Journey) {
	x := j.Exchanges[0]
	if x == nil || x.Request == nil || !x.Request.Has("Upgrade") || !asksUpgrade(x.Request) || len(n.handshakes.keys) >= maxKeys {
		return
	}
	key, ok := x.Request.Get(keyField)
	if !ok {
		return
	}
	if n.handshakes.keys == nil {
		n.handshakes = handshakes{maphash.MakeSeed(), make(map[uint64]struct{})}
	}
	n.handshakes.keys[maphash.String(n.handshakes.seed, key)] = struct{}{}
}

// isMadeOf tells whether a request that asks for no upgrade has the key of one that came
// to the chain and did.
func (n *Nodes) isMadeOf(m *http1.Message) bool {
	if n == nil || n.handshakes.keys == nil || m.Has("Upgrade") || asksUpgrade(m) {
		return false
	}
	key, ok := m.Get(keyField)
	if !ok {
		return false
	}
	_, known := n.handshakes.keys[maphash.String(n.handshakes.seed, key)]
	return known
}

// observeKept remembers the path of a handshake that the node passed on whole and with
// its path.
func (n *node) observeKept(a, b *http1.Exchange) {
	if a.IsOrdinary() || a.Request == nil || b.Request == nil ||
		!isHandshake(a.Request) || !b.Request.Has("Upgrade") || !asksUpgrade(b.Request) || rawPath(a.Request) != rawPath(b.Request) {
		return
	}
	path := rawPath(a.Request)
	if _, known := n.kept[path]; known {
		return
	}
	if len(n.kept) >= maxPaths {
		n.keptMore = true
		return
	}
	if n.kept == nil {
		n.kept = make(map[string]struct{})
	}
	n.kept[strings.Clone(path)] = struct{}{}
}

// keepsPath tells whether the node may be known to pass handshakes on with their path.
func (n *Nodes) keepsPath(hop int, m *http1.Message) bool {
	if n == nil {
		return false
	}
	_, kept := n.nodes[hop].kept[rawPath(m)]
	return kept || n.nodes[hop].keptMore
}
