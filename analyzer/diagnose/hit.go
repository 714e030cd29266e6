package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/hophound/hophound/analyzer/chain"
	"github.com/hophound/hophound/analyzer/http1"
)

// claim is an effect that a finding explains. A rule whose effect is explained
// already by one before it in the table is silent.
type claim struct {
	what string // "status" for the answer that the client got, else a field's name
	hop  int    // the hop before the node that had the effect; anyHop for the journey as a whole
}

const anyHop = -1

// statusClaim is the claim of all rules that say why the client's upgrade was
// not made.
var statusClaim = claim{"status", anyHop}

// hit is what a rule saw in one journey.
type hit struct {
	about     claim   // what the rule speaks about: silent if that is explained already
	explains  []claim // what else need not be spoken of after it
	culprit   string
	certainty chain.Confidence
	severity  Severity // zero: the rule's
	doubtful  bool     // the rule's Doubt is to be said
	fixFor    string   // which of the rule's fixes
	values    []string // for the templates: "{word}", what it stands for, ...
	evidence  []Evidence
	variant   string
}

// finding makes what is told to people out of a hit.
func (r *Rule) finding(s *sight, h *hit) Finding {
	pairs := append([]string{"{culprit}", h.culprit, "{path}", s.path(), "{protocol}", s.protocolName(), "{asked}", s.askedPattern(), "{offer}", s.offer()}, h.values...)
	fill := strings.NewReplacer(pairs...)
	f := Finding{
		Rule: r, Severity: r.Severity, Culprit: h.culprit, Server: s.serverOfNode(h.culprit), Certainty: s.certainty(h),
		Summary: fill.Replace(r.Summary), Explanation: fill.Replace(r.Explanation),
		Fix: r.fix(h, fill), Evidence: h.evidence, Variant: h.variant,
	}
	if h.severity != "" {
		f.Severity = h.severity
	}
	if h.doubtful {
		f.Explanation += " " + fill.Replace(r.Doubt)
	}
	return f
}

// serverOfNode gives the address at which a node got the request; zero if it was
// not seen there.
func (s *sight) serverOfNode(name string) netip.AddrPort {
	for i, hop := range s.Hops {
		if hop.Name == name && s.Journey.Exchanges[i] != nil {
			return s.Journey.Exchanges[i].Conn.Server
		}
	}
	return netip.AddrPort{}
}

// certainty is the hit's, or Likely if it rests on a response that nothing but
// the client's habit joins to the request.
func (s *sight) certainty(h *hit) chain.Confidence {
	for _, e := range h.evidence {
		x := s.Journey.Exchanges[e.Hop]
		if x.Pairing == http1.PairedByHabit && x.Response != nil && slices.Equal(e.Packets, x.Response.Packets) {
			return min(h.certainty, chain.Likely)
		}
	}
	return h.certainty
}
