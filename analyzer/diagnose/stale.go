package diagnose

import (
	"strconv"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

var staleConnection = &Rule{
	ID:          "stale-connection",
	Severity:    Error,
	Means:       Failed,
	Title:       "the handshake was sent on a connection that the server had closed already",
	Sees:        "At the last hop the server closes a connection, one that was kept open or one that carried nothing yet, and a whole handshake comes on it after that; no answer comes.",
	Summary:     "the handshake came to {last} on a connection that {last} had closed {time} before: nobody read it",
	Explanation: "Nobody read the handshake, so the log of {last} has nothing of it. {why}",
	Fixes: []Fix{
		{For: "a connection that was kept open", Where: "{last}, and what sends to it", Text: `Let {last} keep idle connections longer than {sender} does (Puma:
persistent_timeout, Node: server.keepAliveTimeout; nginx, in the upstream
block: keepalive_timeout, AWS: idle timeout of the load balancer).
`},
		{Where: "{last}", Text: `See that a server listens at this address and is not overloaded: Docker
accepts connections to a published port though nobody listens in the
container, and a full backlog can reset them.
`},
	},
	References: []string{
		"RFC 9112 §9.5", "https://nginx.org/en/docs/http/ngx_http_upstream_module.html#keepalive_timeout",
		"https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues",
	},
	Example: Example{
		Note: "a published port of a container in which nobody listens",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: exampleHandshake, ClosedBy: ClosedBefore},
		},
	},
	Counterexample: Example{
		Note: "Puma closes after it has got the handshake",
		Hops: []ExampleHop{
			{Name: "nginx", Request: exampleHandshake, Response: "HTTP/1.1 502 Bad Gateway\nServer: nginx/1.22.1\n\n"},
			{Name: "puma", Request: exampleHandshake, ClosedBy: "server"},
		},
	},
	fires: func(s *sight) []hit {
		if !s.reachedEnd() {
			return nil
		}
		x := s.Journey.Exchanges[s.last]
		before := x.Request.Start - x.End.Since
		if !x.Unanswered || x.End.By != http1.SideServer || before <= 0 {
			return nil
		}
		sender := "what stands in front of it"
		if s.last > 0 {
			sender = s.name(s.last - 1)
		}
		h := hit{about: statusClaim, certainty: min(chain.Likely, s.Journey.Confidence()),
			values: []string{"{last}", s.name(s.last), "{time}", lasted(before), "{sender}", sender, "{why}", closedUnused},
			evidence: []Evidence{
				{Hop: s.last, Source: s.source(s.last), Packets: []uint64{x.End.SincePacket}, Note: s.name(s.last) + " closes the connection"},
				s.requestEvidence(s.last, "the handshake comes after that, as request "+strconv.Itoa(x.Index+1)+" of the connection"),
			}}
		if x.Index > 0 {
			h.fixFor = "a connection that was kept open"
			h.values[len(h.values)-1] = closedKept
		}
		return []hit{h}
	},
}

// Why a connection was closed before the handshake came on it.
const (
	closedKept   = "A proxy keeps connections to the next server open and uses them again. Where the server closes idle ones sooner than the proxy does, now and then a request meets a connection that is being closed. nginx answers 502 and logs \"upstream prematurely closed connection\" or \"Connection reset by peer\", an AWS load balancer answers 502."
	closedUnused = "The connection was accepted and closed again before anything was said on it."
)
